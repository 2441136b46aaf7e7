/** The thresholds of the fleet, of a tag or of a node: what holds there, where it was set, and a field to change each. */
import { Refused } from './api.js'
import { button, fill, h, setText } from './dom.js'
import { tagsOf } from './model.js'
import { mayAt } from './rights.js'
import { refusalView } from './told.js'

export function createRules(app) {
  const { words, model } = app
  const scope = h('select', { id: 'rules-scope', on: { change: () => void look() } })
  const note = h('p', { role: 'status' }, words.t('page.loading'))
  const refused = h('div', {})
  const list = h('ul', { class: 'rules' })
  const elsewhere = h('section', {})
  const element = h(
    'article',
    { class: 'audit-view' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    h('h1', {}, words.t('page.rules')),
    h('p', { class: 'field' }, h('label', { for: scope.id }, words.t('page.rules.scope')), scope),
    h('p', { class: 'aside' }, words.t('page.rules.inherits')),
    refused,
    note,
    list,
    elsewhere,
  )
  let looking = null

  /** What the operation is asked about. */
  function subject() {
    const [kind = '', ...rest] = scope.value.split(':')
    const id = rest.join(':')
    return kind === 'tag' ? { tag: id } : kind === 'node' ? { node: id } : {}
  }

  async function look() {
    looking?.abort()
    const mine = new AbortController()
    looking = mine
    fill(refused)
    await ask({}, mine.signal)
  }

  /** Asks with a change or without, and shows what holds then. */
  async function ask(change, signal) {
    element.setAttribute('aria-busy', 'true')
    try {
      const { data } = await app.api.read('set-rule', { ...subject(), ...change }, signal)
      setText(note, '')
      draw(data)
      return data
    } catch (error) {
      if (error instanceof Refused) fill(refused, refusalView(error, words))
      else if (error.name !== 'AbortError') throw error
      return null
    } finally {
      if (looking?.signal === signal) element.removeAttribute('aria-busy')
    }
  }

  async function change(name, value) {
    fill(refused)
    const data = await ask({ name, value }, looking.signal)
    if (data === null) return
    const values = { rule: words.t(`rule.${name}`), value: words.number(data.thresholds[name]) }
    setText(note, words.t(value === null ? 'rules.inherited' : 'rules.changed', values))
  }

  function draw({ thresholds, overrides }) {
    const here = JSON.stringify(scopeOf(subject()))
    const own = overrides.find((one) => JSON.stringify(one.scope) === here)?.set ?? {}
    fill(
      list,
      Object.entries(thresholds).map(([name, value]) =>
        ruleView(words, { name, value, isSetHere: Object.hasOwn(own, name) }, change),
      ),
    )
    const others = overrides.filter((one) => JSON.stringify(one.scope) !== here)
    fill(
      elsewhere,
      others.length > 0 && h('h2', {}, words.t('rules.overrides')),
      others.length > 0 &&
        h(
          'ul',
          {},
          others.map(({ scope, set }) =>
            h('li', {}, `${scopeText(words, scope)}: ${valuesText(words, set)}`),
          ),
        ),
    )
  }

  let shown = ''
  function update() {
    const tags = tagsOf([...model.rows.values()])
    const ids = [...model.rows.keys()].sort()
    const key = JSON.stringify([tags, ids])
    if (key === shown) return
    shown = key
    const { value } = scope
    fill(
      scope,
      h('option', { value: '' }, words.t('rules.fleet')),
      tags.map((tag) => h('option', { value: `tag:${tag}` }, `#${tag}`)),
      ids.map((id) => h('option', { value: `node:${id}` }, id)),
    )
    scope.value = [...scope.options].some((one) => one.value === value) ? value : ''
  }

  if (mayAt(app.me, 'set-rule', 'admin', null)) {
    update()
    void look()
  } else setText(note, words.t('page.rules.not-yours'))
  return { element, update, moved() {}, refresh() {}, close: () => looking?.abort() }
}

/** The scope as the answer names it. */
function scopeOf({ node, tag }) {
  if (node !== undefined) return { node }
  return tag === undefined ? { fleet: true } : { tag }
}

/** A rule with its field; `change` gets its name and the new value, or null to inherit again. */
function ruleView(words, { name, value, isSetHere }, change) {
  const id = `rule-${name}`
  const meaning = words.t(`rule.${name}`)
  const input = h('input', { id, type: 'number', min: 0, max: 1_440, step: 'any', required: true })
  input.value = String(value)
  const save = h(
    'button',
    { type: 'submit', disabled: true, 'aria-label': `${words.t('page.save')}: ${meaning}` },
    words.t('page.save'),
  )
  input.addEventListener('input', () => {
    save.disabled = input.value === '' || Number(input.value) === value
  })
  const submit = (event) => {
    event.preventDefault()
    if (!save.disabled) void change(name, Number(input.value))
  }
  return h(
    'li',
    { 'data-rule': name },
    h(
      'form',
      { on: { submit } },
      h('label', { for: id }, meaning),
      input,
      save,
      isSetHere && h('span', { class: 'aside' }, words.t('rules.set-here')),
      isSetHere &&
        button(words.t('page.inherit'), () => void change(name, null), {
          class: 'quiet',
          'aria-label': `${words.t('page.inherit')}: ${meaning}`,
        }),
    ),
  )
}

function scopeText(words, { fleet, tag, node, agent }) {
  if (fleet) return words.t('rules.fleet')
  return tag === undefined ? [node, agent].filter(Boolean).join(' · ') : `#${tag}`
}

function valuesText(words, set) {
  return Object.entries(set)
    .map(([name, value]) => `${words.t(`rule.${name}`)} ${words.number(value)}`)
    .join(', ')
}
