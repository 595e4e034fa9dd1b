// `@tidegate/source` points at src/, which is not published: take it out of `exports` at `pnpm pack`, in this one place.
export const hooks = {
  beforePacking(manifest) {
    for (const door of Object.values(manifest.exports ?? {})) {
      if (typeof door === 'object') delete door['@tidegate/source']
    }
    return manifest
  },
}
