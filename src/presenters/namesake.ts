import type { Ink } from './ink.ts'
import { type Line, lines, text } from './told.ts'

/** That another node is shown under the same name; nothing where none is. */
export function namesakeLines(namesake: string | null, ink: Ink): Line[] {
  return lines(namesake !== null && text(ink.t('node.namesake', {}, { node: ink.code(namesake) }), 'warning'))
}
