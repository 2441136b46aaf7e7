import type { Readable } from 'node:stream'
import { OperatorError } from '../base/errors.ts'

/** What is to be stored: its length and SHA-256 (hex) are known before the first byte goes. */
export interface Upload {
  bytes: number
  sha256: string
  /** The content from its first byte; asked again for each attempt. */
  read(): Readable
}

/** An object as the target tells of it. */
export interface ObjectHead {
  bytes: number
  /** SHA-256 in hex, where the target keeps one and compared it with what came in; null where it does not. */
  sha256: string | null
  /** Another one when the object was written again; null where the target tells none. */
  etag: string | null
}

/** An object in a listing. `storedAt`: epoch milliseconds by the clock of the target. */
export interface ListedObject {
  key: string
  bytes: number
  storedAt: number
}

/**
 * A place away from this machine that keeps objects by a key of `[A-Za-z0-9/._@-]`. Every call ends: it is tried a few times and
 * gives up when nothing comes for a while. All throw OperatorError offsite-failed {target, why}, and cancelled.
 */
export interface OffsiteTarget {
  /** What people call it; nothing secret. */
  readonly name: string
  /** Stores an object whole, or not at all. The target refuses one that is not what its SHA-256 says. */
  put(key: string, content: Upload, signal: AbortSignal): Promise<void>
  /** Null when there is none. */
  head(key: string, signal: AbortSignal): Promise<ObjectHead | null>
  /** The content, which may break off with an error; null when there is none. */
  get(key: string, signal: AbortSignal): Promise<Readable | null>
  /** Every object whose key begins so. */
  list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject>
  /** Removes an object; one that is not there is removed already. */
  delete(key: string, signal: AbortSignal): Promise<void>
}

/** Why a target did not do what it was asked; each has a text `offsite-problem.<why>`. */
export const OFFSITE_PROBLEMS = [
  'unreachable',
  'credentials',
  'denied',
  'clock',
  'region',
  'no-bucket',
  'full',
  'busy',
  'torn',
  'refused',
  'damaged',
  'missing',
] as const
export type OffsiteProblem = (typeof OFFSITE_PROBLEMS)[number]

/** @param detail what the target called it: a code or a status, never its message, which may quote a key */
export function offsiteFailed(
  target: string,
  why: OffsiteProblem,
  { cause, detail }: { cause?: unknown; detail?: string } = {},
): OperatorError {
  return new OperatorError(
    'offsite-failed',
    { target, why },
    { ...(cause === undefined ? {} : { cause }), ...(detail === undefined ? {} : { detail }) },
  )
}

/** Why an error of a target came; null for any other error. */
export function problemIn(error: unknown): OffsiteProblem | null {
  if (!(error instanceof OperatorError) || error.code !== 'offsite-failed') return null
  return OFFSITE_PROBLEMS.find((why) => why === error.params.why) ?? 'refused'
}
