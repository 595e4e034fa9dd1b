import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Pages resolve their packages through dist, the door a stranger uses. `base` is relative so that the server may mount the page anywhere.
export default defineConfig({
  base: './',
  plugins: [react()],
  // One page that uses all of its script at once: splitting it would only add requests.
  build: { target: 'es2023', sourcemap: true, chunkSizeWarningLimit: 800 },
})
