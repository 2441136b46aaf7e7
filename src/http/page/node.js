/** The page of one node: how it stands, its sessions, its log, its backups, and every act that its reader may do. */
import { Refused } from './api.js'
import { backupsView } from './backups.js'
import { createNodeChecks } from './checks.js'
import { openAct } from './dialog.js'
import { button, fill, h, setText } from './dom.js'
import { createIncidents } from './incidents.js'
import { createLog } from './log.js'
import { OPERATIONS } from './operations.js'
import { MUTE_OF_NODE } from './own-operations.js'
import { ageView, readingView } from './readings.js'
import { may, suits } from './rights.js'
import { stateView } from './row.js'
import { createSessions } from './sessions.js'
import { factsView, findingView, outcomeView, refusalView } from './told.js'

/** Acts that are pressed often; the others are in a menu. */
const FIRST = ['restart-node', 'backup-node', 'set-maintenance']
export function createNode(app, id) {
  const { words, model } = app
  const head = h('div', { class: 'node-head' })
  const acts = h('div', { class: 'controls' })
  const facts = h('div', { class: 'sections' })
  const incidents = createIncidents(app, ({ subject }) => subject.nodeId === id)
  const sessions = createSessions(app, id)
  const checks = createNodeChecks(app, id)
  const log = createLog(app, id)
  const backups = h('div', {})
  const title = h('h1', {}, id)
  const element = h(
    'article',
    { class: 'node' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    title,
    head,
    acts,
    part('page.incidents-here', incidents.element, words),
    part('label.sessions', sessions.element, words),
    part('page.details', facts, words),
    part('page.checks', checks.element, words),
    part('page.backups', backups, words),
    part('operation.node-logs', log.element, words),
  )
  let shown = null
  let status = null

  function update(changed) {
    incidents.update()
    const entry = model.rows.get(id)
    // Of a node that is gone there is nothing to see and nothing to press.
    const isGone = entry === undefined && model.whole
    for (const one of element.querySelectorAll(':scope > section')) one.hidden = isGone
    if (isGone) {
      fill(head, h('p', {}, words.t('page.unknown-node', { id })))
      fill(acts)
      shown = null
    }
    if (entry === undefined || entry === shown) return
    const first = shown === null
    shown = entry
    const { row } = entry
    // What may be pressed depends on the tags of the node.
    if (first) refresh()
    setText(title, row.name)
    fill(head, headParts(row, app))
    drawActs(acts, row, status, app)
    log.offer(row)
    // What is read from the node itself is asked for when something of it is new, and once more after each act.
    if (!first && changed !== null) sessions.refresh()
  }

  async function look() {
    facts.setAttribute('aria-busy', 'true')
    try {
      const answer = await app.api.status(id)
      status = answer.data
      fill(facts, statusParts(answer, app, model.rows.get(id)?.row.reason ?? null))
      const row = model.rows.get(id)?.row
      if (row) drawActs(acts, row, status, app)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(
        facts,
        refusalView(error, words),
        button(words.t('page.again'), () => void look()),
      )
    }
    facts.removeAttribute('aria-busy')
  }

  async function lookForBackups() {
    try {
      const { data } = await app.api.read('list-backups', { node: id })
      fill(backups, backupsView(data, id, app))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(backups, refusalView(error, words))
    }
  }

  function refresh() {
    void look()
    void lookForBackups()
    sessions.refresh()
    checks.refresh()
  }
  function close() {
    checks.close()
    log.close()
  }
  return { element, update, moved() {}, refresh, close }
}

function part(title, content, words) {
  const id = `part-${title.replaceAll('.', '-')}`
  return h('section', { 'aria-labelledby': id }, h('h2', { id }, words.t(title)), content)
}

function headParts(row, app) {
  const { words } = app
  return [
    h('p', { class: 'state', 'data-state': row.state }, stateView(row, words)),
    h(
      'p',
      { class: 'aside' },
      row.id,
      row.tags.map((tag) => ` #${tag}`),
      ' · ',
      words.t('page.column.seen'),
      ' ',
      row.observedAt === null ? words.t('list.never') : ageView(row.observedAt, app),
      ' · ',
      readingView(
        row.version,
        (version) => words.t('word.version', { version }),
        app,
        row.reason?.code ?? null,
      ),
    ),
  ]
}

function drawActs(element, row, status, app) {
  const { words, me } = app
  const retired = row.recordState === 'retired'
  const about = { input: { node: row.id }, subject: row.name }
  const names = Object.keys(OPERATIONS).filter(
    (name) => OPERATIONS[name].on === 'node' && may(me, name, row) && suits(name, retired),
  )
  const node = status?.node
  const values = {
    'edit-node': node && {
      name: node.name,
      host: node.host,
      sshPort: node.sshPort,
      sshUser: node.sshUser,
      gatewayPort: node.gatewayPort,
      tags: node.tags.join(', '),
    },
  }
  const one = (name, props = {}) =>
    button(
      words.t(`operation.${name}`),
      () => openAct(app, name, { ...about, values: values[name], ...typedName(name, row) }),
      { 'data-act': name, ...props },
    )
  const first = names.filter((name) => FIRST.includes(name))
  const more = names.filter((name) => !FIRST.includes(name))
  const mute =
    !retired &&
    may(me, 'mute-alerts', row) &&
    button(
      words.t('operation.mute-alerts'),
      () => openAct(app, 'mute-alerts', { ...about, fields: MUTE_OF_NODE }),
      { class: 'quiet', 'data-act': 'mute-alerts' },
    )
  const ongoing = row.recordState === 'maintenance' && may(me, 'set-maintenance', row)
  // A menu that somebody has opened stays open while news come in.
  const open = element.querySelector('details.menu')?.open ?? false
  fill(
    element,
    first.filter((name) => !(ongoing && name === 'set-maintenance')).map((name) => one(name)),
    ongoing &&
      button(words.t('page.end-maintenance'), () =>
        openAct(app, 'set-maintenance', { ...about, input: { node: row.id, on: false }, fields: [] }),
      ),
    (more.length > 0 || mute) &&
      h(
        'details',
        { class: 'menu', open },
        h('summary', {}, words.t('page.more')),
        h(
          'div',
          { class: 'menu-items' },
          more.map((name) => one(name, { class: 'quiet' })),
          mute,
        ),
      ),
  )
}

/** What is destroyed is named by its id, which is typed by hand. */
function typedName(name, row) {
  return OPERATIONS[name].typed ? { subject: row.id } : {}
}

/** @param {object | null} above the reason that stands in the head of the page, which is not told once more */
function statusParts({ outcome, told, data }, app, above) {
  const { words } = app
  const head = above && words.reason(above)
  const own = (why) => (why === head ? null : why)
  return [
    outcome !== 'done' && outcomeView(outcome, words),
    told?.findings?.length > 0 &&
      h(
        'ul',
        { class: 'findings' },
        told.findings.map((one) => findingView({ ...one, reason: own(one.reason) })),
      ),
    told?.sections?.map(({ title, facts, unread }) =>
      h(
        'div',
        { class: 'section' },
        h('h3', {}, title),
        unread === null
          ? factsView(facts)
          : h('p', { class: 'doubt' }, words.t('word.unknown'), ' ', h('small', {}, own(unread))),
      ),
    ),
    h(
      'p',
      { class: 'aside' },
      words.t('page.asked-now'),
      ' ',
      ageView(data.snapshot.observedAt, app),
      told && ` · ${told.backup}`,
    ),
  ]
}
