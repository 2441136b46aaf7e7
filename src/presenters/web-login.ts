import type { WebLogin } from '../operations/web-login.ts'
import type { Ink } from './ink.ts'
import { aside, type Told, text } from './told.ts'

/**
 * A link to the page, for whoever asked for it and nobody else.
 * @param link the link as the face writes one
 */
export function webLoginResult({ expiresAt }: WebLogin, ink: Ink, link: string): Told {
  return {
    mood: 'good',
    title: ink.t('web.link'),
    lead: [],
    parts: [[text(link)], [aside(ink.t('web.link.once', {}, { when: ink.time(expiresAt, 't') }))]],
  }
}
