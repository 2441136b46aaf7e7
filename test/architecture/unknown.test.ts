import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where readings are judged, acted upon and shown. */
const ROOMS = [
  'src/monitor',
  'src/incidents',
  'src/operations',
  'src/presenters',
  'src/discord',
  'src/cli',
  'commands',
]

/**
 * The ways to write "none", "zero" or "no" for a value that was not read. A list that is only walked through goes
 * through `itemsOf`, which says so; an order puts what is unknown last (`?? -1`); whatever is counted, shown or decided
 * looks at the freshness of the reading.
 */
const DISGUISES: readonly [what: string, pattern: RegExp][] = [
  ['zero for unknown', /\.value(?:\?\.\w+)* \?\? 0\b/],
  ['an empty list for unknown', /\.value(?:\?\.\w+)* \?\? \[\]/],
  ['an empty text for unknown', /\.value(?:\?\.\w+)* \?\? (?:''|"")/],
  ['no for unknown', /\.value(?:\?\.\w+)* \?\? false\b/],
  ['none for unknown', /\.value(?:\?\.\w+)* (?:\?\?|===? null \?) '(?:none|no|never)'/],
]

function filesOf(room: string): string[] {
  try {
    return readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
  } catch {
    return []
  }
}

function disguisesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line))
  return lines.flatMap((line) =>
    DISGUISES.filter(([, pattern]) => pattern.test(line)).map(([what]) => `${what}: ${line.trim()}`),
  )
}

describe('what was not read', () => {
  it('is never dressed as none, zero or no', () => {
    const found = ROOMS.flatMap(filesOf).flatMap((file) =>
      disguisesIn(readFileSync(join(ROOT, file), 'utf8')).map((fault) => `${file}: ${fault}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    'const count = sessions.value?.length ?? 0',
    'for (const one of sessions.value ?? []) use(one)',
    'const restarts = service.restarts.value ?? 0',
    'const linger = service.linger.value ?? false',
    "const kind = service.kind.value ?? 'none'",
    "const kind = service.kind.value === null ? 'none' : known",
  ])('is found in: %s', (line) => {
    expect(disguisesIn(line)).toHaveLength(1)
  })

  it('may be put last in an order', () => {
    expect(disguisesIn('a.usablePercent.value ?? -1')).toEqual([])
  })
})
