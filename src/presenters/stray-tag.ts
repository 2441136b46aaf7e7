import type { StrayTag } from '../operations/known-tags.ts'
import type { Ink } from './ink.ts'
import { type Line, text } from './told.ts'

/** That no node carries a tag for which something was set. */
export function strayText({ tag, near }: StrayTag, ink: Ink): string {
  const marked = near === null ? {} : { near: ink.code(near) }
  return ink.t('tag.stray', {}, { tag: ink.code(tag), ...marked })
}

/** The same as a line of its own. */
export function strayLine(stray: StrayTag, ink: Ink): Line {
  return text(strayText(stray, ink), 'warning')
}
