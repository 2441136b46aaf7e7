/** What stands above the list of nodes: how it is filtered, sorted and grouped, and what is done to many at once. */
import { fleetAddress, readAddress } from './address.js'
import { openAct } from './dialog.js'
import { button, fill, h } from './dom.js'
import { tagsOf } from './model.js'
import { JUMP_OF_TAG, MUTE_OF_TAG } from './own-operations.js'
import { may } from './rights.js'

/** The filter of the list. What it says is in the address, so that a link shows the same. */
export function createToolbar(app, draw) {
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
  const bulk = createMenu(words.t('page.bulk'))
  const grow = growMenu(app)
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
      grow,
    ),
    update(all, filter) {
      if (search !== document.activeElement) search.value = filter.q
      const tags = tagsOf(all)
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
  const tags = tag === '' ? [] : [tag]
  const offered = ['fleet-restart', 'fleet-update', 'fleet-backup', 'fleet-maintenance'].filter((name) =>
    may(me, name, { tags }),
  )
  menu.hidden = offered.length === 0
  const one = (text, name, more = {}, fields = undefined) =>
    itemOf(menu, app, words.t(text), name, { input: { tags, ...more }, subject, fields })
  const ofTag = (name, fields) =>
    tag !== '' &&
    may(me, name, { tags }) &&
    itemOf(menu, app, words.t(`operation.${name}`), name, { input: { tag }, subject, fields })
  fill(
    menu.lastChild,
    h('p', { class: 'aside' }, subject),
    offered.map((name) => one(`operation.${name}`, name)),
    offered.includes('fleet-maintenance') &&
      one('page.end-maintenance', 'fleet-maintenance', { on: false }, []),
    ofTag('mute-alerts', MUTE_OF_TAG),
    ofTag('set-tag-jump', JUMP_OF_TAG),
  )
}

/** What makes a node: of a bare machine, or of one that runs. */
function growMenu(app) {
  const { words, me } = app
  const offered = ['add-node', 'register-node'].filter((name) => may(me, name, null))
  const menu = createMenu(words.t('page.new-node'))
  menu.hidden = offered.length === 0
  fill(
    menu.lastChild,
    offered.map((name) =>
      itemOf(menu, app, words.t(`page.${name}`), name, { input: {}, subject: words.t('page.new-node') }),
    ),
  )
  return menu
}

/** A menu whose last child takes its items. */
function createMenu(text) {
  return h('details', { class: 'menu' }, h('summary', {}, text), h('div', { class: 'menu-items' }))
}

/** An item of a menu that opens the dialog of an operation. */
function itemOf(menu, app, text, name, about) {
  const open = () => {
    menu.open = false
    openAct(app, name, about)
  }
  return button(text, open, { class: 'quiet', 'data-act': name })
}
