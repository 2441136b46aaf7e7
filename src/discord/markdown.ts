import { toLine, toPlainText } from '../text/plain-text.ts'

export { cut, toLine, toLogLine, toPlainText } from '../text/plain-text.ts'

const MARKUP = /[\\`*_~|[\]()<>#{}]/g
/** A list or a heading at the start of a line; a version such as 2026.9.6 is neither. */
const LINE_START = /^(\s*)(?:([-+=])|(\d+)\.(?=\s|$))/
/** Keeps an at-sign from becoming a mention, without showing. */
const BREAK = '\u200b'

/**
 * Remote text as it can stand inside a message: one line, shown literally, with no markdown, mention, link, emoji
 * code or time stamp left in it. `max` counts the characters that are read, not the escapes.
 */
export function escapeMarkdown(text: string, max = 300): string {
  return toLine(text, max)
    .replace(MARKUP, '\\$&')
    .replace(/@/g, `@${BREAK}`)
    .replace(/:(?=\/\/)|:(?=[A-Za-z0-9_+-]+:)/g, '\\:')
    .replace(LINE_START, (_all, space: string, mark?: string, number?: string) =>
      // A backslash before a digit would stay visible: only punctuation can be escaped.
      mark === undefined ? `${space}${number}\\.` : `${space}\\${mark}`,
    )
}

/** Remote text for a code span; a backtick cannot be escaped in one, so it is replaced. */
export function toCodeSpan(text: string, max = 200): string {
  const line = toLine(text, max).replace(/`/g, 'ˋ')
  return `\`${line || ' '}\``
}

/** Remote lines as a code block that they cannot leave. */
export function toCodeBlock(lines: readonly string[]): string {
  const body = lines.map((line) => toPlainText(line).replace(/```/g, `\`${BREAK}\`${BREAK}\``)).join('\n')
  // A block that ends in a backtick would run into the fence.
  return `\`\`\`\n${body.replace(/`$/, `\`${BREAK}`) || ' '}\n\`\`\``
}
