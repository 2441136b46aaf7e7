/** Who did what, when, and how it ended. What is looked for stands in the address: a link shows the same. */
import { auditAddress, nodeAddress, readAddress } from './address.js'
import { Refused } from './api.js'
import { button, fill, h, setText } from './dom.js'
import { ageView } from './readings.js'
import { mayAt } from './rights.js'
import { outcomeView, refusalView, toldView } from './told.js'

const HOUR_MS = 3_600_000
const SPANS = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS, '30d': 30 * 24 * HOUR_MS }

export function createAudit(app) {
  const { words } = app
  const who = field('who', 'text')
  const node = field('node', 'text')
  const operation = chooser('operation', [
    ['', words.t('page.audit.every')],
    ...words.namesAfter('operation.').map((name) => [name, words.t(`operation.${name}`)]),
  ])
  const since = chooser('since', [
    ['', words.t('page.audit.always')],
    ...Object.keys(SPANS).map((span) => [span, words.t(`choice.since.${span}`)]),
  ])
  const form = h(
    'form',
    { class: 'tools', role: 'search', on: { submit: asked } },
    [who, node, operation, since].map(({ label }) => label),
    h('button', { type: 'submit', class: 'primary' }, words.t('page.audit.show')),
    mayCheck(app.me) && button(words.t('page.audit.verify'), () => void check()),
  )
  const note = h('p', { role: 'status' })
  const checked = h('div', {})
  const list = h('ol', { class: 'audit' })
  const pages = h('p', { class: 'controls' })
  const element = h(
    'article',
    { class: 'audit-view' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    h('h1', {}, words.t('page.audit')),
    form,
    checked,
    note,
    list,
    pages,
  )
  let looking = null

  function field(name, type) {
    const input = h('input', { type, id: `audit-${name}`, autocomplete: 'off', spellcheck: 'false' })
    return { input, label: labelled(name, input) }
  }

  function chooser(name, choices) {
    const input = h(
      'select',
      { id: `audit-${name}` },
      choices.map(([value, text]) => h('option', { value }, text)),
    )
    return { input, label: labelled(name, input) }
  }

  function labelled(name, input) {
    return h('span', { class: 'field' }, h('label', { for: input.id }, words.t(`page.audit.${name}`)), input)
  }

  function asked(event) {
    event.preventDefault()
    const wanted = {
      who: who.input.value.trim(),
      node: node.input.value.trim(),
      operation: operation.input.value,
      since: since.input.value,
    }
    const address = auditAddress(wanted)
    if (address === location.hash) void look()
    else location.hash = address
  }

  async function look() {
    looking?.abort()
    if (!mayAt(app.me, 'list-audit', 'operator', null)) return setText(note, words.t('page.audit.not-yours'))
    const mine = new AbortController()
    looking = mine
    const { audit: filter } = readAddress()
    who.input.value = filter.who
    node.input.value = filter.node
    operation.input.value = filter.operation
    since.input.value = filter.since
    list.setAttribute('aria-busy', 'true')
    setText(note, words.t('page.loading'))
    try {
      const { data, told } = await app.api.read('list-audit', inputOf(filter, app.clock), mine.signal)
      draw(data, told, filter)
    } catch (error) {
      if (error instanceof Refused) {
        fill(list)
        fill(note, refusalView(error, words))
      } else if (error.name !== 'AbortError') throw error
    }
    if (looking === mine) list.removeAttribute('aria-busy')
  }

  function draw({ rows, next }, told, filter) {
    setText(note, rows.length > 0 ? '' : words.t(next === null ? 'audit.none' : 'audit.none-yet'))
    fill(
      list,
      rows.map((row, index) => rowView(row, told[index], app, filter.run !== '')),
    )
    fill(
      pages,
      filter.before !== '' &&
        h('a', { href: auditAddress({ ...filter, before: '' }) }, words.t('audit.newest')),
      next !== null && h('a', { href: auditAddress({ ...filter, before: next }) }, words.t('audit.older')),
    )
  }

  async function check() {
    setText(checked, words.t('page.loading'))
    try {
      const answer = await app.api.read('verify-audit', {})
      fill(
        checked,
        h(
          'section',
          { class: 'checked', 'data-outcome': answer.outcome },
          h('h2', {}, answer.told.title),
          toldView(answer.told),
        ),
      )
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(checked, refusalView(error, words))
    }
  }

  void look()
  return {
    element,
    update() {},
    moved: () => void look(),
    refresh: () => void look(),
    close: () => looking?.abort(),
  }
}

function inputOf({ who, node, operation, since, run, before }, clock) {
  const span = SPANS[since]
  return {
    ...(who && { who }),
    ...(node && { node }),
    ...(operation && { operations: [operation] }),
    ...(span && { from: new Date(clock.now() - span).toISOString() }),
    ...(run && { run }),
    ...(/^[1-9]\d{0,11}$/.test(before) && { before: Number(before) }),
  }
}

function rowView(row, told, app, whole) {
  const { words } = app
  const at = Date.parse(row.at)
  const who = [row.actorName, words.coded(`audit.face.${row.face}`) ?? row.face, row.address]
  return h(
    'li',
    { 'data-outcome': row.result, 'data-seq': row.seq },
    outcomeView(row.result, words),
    h(
      'p',
      { class: 'what' },
      h('strong', {}, words.coded(`operation.${row.operation}`) ?? row.operation),
      row.nodeId && [' · ', h('a', { href: nodeAddress(row.nodeId) }, row.nodeId)],
      row.errorCode && h('code', {}, ` ${row.errorCode}`),
    ),
    h('p', { class: 'aside' }, who.filter(Boolean).join(' · ')),
    h(
      'p',
      { class: 'aside' },
      h('span', {}, words.moment(at)),
      ' · ',
      ageView(at, app),
      row.durationMs > 0 && ` · ${words.duration(row.durationMs)}`,
      ' · ',
      h(
        'a',
        { href: auditAddress({ run: row.operationId }) },
        `${words.t('page.audit.run')} ${row.operationId}`,
      ),
    ),
    toldView(told),
    whole && [
      h('p', { class: 'aside' }, words.t('page.audit.input')),
      h('pre', { tabindex: '0' }, JSON.stringify(row.input, null, 2)),
    ],
  )
}

/** Whether a reader may have the chain proven, which is about all of it; the server decides again. */
function mayCheck({ grants, operations }) {
  const allowed = operations?.includes('verify-audit') ?? true
  return allowed && grants.some(({ level, tags }) => level === 'admin' && tags === null)
}
