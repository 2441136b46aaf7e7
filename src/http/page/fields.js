/** The fields of a dialog: how each looks, and what it says. */
import { h } from './dom.js'

let nextId = 0

/** What a field is called where it is filled in. */
export function labelOf(field, about, words) {
  return field.kind === 'typed'
    ? words.t('page.type-name', { name: about.subject })
    : words.t(`${field.text}.description`)
}

/**
 * One field: its view and what it says, undefined where it says nothing.
 * @param {string[]} tags that nodes have: offered where one is typed, which may be one for nodes that are still to come
 */
export function fieldView(field, about, words, tags) {
  const id = `field-${nextId++}`
  const text = labelOf(field, about, words)
  const given = about.values?.[field.name]
  if (field.kind === 'flag') {
    const box = h('input', { type: 'checkbox', id, checked: given ?? field.usual })
    return {
      view: h('p', { class: 'field flag' }, box, h('label', { for: id }, text)),
      read: () => box.checked,
      refuse: () => box.focus(),
    }
  }
  if (field.kind === 'choice') return choiceView(field, { id, text, given })
  const numeric = field.kind === 'number' || field.kind === 'minutes'
  const offered = field.kind === 'tag' && tags.length > 0
  const input = h('input', {
    id,
    list: offered ? `${id}-known` : null,
    type: numeric ? 'number' : 'text',
    min: numeric ? 1 : null,
    max: field.most,
    required: field.required,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    value: given === undefined || given === null ? null : String(given),
  })
  const unit = field.kind === 'minutes' ? ` (${words.t('page.in-minutes')})` : ''
  return {
    view: h(
      'p',
      { class: 'field' },
      h('label', { for: id }, text + unit),
      input,
      offered &&
        h(
          'datalist',
          { id: `${id}-known` },
          tags.map((value) => h('option', { value })),
        ),
    ),
    read() {
      const value = input.value.trim()
      if (value === '') return undefined
      if (value === field.none) return null
      if (numeric) return Number(value)
      return field.kind === 'list' ? value.split(/[\s,、，]+/).filter(Boolean) : value
    },
    refuse() {
      input.setAttribute('aria-invalid', 'true')
      input.focus()
    },
  }
}

/** One of several: a list that nothing else can be typed into. */
function choiceView({ choices }, { id, text, given }) {
  const select = h(
    'select',
    { id },
    choices.map(([value, label]) => h('option', { value, selected: value === given }, label)),
  )
  return {
    view: h('p', { class: 'field' }, h('label', { for: id }, text), select),
    read: () => select.value,
    refuse: () => select.focus(),
  }
}
