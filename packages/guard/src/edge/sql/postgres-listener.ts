import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'

/** A server that restarts is back in a second or two; who listens meanwhile polls. */
const RECONNECT_MS = 1_000

/**
 * Listens on a connection of its own, and on another one when that is lost; see `listen` of the `SqlDatabase` port.
 *
 * @param config how to connect
 */
export async function listenOnPostgres(
  config: ClientConfig,
  channel: string,
  onNotify: () => void,
  signal: AbortSignal,
): Promise<void> {
  let first = await listenOnce(config, channel, onNotify, signal)
  while (first === null && (await reconnectTime(signal))) first = await listenOnce(config, channel, onNotify, signal)
  if (first === null) return
  let lost: Promise<void> | null = first.lost
  const goOn = async () => {
    while (lost !== null) {
      await lost
      lost = null
      while (lost === null && (await reconnectTime(signal))) {
        lost = (await listenOnce(config, channel, onNotify, signal))?.lost ?? null
        if (lost !== null) onNotify()
      }
    }
  }
  void goOn()
}

/** @returns what resolves when the connection is lost, or null when there was none to be had */
async function listenOnce(
  config: ClientConfig,
  channel: string,
  onNotify: () => void,
  signal: AbortSignal,
): Promise<{ readonly lost: Promise<void> } | null> {
  if (signal.aborted) return null
  const client = new Client({ ...config, keepAlive: true })
  const end = () => void client.end().catch(() => undefined)
  const lost = new Promise<void>((resolve) => {
    client.once('end', resolve)
    client.on('error', () => resolve())
  })
  try {
    await client.connect()
    client.on('notification', onNotify)
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
  } catch {
    end()
    return null
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return {
    lost: lost.then(() => {
      signal.removeEventListener('abort', end)
      end()
    }),
  }
}

/** @returns false when nobody listens any more */
async function reconnectTime(signal: AbortSignal): Promise<boolean> {
  await sleep(RECONNECT_MS, undefined, { signal, ref: false }).catch(() => undefined)
  return !signal.aborted
}
