/** What is not as it seems on a node or on many, with the fix of each finding, and in what nodes differ. */
import { nodeAddress } from './address.js'
import { Refused } from './api.js'
import { openAct } from './dialog.js'
import { button, fill, h } from './dom.js'
import { tagsOf } from './model.js'
import { ageView } from './readings.js'
import { may, mayAt } from './rights.js'
import { outcomeView, refusalView, toldView } from './told.js'

/** What is read, in the order in which it is shown, with the level that it needs. */
const LOOKS = { 'lint-nodes': 'operator', 'fleet-drift': 'viewer' }

/** The view over many nodes: all, or those with a tag. */
export function createChecks(app) {
  const { words, model } = app
  const tag = h('select', { id: 'checks-tag' })
  const looks = createLooks(app, () => ({ tags: tag.value === '' ? [] : [tag.value] }), null)
  const form = h(
    'form',
    {
      class: 'tools',
      on: {
        submit(event) {
          event.preventDefault()
          looks.look()
        },
      },
    },
    h('span', { class: 'field' }, h('label', { for: tag.id }, words.t('page.tag')), tag),
    h('button', { type: 'submit', class: 'primary', 'data-look': '' }, words.t('page.checks.look')),
  )
  const element = h(
    'article',
    { class: 'audit-view' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    h('h1', {}, words.t('page.checks')),
    form,
    h('p', { class: 'aside' }, words.t('page.checks.asks')),
    looks.element,
  )
  let shown = ''
  function update() {
    const tags = tagsOf([...model.rows.values()])
    if (tags.join(' ') === shown && tag.options.length > 0) return
    shown = tags.join(' ')
    const { value } = tag
    fill(
      tag,
      h('option', { value: '' }, words.t('page.every-tag')),
      tags.map((one) => h('option', { value: one }, `#${one}`)),
    )
    tag.value = tags.includes(value) ? value : ''
  }
  update()
  return { element, update, moved() {}, refresh: looks.again, close: looks.close }
}

/** The part of a node's page that looks at this node alone. */
export function createNodeChecks(app, id) {
  // A node is compared with those that carry all of its tags.
  const tags = () => app.model.rows.get(id)?.row.tags ?? []
  const looks = createLooks(app, (name) => (name === 'lint-nodes' ? { node: id } : { tags: tags() }), id)
  const look = button(app.words.t('page.checks.look'), () => looks.look(), { 'data-look': '' })
  return {
    element: h('div', { class: 'checks' }, look, looks.element),
    refresh: looks.again,
    close: looks.close,
  }
}

/** Asks when it is told to, and once more after an act, so that what was mended is seen to be gone. */
function createLooks(app, input, only) {
  const { words, me, model } = app
  const places = new Map(
    Object.entries(LOOKS)
      .filter(([name, access]) => mayAt(me, name, access, null))
      .map(([name]) => [name, h('section', { class: 'look' })]),
  )
  const element = h('div', {}, [...places.values()])
  if (places.size === 0) fill(element, h('p', {}, words.t('page.checks.not-yours')))
  let looking = null

  function look() {
    looking?.abort()
    looking = new AbortController()
    for (const [name, place] of places) void ask(name, place, looking.signal)
  }

  async function ask(name, place, signal) {
    place.setAttribute('aria-busy', 'true')
    if (place.childElementCount === 0) fill(place, h('p', { role: 'status' }, words.t('page.loading')))
    try {
      const answer = await app.api.read(name, input(name), signal)
      fill(
        place,
        h(only === null ? 'h2' : 'h3', {}, answer.told.title),
        h('p', { class: 'aside' }, words.t('page.asked-now'), ' ', ageView(app.clock.now(), app)),
        answer.outcome !== 'done' && outcomeView(answer.outcome, words),
        name === 'lint-nodes' ? findingsView(answer) : driftView(answer),
      )
    } catch (error) {
      if (error instanceof Refused) fill(place, refusalView(error, words))
      else if (error.name !== 'AbortError') throw error
    }
    if (!signal.aborted) place.removeAttribute('aria-busy')
  }

  function findingsView({ told }) {
    return h(
      'div',
      { class: 'checks' },
      told.nodes.map((node) => nodeView(node)),
      toldView({ lead: [], parts: [told.rest] }),
    )
  }

  function driftView({ told, data }) {
    if (only === null) return toldView(told)
    const apart = data.groups.flatMap((group) =>
      group.apart.filter(({ id }) => id === only).map((one) => ({ ...one, tag: group.tag })),
    )
    const unread = data.unread.find(({ id }) => id === only)
    if (unread !== undefined)
      return h(
        'p',
        { class: 'doubt' },
        words.t('word.unknown'),
        ' ',
        h('small', {}, words.reason(unread.reason)),
      )
    if (apart.length === 0) return h('p', {}, words.t('page.checks.alike'))
    return h(
      'ul',
      { class: 'findings' },
      apart.flatMap(({ tag, differences }) =>
        differences.map((one) =>
          h(
            'li',
            { 'data-level': 'notice' },
            differenceText(one),
            h('p', { class: 'aside' }, tag === null ? words.t('page.untagged') : `#${tag}`),
          ),
        ),
      ),
    )
  }

  function differenceText({ path, has, most, secret }) {
    const value = (shown) => shown ?? words.t('drift.unset')
    return secret
      ? words.t('drift.secret', { node: only, path })
      : words.t('drift.differs', { node: only, path, has: value(has), most: value(most) })
  }

  function nodeView({ id, name, findings }) {
    const row = model.rows.get(id)?.row
    const fixes = row !== undefined && may(me, 'fix-lint', row)
    const fix = (text, only, props) =>
      button(text, () => openAct(app, 'fix-lint', { input: { node: id, only }, subject: name }), {
        'data-act': 'fix-lint',
        ...props,
      })
    const many = findings.filter(({ by }) => by === 'ocm').length > 1
    return h(
      'section',
      { 'data-node': id, 'aria-label': name },
      h(
        'p',
        { class: 'controls' },
        h('a', { href: nodeAddress(id) }, name),
        fixes && many && fix(words.t('button.fix-all', { node: id }), []),
      ),
      h(
        'ul',
        { class: 'findings' },
        findings.map(({ key, by, text, next }) =>
          h(
            'li',
            { 'data-level': 'warning', 'data-finding': key },
            h('strong', {}, text),
            h('p', { class: 'next' }, next),
            fixes &&
              by === 'ocm' &&
              // Several buttons say the same: each is told apart by what it is for.
              fix(words.t('button.confirm-fix'), [key], {
                'aria-label': `${words.t('button.confirm-fix')}: ${text}`,
              }),
          ),
        ),
      ),
    )
  }

  return {
    element,
    look,
    again: () => looking !== null && look(),
    close: () => looking?.abort(),
  }
}
