import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from '../options.ts'

/**
 * Listens, and answers when it does.
 *
 * @param port 0 for any free one
 * @throws StartError when the address or port is not to be had
 */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(handle)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use; choose another with --port' : error.message
      reject(new StartError(`Cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo // a server that listens on host and port has one
  return { server, port: address.port }
}

/** Ends open connections too: a page that polls would hold the process for as long as it likes. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
