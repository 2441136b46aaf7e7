import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commands as slashCommands } from '../../commands/index.ts'
import { commands as cliCommands } from '../../src/cli/commands.ts'
import { operations } from '../../src/operations/index.ts'
import { settingsSchema } from '../../src/settings/config.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, ROOT), 'utf8')
const pages = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'))
const docs = [read('README.md'), ...pages.map((name) => read(`docs/${name}`))].join('\n')

/** The row of a command in a table of the README: `/node retire` may share one with `unretire`. */
function hasRow(group: string, name: string): boolean {
  return read('README.md')
    .split('\n')
    .some((line) => line.startsWith(`| \`/${group} `) && (line.split('|')[1] ?? '').includes(name))
}

describe('the documentation', () => {
  it('shows how each command of the shell is typed', () => {
    const without = cliCommands.filter(({ path }) => !new RegExp(`\\bocm ${path}(?![\\w-])`).test(docs))
    expect(without.map(({ path }) => path)).toEqual([])
  })

  it('says for each slash command what it gives', () => {
    const without = slashCommands.filter(({ group, data }) => !hasRow(group, data.name))
    expect(without.map(({ group, data }) => `${group} ${data.name}`)).toEqual([])
  })

  it.each(['README.ja.md', 'README.zh-CN.md'])('says the same in %s: commands, tables, pictures', (page) => {
    const shape = (text: string) => ({
      commands: [...text.matchAll(/^\| (`\/[^|]+`) \|/gm)].map(([, command]) => command),
      blocks: [...text.matchAll(/```sh\n[\s\S]*?```/g)].map(([block]) => block),
      pictures: [...text.matchAll(/^!\[.+\]\((.+)\)$/gm)].map(([, picture]) => picture),
      headings: [...text.matchAll(/^## /gm)].length,
    })
    const { headings, ...english } = shape(read('README.md'))
    // The list of further pages is in English like they are.
    expect(shape(read(page))).toEqual({ ...english, headings: headings - 1 })
    for (const name of ['README.md', 'README.ja.md', 'README.zh-CN.md'])
      for (const other of ['README.md', 'README.ja.md', 'README.zh-CN.md'].filter((one) => one !== name))
        expect(read(name), name).toContain(`](${other})`)
  })

  it('says for each operation what its JSON holds', () => {
    const cli = read('docs/cli.md')
    const rows = cli.split('\n').filter((line) => line.startsWith('| `'))
    const without = operations.filter(
      ({ name }) => !rows.some((row) => row.split('|')[1]?.includes(`\`${name}\``)),
    )
    expect(without.map(({ name }) => name)).toEqual([])
  })

  it('explains each setting in the example that people copy', () => {
    const example = read('.env.example')
    for (const name of Object.keys(settingsSchema.shape))
      expect(example, name).toMatch(new RegExp(`^#.+\\n(?:#.*\\n|[A-Z_]+=.*\\n)*#? ?${name}=`, 'm'))
  })

  it('names for each defence a test that exists', () => {
    const security = read('SECURITY.md')
    const tests = [...security.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => path ?? '')
    expect(tests.length).toBeGreaterThan(10)
    for (const path of tests) expect(existsSync(new URL(path, ROOT)), path).toBe(true)
  })

  it('names a test in each line of a table of what is defended, and in each paragraph on what was stolen', () => {
    const security = read('SECURITY.md')
    const rows = security.split('\n').filter((line) => line.startsWith('| ') && !/^\|[- |]+\|$/.test(line))
    const untested = rows.filter((row, index) => {
      const head = rows.slice(0, index + 1).findLast((one) => /held by|not trusted/.test(one))
      return head !== row && head?.includes('held by') && !/`test\//.test(row)
    })
    expect(untested).toEqual([])
    const stolen = security.split(/^## /m).filter((part) => /^(?:A stolen|What ocm does)/.test(part))
    expect(stolen.length).toBeGreaterThan(4)
    for (const part of stolen) expect(part).toMatch(/`test\//)
  })

  it('leads to files and headings that exist', () => {
    const named = (text: string) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-')
    for (const page of [
      'README.md',
      'README.ja.md',
      'README.zh-CN.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      ...pages.map((name) => `docs/${name}`),
    ]) {
      const base = new URL(page, ROOT)
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? base : new URL(path, base)
        const content = readFileSync(file)
        if (anchor === undefined) continue
        const headings = [...content.toString('utf8').matchAll(/^#+ (.+)$/gm)].map(([, one]) =>
          named(one ?? ''),
        )
        expect(headings, `${page}: ${target}`).toContain(anchor)
      }
    }
  })
})
