/** The colours of a terminal in a code block, as data. */

const ESCAPE = String.fromCharCode(27)
const SGR = new RegExp(`${ESCAPE}\\[([0-9;]{0,20})m`, 'g')
const OTHER_ESCAPES = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g')

const PLAIN = { bold: false, underline: false, color: null, background: null }

/**
 * Splits the text of an `ansi` code block into runs of one look.
 * @param {string} text
 * @returns {{text: string, bold: boolean, underline: boolean, color: number | null, background: number | null}[]}
 *   colours are 0 to 7 in terminal order
 */
export function parseAnsi(text) {
  const runs = []
  let look = PLAIN
  let from = 0
  const push = (part) => {
    const clean = part.replace(OTHER_ESCAPES, '')
    if (clean !== '') runs.push({ text: clean, ...look })
  }
  for (const match of text.matchAll(SGR)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    look = match[1].split(';').map(Number).reduce(lookAfter, look)
  }
  push(text.slice(from))
  return runs
}

/** What one code of a sequence makes of a look; codes that show nothing here change nothing. */
function lookAfter(look, code) {
  if (code >= 30 && code <= 37) return { ...look, color: code - 30 }
  if (code >= 40 && code <= 47) return { ...look, background: code - 40 }
  switch (code) {
    case 0:
      return PLAIN
    case 1:
      return { ...look, bold: true }
    case 4:
      return { ...look, underline: true }
    case 39:
      return { ...look, color: null }
    case 49:
      return { ...look, background: null }
    default:
      return look
  }
}
