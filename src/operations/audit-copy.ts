import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { errorCode } from '../state/atomic-file.ts'
import { acquireFileLock, LockBusy } from '../state/file-lock.ts'
import { defineCollection, type Store } from '../store/store.ts'
import { type AuditLine, auditLines, canonical, lineKey } from './audit-chain.ts'
import type { AuditCopy } from './audit-check.ts'

/** So many lines are sent at once. */
const BATCH = 100
/** What is written at once is sent at once. */
const GATHER_MS = 500
const RETRY_MS = 30_000
const REQUEST_MS = 10_000
/** How long the end of a process waits for its last lines. */
const LAST_MS = 2_000
/** A line of the audit is shorter; more is not looked at. */
const LONGEST_LINE = 2 * 1024 * 1024
const NEWLINE = 0x0a

/** Where the copy goes. */
export type CopyTarget = { kind: 'file'; path: string } | { kind: 'webhook'; url: string }

/** Up to which line a target has been given the chain. */
const copiedMarks = defineCollection({
  name: 'audit-copied',
  schema: z.strictObject({ seq: z.int().positive(), hash: z.string() }),
})

/** How the copy stands. */
export interface CopyState {
  kind: CopyTarget['kind']
  /** The last line that it has been given; null while that is none. */
  upTo: number | null
  /** Why the last try failed, as a code; null when it did not. */
  problem: string | null
}

/** Keeps a copy of the audit elsewhere. */
export interface AuditCopier {
  state(): Promise<CopyState>
  /** Sends what is missing now, and tells how the copy stands then; `timeout` is its problem where that did not end. */
  catchUp(signal: AbortSignal): Promise<CopyState>
  /** What was copied, where it can be read here; null for a webhook. */
  readable(): AuditCopy | null
  /** Sends what is missing, within a moment, and ends. */
  close(): Promise<void>
}

/**
 * Copies each line to another place soon after it was written, whichever process wrote it. What has to be sent is no
 * queue: it is what stands behind the last line that was taken there, so a crash loses nothing and at most repeats.
 * @param options.lockPath held while one process copies
 */
export function openAuditCopier(options: {
  store: Store
  target: CopyTarget
  clock: Clock
  log: Log
  lockPath: string
}): AuditCopier {
  const { store, target, clock, log, lockPath } = options
  const key = markKey(target)
  const ending = new AbortController()
  let problem: string | null = null
  let running: Promise<void> | null = null
  let wanted = false

  async function copyAll(signal: AbortSignal): Promise<void> {
    const lock = await acquireFileLock(lockPath, { label: 'audit-copy', waitMs: GATHER_MS })
    try {
      for (;;) {
        const lines = await missing(store, key)
        const last = lines.at(-1)
        if (last === undefined) return
        const text = lines.map((line) => `${canonical(line)}\n`).join('')
        if (target.kind === 'file') await appendText(target.path, text)
        else await send(target.url, text, signal)
        await store.put(copiedMarks, key, { seq: last.seq, hash: last.hash })
      }
    } finally {
      await lock.release()
    }
  }

  async function tryOnce(signal: AbortSignal): Promise<boolean> {
    try {
      await copyAll(signal)
      if (problem !== null) log.info({}, 'the copy of the audit goes on')
      problem = null
      return true
    } catch (error) {
      // Another process is at it.
      if (error instanceof LockBusy || signal.aborted) return false
      const now = problemOf(error)
      if (problem === null) log.warn({ problem: now }, 'the audit could not be copied')
      problem = now
      return false
    }
  }

  /** One try at a time; what is written meanwhile has the next one follow. */
  async function work(): Promise<void> {
    let wait = GATHER_MS
    while (wanted && !ending.signal.aborted) {
      await clock.sleep(wait, ending.signal).catch(() => undefined)
      if (ending.signal.aborted) return
      wanted = false
      if (await tryOnce(ending.signal)) wait = GATHER_MS
      else [wanted, wait] = [true, RETRY_MS]
    }
  }

  const begin = () => {
    wanted = true
    running ??= work().finally(() => {
      running = null
      if (wanted && !ending.signal.aborted) begin()
    })
  }
  let revision = ''
  const stop = store.onChange(async () => {
    const [last] = await store.list(auditLines, { reverse: true, limit: 1 })
    if (last === undefined || last.key === revision) return
    revision = last.key
    begin()
  })
  begin()
  const state = async () => {
    const mark = await store.get(copiedMarks, key)
    return { kind: target.kind, upTo: mark?.seq ?? null, problem }
  }
  return {
    state,
    async catchUp(signal) {
      while (!signal.aborted) {
        if ((await tryOnce(signal)) || (problem !== null && !signal.aborted)) return state()
        // Another process is at it, and may be stuck.
        await clock.sleep(GATHER_MS, signal).catch(() => undefined)
      }
      return { ...(await state()), problem: problem ?? 'timeout' }
    },
    readable: () => (target.kind === 'file' ? { texts: () => textsOf(target.path) } : null),
    async close() {
      stop()
      ending.abort()
      await running
      // What goes over the network is left to the bot: a command of the shell does not wait for it.
      if (target.kind === 'file') await tryOnce(AbortSignal.timeout(LAST_MS))
    },
  }
}

/**
 * The lines that a target has not been given. Where the last one that it has is another now, the chain was written anew:
 * it gets all of it, so that the two are seen to differ.
 */
async function missing(store: Store, key: string): Promise<AuditLine[]> {
  const mark = await store.get(copiedMarks, key)
  const known = mark && (await store.get(auditLines, lineKey(mark.seq)))
  const [first] = await store.list(auditLines, { limit: 1 })
  const cut = mark !== undefined && first !== undefined && first.value.seq > mark.seq
  const from = mark && (known?.hash === mark.hash || cut) ? mark.seq + 1 : 0
  return (await store.list(auditLines, { from: lineKey(from), limit: BATCH })).map(({ value }) => value)
}

/** A target is known by the hash of its name: an address may be a secret. */
function markKey(target: CopyTarget): string {
  const name = target.kind === 'file' ? target.path : target.url
  return createHash('sha256').update(`${target.kind} ${name}`).digest('hex').slice(0, 32)
}

/** Adds whole lines at the end of a file that only its owner can read; a line that a crash cut off stays one of its own. */
async function appendText(path: string, text: string): Promise<void> {
  const file = await open(path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const end = Buffer.alloc(1, NEWLINE)
    if (size > 0) await file.read(end, 0, 1, size - 1)
    await file.appendFile(end[0] === NEWLINE ? text : `\n${text}`)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** @throws Error when it was not taken */
async function send(url: string, text: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body: text,
    redirect: 'error',
    headers: { 'content-type': 'application/x-ndjson', 'user-agent': 'ocm' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`status ${answer.status}`)
}

/** Why it failed, without the address, which may be a secret. */
function problemOf(error: unknown): string {
  const { message, name, cause } = error as Error & { cause?: { code?: unknown } }
  if (/^status \d+$/.test(message)) return message
  if (typeof cause?.code === 'string') return cause.code
  const code = errorCode(error)
  return code === 'unknown' ? name : code
}

/** The lines of a file. One that is longer than any of the audit is given as an empty one. @throws as `open` does */
export async function* textsOf(path: string): AsyncGenerator<string> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, at)
      yield size + piece.length > LONGEST_LINE ? '' : Buffer.concat([...rest, piece]).toString('utf8')
      ;[rest, size, from] = [[], 0, at + 1]
    }
    const piece = chunk.subarray(from)
    size += piece.length
    if (size <= LONGEST_LINE) rest.push(piece)
    else rest = []
  }
  if (size > 0) yield size > LONGEST_LINE ? '' : Buffer.concat(rest).toString('utf8')
}
