import { describe, expect, it } from 'vitest'
import { entrySchema } from '../../src/backup/manifest.ts'
import { parseEntry } from '../../src/backup/parse-entry.ts'

const HASH = 'a'.repeat(64)
const FILE = {
  kind: 'file',
  path: 'home/oc/.openclaw/x',
  mode: 0o600,
  mtime: 1_790_000_000,
  size: 3,
  sha256: HASH,
  pieceSize: 1_048_576,
  pieces: [HASH],
  database: false,
  mark: 'AAAAAAAAAAAAAAAA',
}
/** What a damaged or hostile list may have in any place; `undefined` is absent. */
const VALUES: unknown[] = [
  undefined,
  null,
  '',
  'file',
  'folder',
  'link',
  HASH,
  HASH.toUpperCase(),
  `${HASH}\n`,
  'x'.repeat(17),
  'x'.repeat(4_096),
  'x'.repeat(4_097),
  0,
  -0,
  -1,
  1.5,
  0o7777,
  0o10000,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  true,
  [],
  [HASH],
  [HASH, null],
  [HASH, HASH.slice(1)],
  { length: 0 },
]

describe('a line of the list of a backup', () => {
  it('is taken as the schema takes it, whatever stands in any of its places', () => {
    let taken = 0
    for (const key of [...Object.keys(FILE), 'target', 'outside', '__proto__'])
      for (const value of VALUES) {
        const { [key]: _, ...rest } = FILE as Record<string, unknown>
        // As it is read: only what JSON can say, and a key named __proto__ is one like any other.
        const line = JSON.stringify(value === undefined ? rest : { ...rest, [key]: value })
        const read = JSON.parse(value === Number.POSITIVE_INFINITY ? line.replace('null', '1e999') : line)
        const expected = entrySchema.safeParse(read).data ?? null
        expect(parseEntry(read), line.slice(0, 300)).toEqual(expected)
        if (expected !== null) taken += 1
      }
    expect(taken).toBeGreaterThan(20)
  })

  it('is none where it is no object', () => {
    for (const value of [null, 1, 'file', [], [FILE]]) expect(parseEntry(value)).toBeNull()
    expect(parseEntry({ kind: 'folder', path: 'a', mode: 0o700, mtime: 0 })).not.toBeNull()
  })
})
