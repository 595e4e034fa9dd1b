import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Pages resolve their packages through dist, the door a stranger uses. `base` is relative so that the server may mount the page anywhere.
export default defineConfig({ base: './', plugins: [react()], build: { target: 'es2023', sourcemap: true } })
