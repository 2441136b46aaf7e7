import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { DEEPEST, isTooDeep } from './untrusted-json.ts'

/** What is smaller is parsed faster than it is handed over. */
export const SMALL_BYTES = 256 * 1024
/** What may wait for the thread; a fleet of large answers at once stays far below. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024
/** A thread costs some megabytes of memory: without work it ends. */
const IDLE_MS = 30_000

/** What is kept of a document: of the rows at `path`, in a list or in an object, these fields; all the rest as it is. */
export interface Keep {
  path: readonly string[]
  fields: readonly string[]
}

/** More waits to be parsed than may. */
export class ParserBusy extends Error {
  override readonly name = 'ParserBusy'
}

/** Also runs in the thread, by its text: it uses nothing outside of itself. */
export function keepFields(document: unknown, keep: Keep | null): unknown {
  let rows = document as Record<string, unknown> | null | undefined
  if (keep === null) return document
  for (const name of keep.path) rows = rows?.[name] as typeof rows
  if (typeof rows !== 'object' || rows === null) return document
  for (const key of Object.keys(rows)) {
    const row = rows[key]
    if (typeof row !== 'object' || row === null) continue
    const kept: Record<string, unknown> = {}
    for (const field of keep.fields)
      if (Object.hasOwn(row, field)) kept[field] = (row as Record<string, unknown>)[field]
    rows[key] = kept
  }
  return document
}

/** Text, so that it needs neither a build nor a loader of its own. */
const program = () => `
  const { parentPort } = require('node:worker_threads')
  const isTooDeep = ${isTooDeep.toString().replace(/^function \w+/, 'function')}
  const keepFields = ${keepFields.toString().replace(/^function \w+/, 'function')}
  parentPort.on('message', ({ id, bytes, deepest, keep }) => {
    try {
      if (isTooDeep(bytes, deepest)) throw new SyntaxError('nested too deep')
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
      parentPort.postMessage({ id, value: keepFields(JSON.parse(text), keep) })
    } catch (error) {
      parentPort.postMessage({ id, problem: String(error.message) })
    }
  })
`

interface Job {
  bytes: Uint8Array
  keep: Keep | null
  resolve(value: unknown): void
  reject(error: Error): void
}
type Reply = { id: number; value: unknown } | { id: number; problem: string }

/** Parses what is large in a thread of its own, one document after the other; here when no thread can be had. */
export class ParseThread {
  readonly #start: () => Worker
  readonly #jobs = new Map<number, Job>()
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #lastId = 0
  #waitingBytes = 0

  /** @param start makes the thread */
  constructor(start = (): Worker => new Worker(program(), { eval: true, execArgv: [] })) {
    this.#start = start
  }

  /** @throws SyntaxError for what is no JSON or nests too deep; ParserBusy when too much waits already */
  async parse(bytes: Uint8Array, keep: Keep | null): Promise<unknown> {
    if (bytes.length <= SMALL_BYTES) return parseHere(bytes, keep)
    if (this.#waitingBytes + bytes.length > MOST_WAITING_BYTES) throw new ParserBusy()
    this.#waitingBytes += bytes.length
    try {
      return await new Promise((resolve, reject) => {
        const id = ++this.#lastId
        this.#jobs.set(id, { bytes, keep, resolve, reject })
        this.#hand(id, bytes, keep)
      })
    } finally {
      this.#waitingBytes -= bytes.length
      if (this.#jobs.size === 0) this.#rest()
    }
  }

  #hand(id: number, bytes: Uint8Array, keep: Keep | null): void {
    try {
      const worker = this.#worker ?? this.#begin()
      if (this.#idle !== null) clearTimeout(this.#idle)
      worker.ref()
      // The bytes stay here as well, for the case that the thread ends.
      worker.postMessage({ id, bytes, deepest: DEEPEST, keep })
    } catch {
      this.#lose()
    }
  }

  #begin(): Worker {
    const worker = this.#start()
    const lose = () => {
      if (this.#worker === worker) this.#lose()
    }
    worker.on('message', (reply: Reply) => this.#settle(reply))
    worker.on('error', lose)
    worker.on('exit', lose)
    this.#worker = worker
    return worker
  }

  #settle(reply: Reply): void {
    const job = this.#jobs.get(reply.id)
    this.#jobs.delete(reply.id)
    if ('problem' in reply) job?.reject(new SyntaxError(reply.problem))
    else job?.resolve(reply.value)
  }

  /** Without a thread the event loop does it, one document in each turn. */
  #lose(): void {
    this.#worker = null
    const jobs = [...this.#jobs.values()]
    this.#jobs.clear()
    void (async () => {
      for (const { bytes, keep, resolve, reject } of jobs) {
        await nextTurn()
        try {
          resolve(parseHere(bytes, keep))
        } catch (error) {
          reject(error as Error)
        }
      }
    })()
  }

  #rest(): void {
    const worker = this.#worker
    worker?.unref()
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.#jobs.size > 0 || this.#worker !== worker) return
      this.#worker = null
      void worker?.terminate()
    }, IDLE_MS)
    this.#idle.unref()
  }
}

function parseHere(bytes: Uint8Array, keep: Keep | null): unknown {
  if (isTooDeep(bytes, DEEPEST)) throw new SyntaxError('nested too deep')
  return keepFields(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()), keep)
}

/** One thread for all nodes. */
export const parseThread = new ParseThread()
