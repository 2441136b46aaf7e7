/** The first screen: what is wrong and what to press, then every node. */
import { fleetAddress, readAddress } from './address.js'
import { h, keyed, setAttr, setText } from './dom.js'
import { createIncidents } from './incidents.js'
import { tagsOf } from './model.js'
import { createRow, shownState } from './row.js'
import { createToolbar } from './toolbar.js'

const STATES = ['unreachable', 'service-down', 'not-serving', 'unknown', 'serving', 'maintenance', 'retired']
const RANK = {
  unreachable: 0,
  'service-down': 1,
  'not-serving': 2,
  unknown: 3,
  serving: 4,
  maintenance: 5,
  retired: 6,
}
const LEVEL_RANK = { critical: 0, warning: 1, notice: 2 }
/** So long is worked on the list before what there is of it is shown. */
const SLICE_MS = 40
/** The same for what no screen shows yet: each picture costs a slow machine as much as many rows. */
const LATER_MS = 120

/** @returns {{element: HTMLElement, update(changed: string[] | null): void, moved(): void, close(): void}} */
export function createFleet(app) {
  const { words } = app
  const counts = h('div', { class: 'counts', role: 'group', 'aria-label': words.t('page.counts') })
  const incidents = createIncidents(app)
  const incidentsTitle = h('h2', { id: 'open-incidents' })
  const found = h('p', { class: 'aside', role: 'status' })
  const body = h('div', { role: 'rowgroup', class: 'rows' })
  const table = h(
    'div',
    { class: 'table', role: 'table', 'aria-label': words.t('page.nodes') },
    headRow(words),
    body,
  )
  const room = h('div', { class: 'room', 'aria-hidden': 'true' })
  const tools = createToolbar(app, draw)
  const rows = new Map()
  const element = h(
    'div',
    { class: 'fleet' },
    h('h1', { class: 'unseen' }, words.t('page.fleet')),
    counts,
    h('section', { 'aria-labelledby': 'open-incidents' }, incidentsTitle, incidents.element),
    h(
      'section',
      { 'aria-labelledby': 'all-nodes' },
      h('h2', { id: 'all-nodes' }, words.t('page.nodes')),
      tools.element,
      found,
      table,
      room,
    ),
  )
  let entries = []
  let next = null

  function draw() {
    const { filter } = readAddress()
    const all = [...app.model.rows.values()]
    const open = incidents.update()
    // Before they were read it is not known that there are none.
    const { loaded } = app.model
    setText(
      incidentsTitle,
      words.t(loaded ? 'page.incidents' : 'page.incidents-here', { count: open.length }),
    )
    drawCounts(counts, all, filter, app)
    const shown = all.filter(({ row }) => matches(row, filter)).sort(comparing(filter.sort))
    entries =
      filter.group === 'tag'
        ? grouped(shown, words)
        : shown.map((entry) => ({ key: entry.row.id, value: entry }))
    tools.update(all, filter)
    drawFound(found, shown.length, all.length, app)
    table.hidden = shown.length === 0
    setAttr(table, 'aria-rowcount', String(entries.length + 1))
    drawRows(SLICE_MS)
  }

  /** Makes the list so, a screen of it at once; the rest is worked on between two pictures. */
  function drawRows(ms) {
    cancelAnimationFrame(next?.frame)
    clearTimeout(next?.timer)
    const make = (key) => (key.startsWith('group ') ? createGroup() : createRow(app))
    const done = keyed(body, rows, entries, make, ms)
    // The room of the rows that are to come, so that nothing below or in the bar beside moves. It stands beside the list:
    // what is set on the list is looked up again for everything in it.
    room.style.setProperty('--missing', String(entries.length - body.childElementCount))
    next = null
    if (done === entries.length) return
    next = { frame: requestAnimationFrame(() => (next.timer = setTimeout(drawRows, 0, LATER_MS))) }
  }

  return {
    element,
    update: draw,
    moved: draw,
    close() {
      cancelAnimationFrame(next?.frame)
      clearTimeout(next?.timer)
    },
  }
}

function headRow(words) {
  const heads = ['node', 'state', 'context', 'agents', 'version', 'backup', 'seen', 'acts']
  return h(
    'div',
    { role: 'rowgroup', class: 'heads' },
    h(
      'div',
      { role: 'row', class: 'row head' },
      heads.map((name) => h('div', { role: 'columnheader', class: 'cell' }, words.t(`page.column.${name}`))),
    ),
  )
}

/** How many there are and how they stand; each count is a filter. */
function drawCounts(element, all, filter, { words, model }) {
  if (element.firstChild === null)
    for (const state of ['all', 'watched', ...STATES])
      element.append(h('a', { class: 'count', 'data-state': state }, h('strong', {}), h('span', {})))
  for (const chip of element.children) {
    const { state } = chip.dataset
    const asked = state === 'all' ? '' : state
    const count = all.filter(({ row }) => isIn(row, asked)).length
    setText(chip.firstChild, model.loaded ? words.number(count) : '–')
    setText(chip.lastChild, countLabel(state, words))
    setAttr(chip, 'href', fleetAddress({ ...filter, state: asked === filter.state ? '' : asked }))
    setAttr(chip, 'aria-current', filter.state === asked ? 'true' : null)
    setAttr(chip, 'data-some', count > 0 ? '' : null)
    chip.hidden = count === 0 && !['all', 'watched', 'serving', filter.state].includes(state)
  }
}

function countLabel(state, words) {
  if (state === 'all') return words.t('page.registered')
  if (state === 'watched') return words.t('page.watched')
  return words.t(state === 'maintenance' || state === 'retired' ? `record.${state}` : `state.${state}`)
}

/** Whether a row is one of those that a count counts. */
function isIn(row, state) {
  if (state === '') return true
  return state === 'watched' ? row.recordState === 'active' : shownState(row) === state
}

function drawFound(element, shown, all, { words, model }) {
  if (model.refused && !model.loaded) setText(element, words.t('page.not-loaded'))
  else if (!model.loaded) setText(element, words.t('page.loading'))
  else if (all === 0) setText(element, words.t('page.no-nodes'))
  else if (shown === all) setText(element, '')
  else setText(element, words.t('page.found', { shown, all }))
}

function matches(row, { q, state, tag }) {
  if (tag !== '' && !row.tags.includes(tag)) return false
  // Retired nodes are shown when they are asked for.
  if (!isIn(row, state) || (state === '' && row.recordState === 'retired')) return false
  if (q === '') return true
  const wanted = q.toLowerCase()
  const version = row.version.value ?? ''
  return [row.id, row.name, version, ...row.tags].some((text) => text.toLowerCase().includes(wanted))
}

/** What nobody knows may be full; what is not there is not. */
function fullness({ freshness, value }) {
  if (freshness === 'unknown') return 101
  return value === null ? -1 : value.usablePercent
}

/** What is not known comes before what is well, and after what is known to be wrong. */
function comparing(sort) {
  const byName = (a, b) =>
    a.row.name < b.row.name ? -1 : a.row.name > b.row.name ? 1 : a.row.id < b.row.id ? -1 : 1
  const badness = ({ row }) => {
    const levels = [...row.incidents.map(({ level }) => level), row.levels.context]
    return Math.min(...levels.map((level) => LEVEL_RANK[level] ?? 3))
  }
  const by = {
    worst: (a, b) => RANK[shownState(a.row)] - RANK[shownState(b.row)] || badness(a) - badness(b),
    name: () => 0,
    context: (a, b) => fullness(b.row.fullest) - fullness(a.row.fullest),
    backup: (a, b) => (a.row.backupAt.value ?? 0) - (b.row.backupAt.value ?? 0),
    version: (a, b) =>
      String(a.row.version.value ?? '').localeCompare(String(b.row.version.value ?? ''), 'en', {
        numeric: true,
      }),
  }[sort]
  return (a, b) => by(a, b) || byName(a, b)
}

/** Each node under each of its tags, and at last those without one. */
function grouped(entries, words) {
  const tags = tagsOf(entries)
  const groups = tags.map((tag) => ({ tag, of: entries.filter(({ row }) => row.tags.includes(tag)) }))
  const bare = entries.filter(({ row }) => row.tags.length === 0)
  if (bare.length > 0) groups.push({ tag: null, of: bare })
  return groups.flatMap(({ tag, of }) => [
    {
      key: `group ${tag ?? ''}`,
      value: {
        group: true,
        text: `${tag === null ? words.t('page.untagged') : `#${tag}`} · ${words.t('word.nodes', { count: of.length })}`,
      },
    },
    ...of.map((entry) => ({ key: `${tag ?? ''} ${entry.row.id}`, value: entry })),
  ])
}

function createGroup() {
  const text = h('span', { role: 'cell' })
  return {
    element: h('div', { class: 'group', role: 'row' }, text),
    update: (value) => setText(text, value.text),
  }
}
