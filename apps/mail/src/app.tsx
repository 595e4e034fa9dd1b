export function App() {
  return (
    <main>
      <h1>Tidegate Mail</h1>
    </main>
  )
}
