/** What is kept out of the alert channel and until when, and whether that channel can be written to. */
import { Refused } from './api.js'
import { openAct } from './dialog.js'
import { button, fill, h, setText } from './dom.js'
import { may } from './rights.js'
import { refusalView } from './told.js'

export function createAlerts(app) {
  const { words, me, clock } = app
  const note = h('p', { role: 'status' }, words.t('page.loading'))
  const refused = h('div', {})
  const list = h('ul', { class: 'mutes' })
  const element = h(
    'article',
    { class: 'audit-view' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    h('h1', {}, words.t('page.alerts')),
    h('h2', {}, words.t('alerts.mutes')),
    refused,
    note,
    list,
    h('p', { class: 'controls' }, act('mute-alerts', 'page.mute')),
    h('h2', {}, words.t('page.alert-channel')),
    h('p', { class: 'aside' }, words.t('page.alert-channel.about')),
    h(
      'div',
      { class: 'controls' },
      act('test-alerts', 'page.test-alerts', { locale: words.locale }),
      act('set-board', 'page.board-on'),
      act('set-board', 'page.board-off', { on: false }, []),
    ),
  )
  let looking = null

  /** A button for an act that is about ocm itself; nothing for who may not. */
  function act(name, text, input = {}, fields = undefined) {
    if (!may(me, name, null)) return null
    const about = { input, subject: words.t('page.alerts'), fields }
    return button(words.t(text), () => openAct(app, name, about), { 'data-act': name })
  }

  async function look() {
    looking?.abort()
    const mine = new AbortController()
    looking = mine
    try {
      const { data } = await app.api.read('list-incidents', {}, mine.signal)
      setText(note, data.mutes.length > 0 ? '' : words.t('page.no-mutes'))
      fill(refused)
      fill(list, data.mutes.map(muteView))
    } catch (error) {
      if (error instanceof Refused) fill(refused, refusalView(error, words))
      else if (error.name !== 'AbortError') throw error
    }
  }

  function muteView({ nodeId, agentId, tag, until, by }) {
    const scope = [nodeId, agentId, tag && `#${tag}`].filter(Boolean).join(' · ')
    const input = { node: nodeId, agent: agentId, tag, minutes: 0 }
    return h(
      'li',
      { 'data-mute': scope },
      words.t('page.muted', { scope, ms: Math.max(0, until - clock.now()), by }),
      may(me, 'mute-alerts', null) &&
        button(words.t('page.mute-end'), () => void end(input), {
          class: 'quiet',
          'aria-label': `${words.t('page.mute-end')}: ${scope}`,
        }),
    )
  }

  async function end(input) {
    try {
      await app.api.read('mute-alerts', input)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return fill(refused, refusalView(error, words))
    }
    await look()
  }

  void look()
  return { element, update() {}, moved() {}, refresh: () => void look(), close: () => looking?.abort() }
}
