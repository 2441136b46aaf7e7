/** The sessions of a node, fullest first, each with its meter, its curve, its forecast and what can be done. */
import { Refused } from './api.js'
import { openAct } from './dialog.js'
import { button, curve, fill, h, keyed, meter } from './dom.js'
import { ageView, readingView } from './readings.js'
import { may } from './rights.js'
import { refusalView } from './told.js'

const MINUTE_MS = 60_000
/** More than this are shown when asked for. */
const FIRST = 20
const ACTS = [
  ['compact-session', 'button.compact'],
  ['reset-session', 'button.new-session'],
  ['prevent-overflow', 'button.prevent'],
]

export function createSessions(app, node) {
  const { words } = app
  const known = new Map()
  const note = h('p', { class: 'aside' })
  const list = h('ul', { class: 'sessions' })
  const element = h('div', {}, note, list)
  let all = false
  let last = null
  let looking = false

  async function refresh() {
    if (looking) return
    looking = true
    try {
      last = (await app.api.read('list-sessions', { node })).data
      draw()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(note, refusalView(error, words))
    }
    looking = false
  }

  function draw() {
    const { sessions, reason, limitedTo } = last
    const shown = all ? sessions : sessions.slice(0, FIRST)
    if (reason) {
      const isAbove = app.model.rows.get(node)?.row.reason?.code === reason.code
      const why = isAbove ? null : [' · ', words.reason(reason)]
      fill(note, h('span', { class: 'doubt' }, words.t('word.sessions-unknown'), why))
    } else if (limitedTo !== null) fill(note, words.t('word.limited', { count: sessions.length }))
    else if (sessions.length === 0) fill(note, words.t('page.no-sessions'))
    else if (shown.length < sessions.length)
      fill(
        note,
        button(
          words.t('page.show-all', { count: sessions.length }),
          () => {
            all = true
            draw()
          },
          { class: 'quiet' },
        ),
      )
    else fill(note)
    const entries = shown.map((view) => ({ key: view.session.key, value: view }))
    keyed(list, known, entries, () => createSession(app, node))
  }

  return { element, refresh: () => void refresh() }
}

function createSession(app, node) {
  const element = h('li', { class: 'session' })
  const place = h('div', { class: 'history' })
  const details = h('details', {}, h('summary', {}, app.words.t('page.curve-of')), place)
  let text = ''
  let key = ''
  // What was opened stays open, and is read again when the session is another than before.
  const history = () => details.open && void showHistory(place, key, node, app)
  details.addEventListener('toggle', history)
  return {
    element,
    update(view) {
      const now = JSON.stringify(view)
      if (now === text) return
      text = now
      key = view.session.key
      fill(element, sessionParts(view, node, app), details)
      history()
    },
  }
}

function sessionParts({ session, level, forecast }, node, app) {
  const { words, me, model } = app
  const { context } = session
  const row = model.rows.get(node)?.row ?? { tags: [] }
  const about = { input: { node, session: session.key }, subject: `${session.agentId} · ${node}` }
  return [
    h('h3', {}, session.agentId, ' ', h('small', { class: 'remote' }, session.key)),
    h(
      'p',
      {},
      readingView(
        context.usablePercent,
        (percent) => meter({ percent, level, label: session.key, text: words.percent(percent) }),
        app,
      ),
      ' ',
      readingView(
        context.used,
        (used) => usedText(used, context, words),
        app,
        context.usablePercent.reason?.code ?? null,
      ),
    ),
    h(
      'p',
      { class: 'aside' },
      [session.model ?? words.t('word.unknown'), session.running ? words.t('page.turn-running') : null]
        .filter(Boolean)
        .join(' · '),
      session.lastInteractionAt !== null && [' · ', ageView(session.lastInteractionAt, app)],
    ),
    forecast && h('p', { class: 'forecast' }, forecastText(forecast, words)),
    session.lastRunError && h('p', { class: 'aside remote' }, session.lastRunError),
    h(
      'div',
      { class: 'controls' },
      ACTS.filter(([name]) => may(me, name, row)).map(([name, label]) =>
        button(words.t(label), () => openAct(app, name, about), { 'data-act': name }),
      ),
    ),
  ]
}

function usedText(used, { window, reserve, headroom }, words) {
  if (window.value === null) return words.t('page.tokens', { used })
  const left = headroom.value
  return [
    words.t('value.context', { used, usable: window.value - reserve }),
    left === null
      ? null
      : left < 0
        ? words.t('value.over', { over: -left })
        : words.t('value.headroom', { headroom: left }),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** A range, because growth is never even. */
export function forecastText({ earliestMs, latestMs, turnsLeft, tokensPerHour }, words) {
  const range =
    latestMs < MINUTE_MS
      ? words.t('incident.full-now')
      : latestMs > 120 * MINUTE_MS
        ? words.t('incident.full-hours', { from: whole(earliestMs), to: whole(latestMs) })
        : words.t('incident.full-minutes', {
            from: Math.floor(earliestMs / MINUTE_MS),
            to: Math.max(Math.ceil(latestMs / MINUTE_MS), Math.floor(earliestMs / MINUTE_MS) + 1),
          })
  return [
    range,
    turnsLeft > 0 && latestMs >= MINUTE_MS ? words.t('incident.turns-left', { count: turnsLeft }) : null,
    words.t('incident.pace', { count: Math.round(tokensPerHour / 100) * 100 }),
  ]
    .filter(Boolean)
    .join(' · ')
}

const whole = (ms) => Math.max(MINUTE_MS, Math.round(ms / MINUTE_MS) * MINUTE_MS)

async function showHistory(place, session, node, app) {
  const { words } = app
  try {
    const { data } = await app.api.read('show-session', { node, session })
    const points = data.history?.points ?? []
    const usable = data.history?.window ? data.history.window - data.history.reserve : null
    if (points.length < 2 || usable === null) return fill(place, words.t('page.no-curve'))
    const percents = points.map(({ used }) => (used / usable) * 100)
    fill(
      place,
      h(
        'p',
        { class: 'aside' },
        words.t('page.values-since', { count: points.length }),
        ' ',
        ageView(points[0].at, app),
      ),
      curve(
        percents,
        words.t('page.curve', {
          count: percents.length,
          from: Math.round(percents[0]),
          to: Math.round(percents.at(-1)),
        }),
        { width: 600, height: 90 },
      ),
    )
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    fill(place, refusalView(error, words))
  }
}
