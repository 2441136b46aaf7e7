import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What puts the program together may import anything; nothing else lies loose in `src`. */
const COMPOSITION = ['create-app.ts', 'create-context.ts', 'inspect-ssh.ts', 'main.ts', 'open-nodes.ts']

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, target]) =>
    posix.normalize(posix.join(posix.dirname(file), target ?? '')),
  )
}

/** The folder that a file belongs to, and null for composition. The sandbox is a house of its own, with its own rooms. */
function roomOf(file: string): string | null {
  const [top, room, inner, ...rest] = file.split('/')
  if (top !== 'src') return top ?? null
  if (inner === undefined) return null
  return room === 'sandbox' ? `src/sandbox/${rest.length === 0 ? 'clock' : inner}` : `src/${room}`
}

/** Room to the rooms that it takes from, type imports included, each with the first import that does so. */
function arrows(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>()
  for (const file of ['src', 'commands', 'registry'].flatMap(sourceFiles)) {
    const from = roomOf(file)
    if (from === null) continue
    const targets = found.get(from) ?? new Map<string, string>()
    found.set(from, targets)
    for (const target of importsOf(file)) {
      const to = roomOf(target)
      if (to !== null && to !== from && !targets.has(to)) targets.set(to, `${file} takes from ${target}`)
    }
  }
  return found
}

/** Every circle that can be walked from a room back to itself, as the imports that make it. */
function circles(): string[][] {
  const graph = arrows()
  const found: string[][] = []
  const walk = (start: string, at: string, seen: ReadonlySet<string>, path: readonly string[]) => {
    for (const [next, why] of graph.get(at) ?? []) {
      if (next === start) found.push([...path, why])
      else if (!seen.has(next) && next > start) walk(start, next, new Set([...seen, next]), [...path, why])
    }
  }
  for (const start of graph.keys()) walk(start, start, new Set([start]), [])
  return found
}

describe('the rooms of the house', () => {
  it('have no circle between them, types counted', () => {
    expect(circles()).toEqual([])
  })

  it('keep the program and the sandbox apart: only the stage knows both', () => {
    const graph = arrows()
    const taken = (room: string) => [...(graph.get(room)?.keys() ?? [])].sort()
    expect(taken('src/sandbox/clock')).toEqual([])
    // The page names the types of what it is served.
    expect(taken('src/sandbox/page')).toEqual(['src/sandbox/discord'])
    expect(taken('src/sandbox/discord')).toEqual(['src/sandbox/clock'])
    expect(taken('src/sandbox/nodes')).toEqual(['src/sandbox/clock'])
    expect(taken('src/sandbox/stage')).toEqual(
      expect.arrayContaining(['src/sandbox/discord', 'src/sandbox/nodes']),
    )
    const takers = [...graph].filter(
      ([room, targets]) =>
        !room.startsWith('src/sandbox/') && [...targets.keys()].some((to) => to.startsWith('src/sandbox/')),
    )
    expect(takers.map(([room]) => room)).toEqual([])
  })

  it('say what is told without knowing a face', () => {
    const taken = [...(arrows().get('src/presenters')?.keys() ?? [])]
    expect(taken).toContain('src/text')
    expect(taken.filter((room) => /discord|cli|http|commands/.test(room))).toEqual([])
    // What is not of this house, a library of a face above all, is none of theirs.
    const foreign = sourceFiles('src/presenters').filter((file) =>
      /from '(?!\.)/.test(readFileSync(join(ROOT, file), 'utf8')),
    )
    expect(foreign).toEqual([])
  })

  it('keep the faces apart: only the command line, which sets Discord up, knows another one', () => {
    const taken = (face: string) => [...(arrows().get(face)?.keys() ?? [])]
    const others = (face: string) =>
      taken(face).filter((room) => /^src\/(discord|cli|http)$|^commands/.test(room))
    expect(taken('src/http')).toContain('src/presenters')
    expect(others('src/http')).toEqual([])
    expect(others('src/discord').filter((room) => room.startsWith('src/'))).toEqual([])
  })

  it('are four in the sandbox, beside its clock', () => {
    const rooms = new Set(sourceFiles('src/sandbox').map(roomOf))
    expect([...rooms].sort()).toEqual(
      ['clock', 'discord', 'nodes', 'page', 'stage'].map((room) => `src/sandbox/${room}`),
    )
  })

  it('hold every file of src but the composition', () => {
    const loose = sourceFiles('src').filter((file) => dirname(file) === 'src')
    expect(loose.map((file) => posix.basename(file)).sort()).toEqual(COMPOSITION)
  })
})
