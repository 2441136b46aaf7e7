/** In place of tags or of a jump host: none at all. */
export const NONE = '-'

/** Tags as people write them: separated by commas or spaces, also the full-width ones. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,\u3001\uFF0C]+/).filter(Boolean))]
}
