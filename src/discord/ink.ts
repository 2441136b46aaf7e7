import type { Locale } from '../base/locale.ts'
import type { Severity } from '../monitor/conditions.ts'
import { createWords, type Ink, type Words } from '../presenters/ink.ts'
import { isPlainKey, translate } from '../text/translate.ts'
import { escapeMarkdown, toCodeSpan, toLine } from './markdown.ts'
import { SEVERITY_SYMBOLS } from './views/symbols.ts'

/** Writes the same content as Discord markdown or as plain text for an attached file. */
export interface DiscordInk extends Ink {
  strong(marked: string): string
  title(marked: string): string
  heading(marked: string): string
  /** A line in small print. */
  small(marked: string): string
  person(id: string, name: string): string
  /** A bar of ten for 0 to 100 per cent. */
  bar(percent: number): string
}

/** Ids of the registered commands by default path, for example `node list`. */
export type CommandIds = ReadonlyMap<string, string>

/** Ink for messages. */
export function createInk(locale: Locale, commandIds: CommandIds): DiscordInk {
  const command = (path: string) => {
    const id = commandIds.get(path)
    return id === undefined ? `\`/${localPath(locale, path)}\`` : `</${path}:${id}>`
  }
  const words = createWords(locale, { clean: escapeMarkdown, command })
  return {
    ...words,
    ...marks(words),
    remote: escapeMarkdown,
    strong: (marked) => `**${marked}**`,
    code: toCodeSpan,
    title: (marked) => `## ${marked}`,
    heading: (marked) => `### ${marked}`,
    small: (marked) => `-# ${marked}`,
    time: (ms, style = 'R') => `<t:${Math.floor(ms / 1000)}:${style}>`,
    person: (id) => `<@${id}>`,
    named: ({ id, name }) =>
      named(`**${escapeMarkdown(name, LONGEST_NAME)}**`, name === id ? null : toCodeSpan(id)),
  }
}

/** Ink for text files. */
export function createPlainInk(locale: Locale): DiscordInk {
  const clean = (text: string, max = 300) => toLine(text, max)
  const command = (path: string) => `/${localPath(locale, path)}`
  const words = createWords(locale, { clean, command })
  return {
    ...words,
    ...marks(words),
    remote: clean,
    strong: (marked) => marked,
    code: clean,
    title: (marked) => `${marked}\n${'='.repeat(40)}`,
    heading: (marked) => `${marked}\n${'-'.repeat(40)}`,
    small: (marked) => `    ${marked}`,
    time: (ms) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    person: (_id, name) => clean(name),
    named: ({ id, name }) => named(clean(name, LONGEST_NAME), name === id ? null : clean(id)),
  }
}

const LONGEST_NAME = 80

/** What messages and files write alike. */
function marks(words: Words): Pick<DiscordInk, 'paint' | 'bar' | 'meter'> {
  return {
    // Neither has colours for words.
    paint: (_tone, marked) => marked,
    bar,
    meter(percent: number, level: Severity | null) {
      const sign = level === null ? '' : `${SEVERITY_SYMBOLS[level]} `
      return `${sign}${bar(percent)} ${words.percent(percent)}`
    },
  }
}

function named(name: string, id: string | null): string {
  return id === null ? name : `${name} ${id}`
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
