export function App() {
  return (
    <main>
      <h1>Tidegate Console</h1>
    </main>
  )
}
