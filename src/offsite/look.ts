import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { OperatorError } from '../base/errors.ts'
import { type CopyName, type CopyRecord, copiesPrefix, copyNameOf, readCopyRecord } from './copy-record.ts'
import type { Pace } from './pace.ts'
import { type OffsiteTarget, offsiteFailed, problemIn } from './target.ts'

/** A record names each file of a backup; one of 5 GB has some hundred. */
const LARGEST_RECORD = 256 * 1024 * 1024
/** How often what broke off is asked for. */
const ATTEMPTS = 3

/** What of a target is asked, how fast, and until when. */
export interface Asking {
  target: OffsiteTarget
  pace: Pace
  signal: AbortSignal
}

/** The copies of a node, or of every node, newest first. @throws OperatorError offsite-failed */
export async function copiesThere(
  { target, signal }: Pick<Asking, 'target' | 'signal'>,
  owner: string | null,
): Promise<CopyName[]> {
  const found: CopyName[] = []
  for await (const { key } of target.list(copiesPrefix(owner), signal)) {
    const name = copyNameOf(key)
    if (name !== null) found.push(name)
  }
  return found.sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0))
}

/** @throws OperatorError offsite-failed, with `damaged` where it is not whole and `missing` where it has gone */
export async function recordThere(asking: Asking, name: CopyName): Promise<CopyRecord> {
  const bytes = await bytesThere(asking, name.key, LARGEST_RECORD)
  if (bytes === null) throw offsiteFailed(asking.target.name, 'missing', { detail: name.key })
  try {
    return readCopyRecord(bytes.toString('utf8'), name)
  } catch (cause) {
    throw offsiteFailed(asking.target.name, 'damaged', { cause, detail: name.key })
  }
}

/** A small object as a whole; null when there is none. @throws OperatorError offsite-failed */
export async function bytesThere(
  { target, signal }: Pick<Asking, 'target' | 'signal'>,
  key: string,
  most: number,
): Promise<Buffer | null> {
  const head = await target.head(key, signal)
  if (head === null) return null
  if (!(head.bytes <= most)) throw offsiteFailed(target.name, 'damaged', { detail: key })
  const body = await target.get(key, signal)
  return body === null ? null : await buffer(body).catch(torn({ target, signal }))
}

/** Reads an object back, and keeps nothing of it. Null when there is none. @throws OperatorError offsite-failed */
export async function hashThere(
  asking: Asking,
  key: string,
): Promise<{ bytes: number; sha256: string } | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const body = await asking.target.get(key, asking.signal)
      return body === null ? null : await hashOf(asking, body)
    } catch (error) {
      if (problemIn(error) !== 'torn' || attempt === ATTEMPTS) throw error
    }
  }
}

async function hashOf(asking: Asking, body: Readable): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      await asking.pace.take(chunk.length)
    }
  } catch (error) {
    torn(asking)(error)
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** What people are told of an answer that broke off. */
export function torn({ target, signal }: Pick<Asking, 'target' | 'signal'>): (error: unknown) => never {
  return (error) => {
    if (signal.aborted) throw new OperatorError('cancelled', {}, { cause: error })
    if (error instanceof OperatorError) throw error
    throw offsiteFailed(target.name, 'torn', { cause: error })
  }
}
