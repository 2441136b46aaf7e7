/** Escape sequences of terminals: CSI, OSC and the short ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes start with a control character
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g
/** Control characters except line feed and tab; what is left of an escape sequence is among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Characters that show nothing but change what is read: bidirectional controls, zero width, tags, fillers. */
const INVISIBLE =
  /\u034f|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu
/** Half of a surrogate pair: not valid text, refused by some encoders. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** How much of a text is looked at for each character that is shown: what is removed may stand before it. */
const LOOK_AHEAD = 4

/** Remote text without anything that is not plain text: no terminal escapes, control or invisible characters. */
export function toPlainText(text: string): string {
  return text
    .replace(ANSI, '')
    .replace(/\r\n?/g, '\n')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\ufffd')
}

/** Plain text on one line, cut visibly at `max` UTF-16 units; never in the middle of a character. */
export function toLine(text: string, max: number): string {
  return cutClean(text, max, (head) => toPlainText(head).replace(/\s+/g, ' ').trim())
}

/** Plain text on one line with its inner spaces, such as the indentation of a stack. */
export function toLogLine(text: string, max: number): string {
  return cutClean(text, max, (head) => toPlainText(head).replace(/\t/g, '  ').replace(/\n/g, ' ').trimEnd())
}

/** Cleans only as much of a text as can be shown: remote text may be very long, and the event loop is shared. */
function cutClean(text: string, max: number, clean: (head: string) => string): string {
  const bound = max * LOOK_AHEAD
  if (text.length <= bound) return cut(clean(text), max)
  const head = clean(text.slice(0, bound))
  return head.length > max ? cut(head, max) : `${cut(head, max - 1)}…`
}

/** Cuts at `max` UTF-16 units with an ellipsis that counts. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const end = max - 1
  const code = text.charCodeAt(end - 1)
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)}…`
}
