import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'

/** How long everything is tried together; a short sample when nobody asks for more. */
const SECONDS = Number(process.env.OCM_FUZZ_SECONDS ?? 3)

/** The inputs change with the day and not with the run, so that what one finds the next one finds again. */
const SEED = Number(process.env.OCM_FUZZ_SEED ?? Math.floor(Date.now() / 86_400_000))

/** The kinds of input, of all files here: the time is for all of them together. */
export const KINDS = 13

/** What a run of `count` properties is given for each: time, and as many inputs as fit into it. */
export function share(count: number) {
  const ms = Math.max(50, (SECONDS * 1_000) / count)
  return {
    parameters: { seed: SEED, numRuns: 1_000_000, interruptAfterTimeLimit: ms, skipAllAfterTimeLimit: ms },
    /** Finding the smallest input that fails takes longer than finding one. */
    timeout: ms + 60_000,
  }
}

/** What breaks parsers: limits of numbers, half characters, names of prototypes, depth, markup, other types. */
// biome-ignore format: a table
const HOSTILE = [
  'null', '[]', '{}', '""', '-1', '0', '1.5', '1e308', '-1e400', '9007199254740993', 'NaN', 'true',
  '"__proto__":{"x":1},', '"constructor":', '\\u0000', '\u0000', '\ud800', '\u2028', '\ufeff', '\r\n', '\n\n',
  '[[[[[[[[', '{"a":{"a":{"a":', '"', '\\', '\\"', "'", '`', '$(id)', '${', '%s', '../../', '@everyone', '```',
  '<<ocm-probe m\n', '\nocm-probe m>>', 'm end', '\u202e', '漢🦞', ' '.repeat(200), 'A'.repeat(3_000), '['.repeat(500),
] as const

type Edit = readonly [at: number, kind: number, piece: string, length: number]

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.tuple(
    fc.nat(1_000_000),
    fc.nat(5),
    fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 20 })),
    fc.nat(200),
  ),
  { maxLength: 6 },
)

/** Texts that were right once and were then cut, doubled, filled and torn. */
export function damaged(...samples: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...samples), edits).map(([text, changes]) => changes.reduce(edited, text))
}

function edited(text: string, [place, kind, piece, length]: Edit): string {
  const at = text.length === 0 ? 0 : place % (text.length + 1)
  if (kind === 0) return text.slice(0, at)
  if (kind === 1) return text.slice(0, at) + text.slice(at + length)
  if (kind === 2) return text.slice(0, at) + text.slice(Math.max(0, at - length))
  if (kind === 3) return text.slice(0, at) + piece + text.slice(at + length)
  // Another value where one stood
  if (kind === 4)
    return (
      text.slice(0, at) + text.slice(at).replace(/:\s*("[^"]*"|[-\d.]+|true|false|null)/, () => `:${piece}`)
    )
  return text.slice(0, at) + piece + text.slice(at)
}

/** What real gateways said, of every version that was recorded. */
export function recorded(pattern: RegExp): string[] {
  const root = new URL('../fixtures/openclaw/', import.meta.url)
  return readdirSync(root).flatMap((version) =>
    readdirSync(new URL(`${version}/`, root))
      .filter((name) => pattern.test(name))
      .map((name) => readFileSync(new URL(`${version}/${name}`, root), 'utf8')),
  )
}

/** A text as JSON where it is any. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Every number in a value, however deep. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (value instanceof Map || value instanceof Set) return [...value.values()].flatMap(numbersIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}
