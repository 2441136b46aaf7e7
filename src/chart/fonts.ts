import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GlobalFonts } from '@napi-rs/canvas'

const PACKAGE = '@fontsource-variable/noto-sans-sc'

interface Subset {
  name: string
  file: string
  ranges: readonly (readonly [number, number])[]
}

/**
 * A font for a canvas: Noto Sans SC, which holds Latin, kana and the characters of both Chinese and Japanese labels,
 * so that a machine without any font draws every language. The package is cut into a hundred files by character; only
 * those that a text needs are loaded.
 */
export class ChartFont {
  private readonly subsets: readonly Subset[]
  private readonly loaded = new Set<string>()

  constructor() {
    const require = createRequire(import.meta.url)
    const folder = join(dirname(require.resolve(`${PACKAGE}/package.json`)), 'files')
    const table: Record<string, string> = require(`${PACKAGE}/unicode.json`)
    // The subset "latin" is the last of the table and the best for what several of them hold.
    this.subsets = Object.entries(table)
      .reverse()
      .map(([key, ranges]) => {
        const name = key.replace(/[[\]]/g, '')
        return {
          name: `Chart ${name}`,
          file: join(folder, `noto-sans-sc-${name}-wght-normal.woff2`),
          ranges: ranges.split(',').map(parseRange),
        }
      })
  }

  /** The families that draw `texts`, ready for a CSS font; loads what is missing. */
  familyFor(texts: readonly string[]): string {
    const families = new Set<string>()
    for (const character of new Set(['0', ...texts.join('')])) {
      const subset = this.find(character)
      if (!subset) continue
      if (!this.loaded.has(subset.name)) {
        GlobalFonts.registerFromPath(subset.file, subset.name)
        this.loaded.add(subset.name)
      }
      families.add(`"${subset.name}"`)
    }
    return [...families].join(', ')
  }

  /** `text` with a replacement for every character that this font cannot draw, instead of an empty box. */
  drawable(text: string): string {
    return [...text.normalize('NFC')]
      .map((character) => (this.find(character) && !UNDRAWABLE.test(character) ? character : '?'))
      .join('')
      .replace(/\?{2,}/g, '?')
  }

  private find(character: string): Subset | undefined {
    const code = character.codePointAt(0) ?? 0
    return this.subsets.find(({ ranges }) => ranges.some(([from, to]) => code >= from && code <= to))
  }
}

/** Listed in the table, but without a glyph in a text font, or without a shape at all. */
const UNDRAWABLE = /[\p{Extended_Pictographic}\p{Cc}\p{Cf}\p{Co}\p{Mn}]/u

function parseRange(text: string): readonly [number, number] {
  const [from = '0', to = from] = text.trim().slice(2).split('-')
  return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
}
