import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const OBSERVE = 'src/monitor/observe.ts'
/** Keeps the snapshots that it is given. */
const CACHE = 'src/openclaw/snapshot-cache.ts'

/** Files of the product in which a call stands; the stand-in for OpenClaw has snapshots of its own kind. */
function filesWith(call: RegExp): string[] {
  return ['src', 'commands', 'registry'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((file) => !file.startsWith('src/sandbox/') && file !== CACHE)
      .filter((file) => call.test(readFileSync(join(ROOT, file), 'utf8'))),
  )
}

describe('a look at a node', () => {
  it('is taken in one place only', () => {
    expect(filesWith(/\.snapshot\(/)).toEqual([OBSERVE])
  })

  it('is remembered and fed to the curves in that place only', () => {
    expect(filesWith(/\bsnapshots\.set\(/)).toEqual([OBSERVE])
    expect(filesWith(/\bhistories\.observe\(/)).toEqual([OBSERVE])
  })
})
