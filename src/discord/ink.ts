import type { Locale } from '../base/locale.ts'
import { createWords, type Words } from '../presenters/ink.ts'
import { isPlainKey, translate } from '../text/translate.ts'
import { escapeMarkdown, toCodeSpan, toLine } from './markdown.ts'

/** Writes the same content as Discord markdown or as plain text for an attached file. */
export interface Ink extends Words {
  /** Remote text, harmless and on one line. */
  remote(text: string, max?: number): string
  strong(marked: string): string
  code(text: string, max?: number): string
  title(marked: string): string
  heading(marked: string): string
  /** A line in small print. */
  small(marked: string): string
  /** A moment, epoch ms: relative ("3 minutes ago"), in full, or only the time of day. */
  time(ms: number, style?: 'R' | 'f' | 't'): string
  person(id: string, name: string): string
  /** A bar of ten for 0 to 100 per cent. */
  bar(percent: number): string
}

/** Ids of the registered commands by default path, for example `node list`. */
export type CommandIds = ReadonlyMap<string, string>

/** Ink for messages. */
export function createInk(locale: Locale, commandIds: CommandIds): Ink {
  const command = (path: string) => {
    const id = commandIds.get(path)
    return id === undefined ? `\`/${localPath(locale, path)}\`` : `</${path}:${id}>`
  }
  return {
    ...createWords(locale, { clean: escapeMarkdown, command }),
    remote: escapeMarkdown,
    strong: (marked) => `**${marked}**`,
    code: toCodeSpan,
    title: (marked) => `## ${marked}`,
    heading: (marked) => `### ${marked}`,
    small: (marked) => `-# ${marked}`,
    time: (ms, style = 'R') => `<t:${Math.floor(ms / 1000)}:${style}>`,
    person: (id) => `<@${id}>`,
    bar,
  }
}

/** Ink for text files. */
export function createPlainInk(locale: Locale): Ink {
  const clean = (text: string, max = 300) => toLine(text, max)
  const command = (path: string) => `/${localPath(locale, path)}`
  return {
    ...createWords(locale, { clean, command }),
    remote: clean,
    strong: (marked) => marked,
    code: clean,
    title: (marked) => `${marked}\n${'='.repeat(40)}`,
    heading: (marked) => `${marked}\n${'-'.repeat(40)}`,
    small: (marked) => `    ${marked}`,
    time: (ms) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    person: (_id, name) => clean(name),
    bar,
  }
}

/** A command's path as the reader's client shows it. */
function localPath(locale: Locale, path: string): string {
  const words = path.split(' ')
  return words
    .map((word, index) => {
      const key = ['command', ...words.slice(0, index + 1)].join('.')
      return isPlainKey(key) ? translate(locale, key) : word
    })
    .join(' ')
}

const BAR_CELLS = 10

function bar(percent: number): string {
  const share = Math.min(Math.max(percent, 0), 100) / 100
  // A full bar is kept for what is really full, and an empty one for what is really empty.
  const exact = share * BAR_CELLS
  const cells =
    share === 1 ? BAR_CELLS : Math.min(BAR_CELLS - 1, share > 0 ? Math.max(1, Math.round(exact)) : 0)
  return '▰'.repeat(cells) + '▱'.repeat(BAR_CELLS - cells)
}
