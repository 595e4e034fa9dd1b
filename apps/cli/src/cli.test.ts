import { once } from 'node:events'
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Manifest } from '@tidegate/protocol'
import { expect, test, vi } from 'vitest'
import { runTidegate } from './testing/run-tidegate.ts'

// A process, and for checks a database, each time; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 })

const incidents = path.join(import.meta.dirname, '../../../test/incidents')
const july = path.join(incidents, 'july-2023.sql')
const schema = path.join(incidents, 'mailbox-5000.sql')
const aFolder = () => mkdtempDisposableSync(path.join(tmpdir(), 'tidegate-cli-'))

test('the July migration is blocked, its 5,000 accounts are named, and its manifest is written', async () => {
  using folder = aFolder()
  const manifest = path.join(folder.path, 'manifest.json')
  const { exitCode, stdout, stderr } = await runTidegate(['check', july, '--schema', schema, '--manifest', manifest])
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
  expect(stdout).toMatch(/^TG005 {2}labels-2023-07 would tell 5,000 accounts to verify the whole account \(line \d+\)/)
  expect(stdout).toMatch(/\nlabels-2023-07 {2}5,000 accounts {2}1 signal {2}1 proposal {2}whole account\n/)
  expect(stdout).toMatch(/\nblock: 1 finding in .*july-2023\.sql\n$/)
  expect(Manifest.array().parse(JSON.parse(readFileSync(manifest, 'utf8')))).toMatchObject([
    { causeId: 'labels-2023-07', wholeAccount: true, proposalCount: 1, accountCount: 5000 },
  ])
})

test('a migration that tells nobody anything exits 0; with --json it prints one object and nothing else', async () => {
  using folder = aFolder()
  const file = path.join(folder.path, 'index.sql')
  writeFileSync(file, 'CREATE INDEX ON mailbox.message (folder);')
  const { exitCode, stdout } = await runTidegate(['check', file, '--schema', schema, '--json'])
  expect(exitCode).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'allow', causes: [], manifests: [] })
})

test('what cannot be known exits 3, what cannot be run exits 2 with its place', async () => {
  using folder = aFolder()
  const file = path.join(folder.path, 'm.sql')
  writeFileSync(file, 'ALTER TABLE mailbox.message DISABLE TRIGGER ALL;')
  const bypass = await runTidegate(['check', file, '--schema', schema])
  expect(bypass).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('inconclusive: signals of ') })
  writeFileSync(file, 'SELECT 1;\n COMMIT;')
  const commit = await runTidegate(['check', file, '--schema', schema])
  expect(commit).toMatchObject({ exitCode: 2, stdout: expect.stringContaining(`${file}:2:2: COMMIT would end`) })
})

test.each([
  [['chekc'], "unknown command 'chekc'"],
  [['check', 'a.sql', '--schema', 'b.sql', '--manfest', 'c.json'], "unknown option '--manfest'"],
  [['check', 'a.sql'], "required option '--schema <file>' not specified"],
  [['check', 'a.sql', 'b.sql', '--schema', 'c.sql'], 'too many arguments'],
  [
    ['check', 'a.sql', '--schema', 'b.sql', '--deadline', '60'],
    'A length of time such as 90s, 10m or 2h is required, got "60".',
  ],
  [['check', 'nowhere.sql', '--schema', 'b.sql'], 'Cannot read nowhere.sql: no such file'],
  [['register', 'c', '--title', 't', '--kind', 'whim'], "argument 'whim' is invalid"],
  [['register', 'c', '--title', 't', '--token', 't', '--from', '2023-07-25T11:40Z'], '--from and --until are required'],
  [['manifest', 'push'], "missing required argument 'file'"],
  [['manifest', 'push', 'm.json', '--titel', 't'], "unknown option '--titel'"],
  [['manifest', 'pull', 'm.json'], "unknown command 'pull'"],
  [['manifest', 'push', 'nowhere.json', '--token', 't'], 'Cannot read nowhere.json: no such file'],
  [['manifest', 'push', 'm.json', '--token', 't', '--from', 'noon'], 'A moment such as 2023-07-25T11:40Z'],
  [['holds'], 'the operator token is required'],
  [['holds', '--token', 't', '--server', 'localhost'], 'An http:// or https:// address is required'],
  [['approve', '--token', 't', '--reason', 'r'], 'either a cause or --signal is required'],
  [['approve', 'c', '--token', 't'], "required option '--reason <text>' not specified"],
  [['modes', '--token', 't', '--reason', 'r'], '--guard or --client is required'],
  [['throttle', '--token', 't', '--reason', 'r'], "missing required argument 'words'"],
  [['throttle', 'class=bridge', 'to=10%', '--token', 't', '--reason', 'r'], 'Cannot throttle: for= is required.'],
  [['throttle', 'class=bridge', 'to=10%', 'for=2h', '--token', 't'], "required option '--reason <text>' not specified"],
  [
    ['shed', 'service=mail', 'for=1h', '--token', 't', '--reason', 'r'],
    "required option '--text <text>' not specified",
  ],
  [['lift', 'seven', '--token', 't', '--reason', 'r'], 'A whole number from 1 to'],
  [['timeline', 'c', '--markdown', '--status'], "option '--status' cannot be used with option '--markdown'"],
  [['token', 'create', '--token', 't', '--name', 'ci', '--roles', 'emitter,root'], 'Roles are emitter, author'],
  [['token', 'revoke', 'ci', '--token', 't'], "required option '--reason <text>' not specified"],
  [
    ['approve', 'c', '--token', 't', '--reason', 'r', '--window', '500d'],
    "'--window <time>' argument '500d' is invalid. At most 400 days",
  ],
  [
    ['approve', 'c', '--token', 't', '--reason', ' '],
    "'--reason <text>' argument ' ' is invalid. A sentence of 1 to 500",
  ],
  [['revoke', '--signal', '', '--token', 't', '--reason', 'r'], "'--signal <id>' argument '' is invalid. A name of"],
  [
    ['register', 'c', '--token', 't', '--title', 't', '--from', '2023-07-25T11:40Z', '--until', '2023-07-25T11:40Z'],
    '--from must be a moment before --until',
  ],
  [['audit', 'verify', '--token', 't', '--expect-head', '17'], 'The head that an audit printed is required'],
  [['audit', 'prune', '--token', 't', '--reason', 'r'], "required option '--before <moment>' not specified"],
])('a mistake on the command line is one line and exit code 2: %s (K4)', async (args, message) => {
  const { exitCode, stdout, stderr } = await runTidegate(args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(message)])
})

test('a server that is not there is one line and exit code 2', async () => {
  const { exitCode, stdout, stderr } = await runTidegate([
    'holds',
    '--token',
    't',
    '--server',
    'http://127.0.0.1:1',
    '--json',
  ])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/^tidegate: Cannot reach a Tidegate server at http:\/\/127\.0\.0\.1:1: [^\n]+\n$/)
  expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining('Cannot reach') })
})

test.each(['https', 'http'] as const)('a server that does not speak %s is told in our words', async (protocol) => {
  using server = await listening(
    protocol === 'https' ? http.createServer() : net.createServer((socket) => socket.end('220 mail\r\n')),
  )
  const { exitCode, stderr } = await runTidegate([
    'holds',
    '--token',
    't',
    '--server',
    `${protocol}://127.0.0.1:${server.port}`,
  ])
  expect(exitCode).toBe(2)
  expect(stderr).toBe(
    `tidegate: Cannot reach a Tidegate server at ${protocol}://127.0.0.1:${server.port}: what listens there does not speak ${protocol} (is it an ${protocol === 'https' ? 'http' : 'https'}:// address?)\n`,
  )
})

test('what the guard cannot read is told by field, not as it came', async () => {
  const message = JSON.stringify([{ code: 'too_big', path: ['plan', 'windowMs'], message: 'Too big: at most 5' }])
  const error = { message, code: -32600, data: { code: 'BAD_REQUEST', httpStatus: 400 } }
  const answering = http.createServer((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  using server = await listening(answering)
  const { stderr } = await runTidegate(['holds', '--token', 't', '--server', `http://127.0.0.1:${server.port}`])
  expect(stderr).toBe(
    'tidegate: The guard could not do this: it cannot read the request: plan.windowMs: Too big: at most 5\n',
  )
})

async function listening(server: net.Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo // a TCP server that listens has one
  return { port, [Symbol.dispose]: () => void server.close() }
}

test('help names the exit codes', async () => {
  const { exitCode, stdout } = await runTidegate(['check', '--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('1 blocked, or denied · 2 could not run · 3 inconclusive')
})

test('nothing that is printed, wherever it came from, is obeyed by the terminal', async () => {
  using folder = aFolder()
  const missing = await runTidegate(['check', 'no\u001b[2Jfile.sql', '--schema', schema])
  expect(missing.stderr).toContain('no\\u{1b}[2Jfile.sql')
  const manifest = path.join(folder.path, 'over\rwritten.json')
  const { stdout } = await runTidegate(['check', july, '--schema', schema, '--manifest', manifest])
  expect(stdout).toContain('over\\u{d}written.json')
})
