/** What is around every view: where one is, whether the page is true, the language, the person, and what runs. */

import { auditAddress } from './address.js'
import { brakeOf } from './brake.js'
import { openShell } from './dialog.js'
import { button, fill, h, setAttr, setText } from './dom.js'
import { may, mayAt } from './rights.js'
import { standing } from './runs.js'
import { outcomeView, toldView } from './told.js'
import { LANGUAGES } from './words.js'

const EVERY_MS = 5_000

/**
 * @param {object} app
 * @param {{choose(language: string): Promise<void>, leave(): Promise<void>}} acts
 */
export function createFrame(app, { choose, leave }) {
  const { words, me, model, runs } = app
  const state = h(
    'p',
    { class: 'live', role: 'status' },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', {}),
  )
  const spoken = h('p', { class: 'said', 'aria-live': 'polite' })
  const main = h('main', { id: 'main', tabindex: '-1' })
  const running = h('ul', { class: 'runs', 'aria-label': words.t('page.runs') })
  const picker = h(
    'select',
    { 'aria-label': words.t('page.language'), on: { change: () => void choose(picker.value) } },
    Object.entries(LANGUAGES).map(([tag, name]) =>
      h('option', { value: tag, lang: tag, selected: tag === words.locale }, name),
    ),
  )
  const skip = h('a', { class: 'skip', href: '#main' }, words.t('page.skip'))
  skip.addEventListener('click', (event) => {
    // The address holds the view: it must not become that of an anchor.
    event.preventDefault()
    main.focus()
  })
  const header = h(
    'header',
    { class: 'top' },
    h(
      'nav',
      { 'aria-label': words.t('page.navigation') },
      h('a', { class: 'brand', href: '#/' }, 'ocm'),
      h('a', { href: '#/checks' }, words.t('page.checks')),
      mayAt(me, 'list-audit', 'operator', null) && h('a', { href: '#/audit' }, words.t('page.audit')),
      h('a', { href: '#/approvals' }, words.t('approval.list')),
      may(me, 'mute-alerts', null) && h('a', { href: '#/alerts' }, words.t('page.alerts')),
      mayAt(me, 'set-rule', 'admin', null) && h('a', { href: '#/rules' }, words.t('page.rules')),
    ),
    state,
    h(
      'span',
      { class: 'person' },
      picker,
      h('span', { class: 'name' }, personText(me, words)),
      button(words.t('page.sign-out'), () => void leave(), { class: 'quiet' }),
    ),
  )
  const element = h('div', { class: 'frame' }, skip, header, spoken, main, h('footer', {}, running))

  function update() {
    const silent = model.silentFor()
    const seconds = silent === null ? null : Math.round(silent / 1_000)
    const kind = !model.loaded ? 'loading' : model.connected ? 'live' : 'stale'
    setAttr(state, 'data-live', kind)
    const text =
      kind === 'live'
        ? words.t('page.live')
        : kind === 'loading'
          ? words.t('page.loading')
          : words.t('page.stale', { ms: (seconds ?? 0) * 1_000 })
    setText(state.lastChild, text)
  }

  function drawRuns() {
    const all = runs.all()
    fill(
      running,
      all.map((run) => {
        const outcome = standing(run)
        return h(
          'li',
          { 'data-outcome': outcome },
          outcomeView(outcome, words),
          h('a', { href: auditAddress({ run: run.id }) }, run.title),
          brakeOf(app, run),
          run.ended &&
            run.view.told &&
            button(words.t('page.details'), () => showResult(run, app), { class: 'quiet' }),
          run.ended && button(words.t('page.close'), () => runs.forget(run.id), { class: 'quiet' }),
        )
      }),
    )
    running.hidden = all.length === 0
  }

  const ended = new Set()
  const stop = runs.subscribe(() => {
    drawRuns()
    for (const run of runs.all()) {
      if (!run.ended || ended.has(run.id)) continue
      ended.add(run.id)
      setText(spoken, `${run.title}: ${outcomeView(standing(run), words).textContent}`)
      app.changed()
    }
  })
  document.addEventListener('keydown', closeMenu)
  const timer = setInterval(update, EVERY_MS)
  drawRuns()
  update()
  return {
    element,
    update,
    show: (view) => fill(main, view),
    focus: () => main.focus(),
    /** Says something that happened, to those who see and to those who hear the page. */
    say: (text) => setText(spoken, text),
    close() {
      clearInterval(timer)
      document.removeEventListener('keydown', closeMenu)
      stop()
    },
  }
}

/** Escape closes the menu that is open, and the keyboard goes on from there. A dialog has an Escape of its own. */
function closeMenu({ key, target }) {
  if (key !== 'Escape' || document.querySelector('dialog[open]')) return
  const own = target instanceof Element ? target.closest('details.menu[open]') : null
  const menu = own ?? document.querySelector('details.menu[open]')
  if (menu === null) return
  menu.open = false
  menu.querySelector('summary').focus()
}

function personText({ person, level, tags }, words) {
  const name = typeof person === 'string' ? person : (person?.name ?? '')
  return [
    name,
    words.coded(`access.${level}`),
    tags?.length > 0 ? tags.map((tag) => `#${tag}`).join(' ') : null,
  ]
    .filter(Boolean)
    .join(' · ')
}

function showResult(run, app) {
  const shell = openShell(app, run.title)
  shell.show(outcomeView(standing(run), app.words), h('h3', {}, run.view.told.title), toldView(run.view.told))
  fill(
    shell.controls,
    button(app.words.t('page.close'), () => shell.dialog.close(), { class: 'primary' }),
  )
}
