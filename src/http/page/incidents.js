/** What is open, worst first, each with the acts that its alert card in the chat has. */
import { nodeAddress } from './address.js'
import { openAct } from './dialog.js'
import { button, fill, h, keyed, meter } from './dom.js'
import { ageView } from './readings.js'
import { may } from './rights.js'
import { sign } from './told.js'

const SIGNS = { critical: '■', warning: '▲', notice: '●' }
const RANK = { critical: 0, warning: 1, notice: 2 }
const FIRST = 12
const HOUR_MINUTES = 60
const LONG_MINUTES = 480

/**
 * A list of incidents that keeps each card as long as its incident does not change.
 * @param {object} app
 * @param {(incident: object) => boolean} [wanted]
 */
export function createIncidents(app, wanted = () => true) {
  const known = new Map()
  const list = h('ul', { class: 'incidents' })
  const note = h('p', { class: 'aside' })
  const element = h('div', {}, list, note)
  let all = false
  function update() {
    const { words, model } = app
    const open = model.incidents
      .filter((incident) => incident.state !== 'resolved' && wanted(incident))
      .sort(worstFirst)
    const shown = all ? open : open.slice(0, FIRST)
    const entries = shown.map((incident) => {
      const node = app.model.rows.get(incident.subject.nodeId)?.row ?? null
      return {
        key: incident.id,
        value: { incident, node, text: `${incident.revision} ${node?.name} ${node?.tags}` },
      }
    })
    keyed(list, known, entries, () => createCard(app))
    list.hidden = open.length === 0
    const more = open.length - shown.length
    if (open.length === 0) fill(note, model.loaded ? words.t('page.no-incidents') : '')
    else if (more > 0)
      fill(
        note,
        button(
          words.t('page.show-all', { count: open.length }),
          () => {
            all = true
            update()
          },
          { class: 'quiet' },
        ),
      )
    else fill(note)
    return open
  }
  return { element, update }
}

function worstFirst(a, b) {
  const taken = (incident) => (incident.acknowledged || incident.snoozed || incident.paused ? 1 : 0)
  return RANK[a.level] - RANK[b.level] || taken(a) - taken(b) || b.openedAt - a.openedAt
}

function createCard(app) {
  const element = h('li', { class: 'incident' })
  let shown = ''
  let open = false
  return {
    element,
    update({ incident, node, text }) {
      if (text === shown) return
      shown = text
      open = element.querySelector('details')?.open ?? open
      element.dataset.level = incident.level
      element.dataset.incident = incident.id
      element.classList.toggle('taken', Boolean(incident.acknowledged || incident.snoozed || incident.paused))
      fill(element, cardParts(incident, node, app, open))
    },
  }
}

function cardParts(incident, node, app, open) {
  const { words } = app
  const { subject, cause, params, level, topic } = incident
  const name = node?.name ?? subject.nodeId
  const who =
    name === null
      ? words.t('incident.ocm')
      : subject.agentId === null
        ? name
        : words.t('incident.agent', { agent: subject.agentId, node: name })
  const next = words.coded(`condition.${cause}.next`, params)
  return [
    h(
      'h3',
      {},
      h('span', { class: 'level' }, sign(SIGNS[level]), words.t(`level.${level}`)),
      ' ',
      subject.nodeId === null ? who : h('a', { href: nodeAddress(subject.nodeId) }, who),
    ),
    h('p', { class: 'cause' }, words.coded(`condition.${cause}`, params) ?? cause),
    typeof params.percent === 'number' &&
      subject.sessionKey !== null &&
      meter({
        percent: params.percent,
        level,
        label: subject.sessionKey,
        text: words.percent(params.percent),
      }),
    next && h('p', { class: 'next' }, next),
    h('p', { class: 'aside' }, stateParts(incident, app), ` · ${words.t(`topic.${topic}`)} · ${incident.id}`),
    h('div', { class: 'controls' }, acts(incident, node, app)),
    whyView(incident, app, open),
  ]
}

/** Why it is open, and what became of it: made when somebody opens it. */
function whyView({ subject, timeline }, app, open) {
  const why = h('div')
  const draw = () => {
    if (why.firstChild !== null) return
    fill(
      why,
      subject.sessionKey && h('p', { class: 'remote' }, subject.sessionKey),
      h(
        'ol',
        { class: 'timeline' },
        timeline.map((entry) => h('li', {}, ageView(entry.at, app), ' ', entryText(entry, app.words))),
      ),
    )
  }
  if (open) draw()
  return h('details', { open, on: { toggle: draw } }, h('summary', {}, app.words.t('button.why')), why)
}

function stateParts({ openedAt, acknowledged, snoozed, paused }, app) {
  const { words, clock } = app
  const since = words.t('page.open-for', {
    ms: Math.max(0, Math.floor((clock.now() - openedAt) / 60_000) * 60_000),
  })
  return [
    clock.now() - openedAt < 60_000 ? words.t('page.just-opened') : since,
    acknowledged && ` · ${words.t('page.taken-by', { who: acknowledged.by })}`,
    snoozed &&
      ` · ${words.t('page.snoozed-by', { who: snoozed.by, ms: Math.max(0, snoozed.until - clock.now()) })}`,
    paused && ` · ${words.t(`record.${paused.why}`)}`,
  ]
}

function entryText({ kind, params, level, by }, words) {
  if (kind === 'cause')
    return words.t('timeline.cause', {
      what: words.coded(`condition.${params.cause}`, params) ?? params.cause,
    })
  const values = { ...params, ...(level === null ? {} : { level }), ...(by === null ? {} : { by }) }
  return words.coded(`timeline.${kind}`, values) ?? kind
}

/** The same acts as on the card in the chat; what the reader may not do is not there. */
function acts({ id, subject, acknowledged, snoozed, params }, node, app) {
  const { words, me } = app
  const session =
    subject.sessionKey === null || subject.nodeId === null
      ? null
      : { node: subject.nodeId, session: subject.sessionKey }
  const name = node?.name ?? subject.nodeId
  const around = node ?? (subject.nodeId === null ? null : { tags: [] })
  const act = (operation, label, about, props = {}) =>
    may(me, operation, around) &&
    button(words.t(label), () => openAct(app, operation, about), { 'data-act': operation, ...props })
  const incident = (more = {}) => ({ input: { incident: id }, subject: `${id} · ${name ?? 'ocm'}`, ...more })
  const about = { input: session, subject: `${params.agent ?? subject.agentId} · ${name}` }
  return [
    session && act('compact-session', 'button.compact', about, { class: 'primary' }),
    session && act('reset-session', 'button.new-session', about),
    session && act('prevent-overflow', 'button.prevent', about),
    !session &&
      node &&
      (node.state === 'service-down' || node.state === 'not-serving') &&
      act(
        'restart-node',
        'button.restart',
        { input: { node: node.id }, subject: node.name },
        { class: 'primary' },
      ),
    !acknowledged &&
      may(me, 'acknowledge-incident', around) &&
      quick(app, 'acknowledge-incident', 'button.ack', { incident: id }),
    !snoozed &&
      may(me, 'snooze-incident', around) && [
        quick(app, 'snooze-incident', 'button.snooze-hour', { incident: id, minutes: HOUR_MINUTES }),
        quick(app, 'snooze-incident', 'button.snooze-long', { incident: id, minutes: LONG_MINUTES }),
      ],
    snoozed && act('unsnooze-incident', 'page.unsnooze', incident()),
  ]
}

/** What only writes down who looks after it is done at a press, and says when it was not. */
function quick(app, operation, label, input) {
  const pressed = button(
    app.words.t(label),
    async () => {
      pressed.disabled = true
      try {
        const { outcome } = await app.api.begin(operation, { input })
        if (outcome !== 'done') app.say(app.words.t(`outcome.${outcome}`))
      } catch (error) {
        pressed.disabled = false
        app.say(error.status === 0 ? app.words.t('page.no-answer') : error.message)
      }
      app.changed()
    },
    { 'data-act': operation },
  )
  return pressed
}
