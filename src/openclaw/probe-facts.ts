import { z } from 'zod'
import type { Reading, ReasonCode } from '../base/reading.ts'
import { fresh, REASON_CODES, unknown } from '../base/reading.ts'

const documentSchema = z.object({
  facts: z.record(z.string(), z.string()).catch({}),
  gaps: z.record(z.string(), z.string()).catch({}),
})

/** What a probe script prints between its markers: strings, or a reason code for what could not be read. */
export type ProbeDocument = z.infer<typeof documentSchema>

/** Reads a probe's document out of whatever else stands in `stdout`; null when there is none. */
export function parseProbeDocument(stdout: string, marker: string): ProbeDocument | null {
  const begin = stdout.lastIndexOf(`<<ocm-probe ${marker}\n`)
  const end = stdout.indexOf(`\nocm-probe ${marker}>>`, begin)
  if (begin === -1 || end === -1) return null
  const text = stdout.slice(stdout.indexOf('\n', begin) + 1, end)
  try {
    // The script escapes newlines; any other control character is meaningless here and would break JSON.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
    const parsed = documentSchema.safeParse(JSON.parse(text.replace(/[\x00-\x1f\x7f]/g, ' ')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Turns the strings of a document into readings. */
export class ProbeFacts {
  readonly #document: ProbeDocument
  readonly #observedAt: number

  constructor(document: ProbeDocument, observedAt: number) {
    this.#document = document
    this.#observedAt = observedAt
  }

  raw(name: string): string | null {
    const value = this.#document.facts[name]
    return value === undefined || value === '' ? null : value
  }

  /** Why a fact is missing: what the script said, or that it said nothing. */
  gap<T>(name: string): Reading<T> {
    const code = this.#document.gaps[name]
    const known = REASON_CODES.find((candidate) => candidate === code)
    return this.none(known ?? (this.raw(name) === null ? 'not-reported' : 'parse-failed'))
  }

  none<T>(code: ReasonCode): Reading<T> {
    return unknown({ code }, this.#observedAt, 'probe')
  }

  known<T>(value: T): Reading<T> {
    return fresh(value, 'probe', this.#observedAt)
  }

  read<T>(name: string, parse: (text: string) => T | null): Reading<T> {
    const text = this.raw(name)
    const value = text === null ? null : parse(text)
    return value === null ? this.gap(name) : this.known(value)
  }

  text(name: string): Reading<string> {
    return this.read(name, (text) => text.trim().slice(0, 1024) || null)
  }

  number(name: string): Reading<number> {
    return this.read(name, (text) => amount(Number.parseFloat(text)))
  }

  flag(name: string, yes: string, no: string): boolean | null {
    const text = this.raw(name)
    if (text === yes) return true
    return text === no ? false : null
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | null {
    return values.find((value) => value === this.raw(name)) ?? null
  }
}

export function parseUnitShow(text: string | undefined): Record<string, string> | null {
  if (text === undefined) return null
  const entries = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()] as const] : []
  })
  return entries.length === 0 ? null : Object.fromEntries(entries)
}

/** Linux's own limit is 8,192. */
const MOST_CPUS = 65_536

/** Counts a kernel CPU list such as `0-3,8`. */
export function countCpus(text: string): number | null {
  let count = 0
  for (const range of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range)
    if (match === null) return null
    const last = Number(match[2] ?? match[1])
    if (last > MOST_CPUS || last < Number(match[1])) return null
    count += last - Number(match[1]) + 1
  }
  return count
}

/** The last line of `df -kP`. Used is counted as df does: blocks kept for root are neither used nor available. */
export function parseDisk(
  text: string,
): { path: string; totalBytes: number; availableBytes: number; usedPercent: number } | null {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  const match = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(line)
  if (match === null) return null
  const [total, used, available] = [Number(match[1]), Number(match[2]), Math.max(0, Number(match[3]))]
  if (!Number.isSafeInteger(total * 1024)) return null
  return {
    path: match[4] ?? '',
    totalBytes: total * 1024,
    availableBytes: available * 1024,
    usedPercent: used + available === 0 ? 0 : percent(used, used + available),
  }
}

/** Epoch milliseconds from `date +%s%N`; busybox prints no nanoseconds, then the middle of the second is taken. */
export function parseClock(text: string): number | null {
  const digits = /^\d+/.exec(text)?.[0] ?? ''
  if (digits.length === 19) return Number(digits.slice(0, -9)) * 1000 + Number(digits.slice(-9, -6))
  return digits.length >= 9 && digits.length <= 11 ? Number(digits) * 1000 + 500 : null
}

export function percent(part: number, whole: number): number {
  return Math.min(100, Math.max(0, (part / whole) * 100))
}

/** A number that is not negative and not beyond what can be counted, or null. */
export function amount(value: number): number | null {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null
}

export function integer(text: string): number | null {
  const value = /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : null
}

export function positive(text: string): number | null {
  const value = integer(text)
  return value !== null && value > 0 ? value : null
}

export function word(text: string): string | null {
  return /^[\w.:-]{1,64}$/.test(text) ? text : null
}
