import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/text/catalogue.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

function sourceOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/src/text/'))
    .map((file) => readFileSync(file, 'utf8'))
}

/** Everything in the program that may be the key of a text: literals, and literals with a part filled in. */
function mentioned(): { whole: ReadonlySet<string>; made: readonly RegExp[] } {
  const whole = new Set<string>()
  const made = new Set<string>()
  for (const text of ['src', 'commands'].flatMap(sourceOf)) {
    for (const [, literal] of text.matchAll(/'([\w.-]+)'/g)) whole.add(literal ?? '')
    for (const [, template] of text.matchAll(/`([\w.-]*(?:\$\{[^`}]+\}[\w.-]*)+)`/g)) made.add(template ?? '')
  }
  for (const text of Object.values(CATALOGUE.en))
    for (const [, prefix] of text.matchAll(/@([\w-]+)\}/g)) made.add(`${prefix}.\${value}`)
  const patterns = [...made]
    // Half a key alone would reach everything.
    .filter((template) => /[\w-]\.|\.[\w-]/.test(template.replaceAll(/\$\{[^}]+\}/g, '')))
    .map(
      (template) =>
        new RegExp(
          `^${template
            .split(/\$\{[^}]+\}/)
            .map((part) => part.replaceAll('.', '\\.'))
            .join('[\\w.-]+')}$`,
        ),
    )
  return { whole, made: patterns }
}

/** Keys of which no part is written down: `${name}.${outcome}`. */
const BOTH_PARTS_MADE = /^(?:compact|reset)\.(?:done|partial|failed|unknown)$/

describe('every text', () => {
  it('is said somewhere', () => {
    const { whole, made } = mentioned()
    const silent = Object.keys(CATALOGUE.en).filter((key) => {
      if (BOTH_PARTS_MADE.test(key)) return false
      const bare = key.replace(/\.(?:description|next)$/, '')
      return ![key, bare].some((one) => whole.has(one) || made.some((pattern) => pattern.test(one)))
    })
    expect(silent).toEqual([])
  })
})
