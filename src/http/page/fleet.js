/** The first screen: what is wrong and what to press, then every node. */
import { fleetAddress, readAddress } from './address.js'
import { openAct } from './dialog.js'
import { button, fill, h, keyed, setAttr, setText } from './dom.js'
import { createIncidents } from './incidents.js'
import { may } from './operations.js'
import { createRow, shownState } from './row.js'

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
  const tools = toolbar(app, draw)
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
    ),
  )
  let entries = []
  let next = null

  function draw() {
    const { filter } = readAddress()
    const all = [...app.model.rows.values()]
    const open = incidents.update()
    setText(incidentsTitle, words.t('page.incidents', { count: open.length }))
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
    drawRows()
  }

  /** Makes the list so, a screen of it at once; the rest is worked on between two pictures. */
  function drawRows() {
    cancelAnimationFrame(next?.frame)
    clearTimeout(next?.timer)
    const make = (key) => (key.startsWith('group ') ? createGroup() : createRow(app))
    const done = keyed(body, rows, entries, make, SLICE_MS)
    // The room of the rows that are to come, so that nothing below or in the bar beside moves.
    body.style.setProperty('--missing', String(entries.length - body.childElementCount))
    next = null
    if (done === entries.length) return
    next = { frame: requestAnimationFrame(() => (next.timer = setTimeout(drawRows))) }
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
    context: (a, b) =>
      (b.row.fullest.value?.usablePercent ?? 101) - (a.row.fullest.value?.usablePercent ?? 101),
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
  const tags = [...new Set(entries.flatMap(({ row }) => row.tags))].sort()
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

/** The filter of the list. What it says is in the address, so that a link shows the same. */
function toolbar(app, draw) {
  const { words } = app
  const go = (part) => {
    history.replaceState(null, '', fleetAddress({ ...readAddress().filter, ...part }))
    draw()
  }
  const search = h('input', {
    type: 'search',
    id: 'filter',
    placeholder: words.t('page.filter'),
    'aria-label': words.t('page.filter'),
    autocomplete: 'off',
    spellcheck: 'false',
  })
  search.addEventListener('input', () => go({ q: search.value }))
  const tag = select('tag', words.t('page.tag'), (value) => go({ tag: value }))
  const sort = select('sort', words.t('page.sort'), (value) => go({ sort: value }))
  for (const name of ['worst', 'name', 'context', 'backup', 'version'])
    sort.control.append(h('option', { value: name }, words.t(`page.sort.${name}`)))
  const group = h('input', { type: 'checkbox', id: 'group' })
  group.addEventListener('change', () => go({ group: group.checked ? 'tag' : '' }))
  const bulk = h(
    'details',
    { class: 'menu' },
    h('summary', {}, words.t('page.bulk')),
    h('div', { class: 'menu-items' }),
  )
  let tagged = ''
  return {
    element: h(
      'div',
      { class: 'tools' },
      search,
      tag.element,
      sort.element,
      h('span', { class: 'check' }, group, h('label', { for: 'group' }, words.t('page.group'))),
      bulk,
    ),
    update(all, filter) {
      if (search !== document.activeElement) search.value = filter.q
      const tags = [...new Set(all.flatMap(({ row }) => row.tags))].sort()
      if (tags.join(' ') !== tagged || tag.control.options.length === 0) {
        tagged = tags.join(' ')
        fill(
          tag.control,
          h('option', { value: '' }, words.t('page.every-tag')),
          tags.map((one) => h('option', { value: one }, `#${one}`)),
        )
      }
      tag.control.value = filter.tag
      sort.control.value = filter.sort
      group.checked = filter.group === 'tag'
      drawBulk(bulk, filter.tag, app)
    },
  }
}

function select(id, label, changed) {
  const control = h('select', { id, on: { change: () => changed(control.value) } })
  return { control, element: h('span', { class: 'check' }, h('label', { for: id }, label), control) }
}

/** What can be done to all nodes of the tag that is filtered by, or to the whole fleet. */
function drawBulk(menu, tag, app) {
  const { words, me } = app
  if (menu.dataset.tag === tag) return
  menu.dataset.tag = tag
  const subject = tag === '' ? words.t('page.whole-fleet') : `#${tag}`
  // Without a tag it is about every node, which needs the right on every node.
  const around = { tags: tag === '' ? [] : [tag] }
  const offered = ['fleet-restart', 'fleet-update', 'fleet-backup', 'fleet-maintenance'].filter((name) =>
    may(me, name, around),
  )
  menu.hidden = offered.length === 0
  const tags = tag === '' ? [] : [tag]
  const one = (text, name, more = {}, fields = undefined) =>
    button(
      words.t(text),
      () => {
        menu.open = false
        openAct(app, name, { input: { tags, ...more }, subject, ...(fields ? { fields } : {}) })
      },
      { class: 'quiet', 'data-act': name },
    )
  fill(
    menu.lastChild,
    h('p', { class: 'aside' }, subject),
    offered.map((name) => one(`operation.${name}`, name)),
    offered.includes('fleet-maintenance') &&
      one('page.end-maintenance', 'fleet-maintenance', { on: false }, []),
  )
}
