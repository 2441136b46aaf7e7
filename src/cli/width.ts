/** Scripts and symbols that terminals draw two cells wide: East Asian Width W and F (Unicode 16). */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u
/** Drawn as a picture, alone or after the selector that asks for one. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u
/** Drawn over or into the character before them: marks, joiners, the vowels and finals of a Hangul syllable. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]/u
const ASCII = /^[\x20-\x7e]*$/

let segmenter: Intl.Segmenter | null = null

/** Made when a text first needs it: it loads the tables of Unicode. */
function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** How many cells of a terminal a text takes. Escape sequences are not expected in it. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemesOf(text)) width += graphemeWidth(segment)
  return width
}

/** Cuts a text to at most `width` cells; the ellipsis that shows the cut counts. */
export function cutToWidth(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let used = 0
  let kept = ''
  for (const { segment } of graphemesOf(text)) {
    used += graphemeWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return width > 0 ? `${kept}…` : ''
}

/** Fills a text with spaces up to `width` cells. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + fill : fill + text
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme)) return 2
  let width = 0
  for (const character of grapheme) if (!WITHOUT_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1
  return width
}
