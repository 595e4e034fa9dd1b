import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** @returns the Chromium that `CHROMIUM` names or that stands on PATH; null when there is none */
export function findChromium(): string | null {
  const named = process.env.CHROMIUM
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const places = named ? [named] : folders.map((folder) => path.join(folder, 'chromium'))
  return places.find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
