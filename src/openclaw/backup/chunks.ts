import type { Readable } from 'node:stream'
import { OVER } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'

/** What a stream of the backup script may do. */
export interface ChunkLimits {
  /** How long nothing may come while somebody waits for it. Milliseconds. */
  silenceMs: number
  clock: Clock
}

/** The pieces of a stream; null at its end. A promise only where none is there yet. */
export interface Chunks {
  next(): Buffer | Promise<Buffer | null>
}

/**
 * Takes a stream apart. Nothing for too long ends it, with one timer for all pieces: there are thousands.
 * @throws (from `next`) OperatorError deadline {node, seconds}, backup-impossible {node, why}, backup-torn {node}; what else the stream
 * fails with
 */
export function chunksOf(source: Readable, node: string, { clock, silenceMs }: ChunkLimits): Chunks {
  const over = new AbortController()
  let waiting: { since: number; look(): void; giveUp(error: unknown): void } | null = null
  const look = () => waiting?.look()
  for (const event of ['readable', 'end', 'error', 'close']) source.on(event, look)
  const watch = async () => {
    for (let left = silenceMs; left > 0; ) {
      await clock.sleep(left, over.signal)
      left = waiting === null ? silenceMs : waiting.since + silenceMs - clock.monotonic()
    }
    // Not by the end of the stream: whatever is silent may not hear of that either.
    waiting?.giveUp(new OperatorError('deadline', { node, seconds: Math.round(silenceMs / 1000) }))
  }
  watch().catch(() => undefined)
  source.once('close', () => over.abort(OVER))
  const wait = async () => {
    try {
      return await new Promise<Buffer | null>((resolve, giveUp) => {
        const look = () => {
          const chunk: Buffer | null = source.read()
          if (chunk !== null || source.readableEnded) {
            // At once: whoever looks once more before that is heard would take a piece that nobody gets.
            waiting = null
            resolve(chunk)
          } else if (source.errored || source.destroyed) giveUp(source.errored ?? torn(node))
        }
        waiting = { since: clock.monotonic(), look, giveUp }
        look()
      })
    } catch (error) {
      over.abort(OVER)
      source.destroy()
      throw explained(error, node)
    } finally {
      waiting = null
    }
  }
  return { next: () => source.read() ?? wait() }
}

/** What the script's exit status says; see `BACKUP_SCRIPT`. */
const PROBLEMS: Readonly<Record<number, string>> = {
  3: 'no-state',
  4: 'forbidden',
  5: 'no-gnu-tar',
  6: 'no-node',
  7: 'no-room',
  8: 'no-list',
  9: 'no-archive',
}

function explained(error: unknown, node: string): unknown {
  if (!(error instanceof OperatorError) || error.code !== 'remote-command-failed') return error
  const why = PROBLEMS[Number(error.params.exitCode)]
  if (why === undefined) return error
  return new OperatorError('backup-impossible', { node, why }, { cause: error, ...detailOf(error) })
}

function detailOf({ detail }: OperatorError): { detail?: string } {
  return detail === undefined ? {} : { detail }
}

/** The stream ended before it told that it was whole. */
export function torn(node: string): OperatorError {
  return new OperatorError('backup-torn', { node })
}
