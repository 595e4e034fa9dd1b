import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, defaultClientConditions } from 'vite'
import { expect, test } from 'vitest'

/** What an app's bundler makes of one door of the package for a browser. */
async function bundle(door: string) {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    root: path.resolve(import.meta.dirname, '..'),
    resolve: { conditions: ['@tidegate/source', ...defaultClientConditions] },
    build: { write: false, minify: true, lib: { entry: path.resolve(import.meta.dirname, door), formats: ['es'] } },
  })
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []))
  const chunks = outputs.flatMap((each) => (each.type === 'chunk' ? [each] : []))
  return {
    code: chunks.map(({ code }) => code).join('\n'),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    imports: chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]),
  }
}

test.each([['index.ts'], ['idb.ts']])('the browser bundle of %s holds no server code', async (door) => {
  const { code, modules, imports } = await bundle(door)
  expect(modules.length).toBeGreaterThan(10)
  expect(
    modules.filter((id) => /guard\/|@trpc\/server\/dist\/(index|initTRPC|adapters)|protocol\/src\/router/.test(id)),
  ).toEqual([])
  expect(code).not.toMatch(/initTRPC|createCallerFactory/)
  expect(imports).toEqual([])
  expect(modules.filter((id) => id.startsWith('node:') || id.includes('__vite-browser-external'))).toEqual([])
  const minifiedBytes = Buffer.byteLength(code)
  console.info(`${door}: ${minifiedBytes} bytes minified, ${gzipSync(code).length} gzipped, ${modules.length} modules`)
})
