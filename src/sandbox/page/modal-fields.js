/** The fields of a form: each can be read, checked and focused. */
import { selectOptions } from './components.js'
import { h } from './dom.js'
import { renderMarkdown } from './markdown-view.js'
import { createSelect } from './select.js'

/**
 * One part of a form. What can be filled in is added to `fields`.
 * @returns {Node | Node[]}
 */
export function modalPart(component, view, fields) {
  switch (component.type) {
    case 10:
      return renderMarkdown(component.content ?? '', view.markdown)
    case 18:
      return labelled(component.label, component.description, component.component ?? {}, view, fields)
    case 1:
      return (component.components ?? []).map((inner) => labelled(inner.label, null, inner, view, fields))
    default:
      return h('p', { class: 'md-subtext', text: view.t('unsupported', { type: component.type }) })
  }
}

function labelled(label, description, component, view, fields) {
  const control = createControl(component, view)
  const required = component.required !== false && component.type !== 23 && component.type !== 19
  const problem = h('p', { class: 'field-problem', role: 'alert', hidden: true })
  if (control.customId !== undefined) {
    const wrapped = {
      customId: control.customId,
      read: control.read,
      focus: control.focus,
      check() {
        const words = control.problem(required)
        problem.textContent = words ?? ''
        problem.hidden = words === null
        box.classList.toggle('field-bad', words !== null)
        return words === null
      },
    }
    control.onChange(() => {
      if (!problem.hidden) wrapped.check()
    })
    fields.push(wrapped)
  }
  const box = h(
    'div',
    { class: 'field', role: 'group', 'aria-label': label ?? null },
    h(
      'div',
      { class: 'field-label' },
      h('span', { text: label ?? '' }),
      required ? h('span', { class: 'field-required', text: '*', title: view.t('required') }) : null,
    ),
    description ? h('p', { class: 'field-description', text: description }) : null,
    control.element,
    problem,
  )
  return box
}

function createControl(component, view) {
  switch (component.type) {
    case 4:
      return textControl(component, view)
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return selectControl(component, view)
    case 21:
      return choiceControl(component, view, 'radio')
    case 22:
      return choiceControl(component, view, 'checkbox')
    case 23:
      return checkboxControl(component)
    default: {
      const words =
        component.type === 19 ? view.t('uploadUnavailable') : view.t('unsupported', { type: component.type })
      return { element: h('p', { class: 'md-subtext', text: words }) }
    }
  }
}

function textControl(component, { t }) {
  const long = component.style === 2
  const element = h(long ? 'textarea' : 'input', {
    class: 'text-input',
    type: long ? null : 'text',
    rows: long ? 4 : null,
    placeholder: component.placeholder ?? null,
    autocomplete: 'off',
    spellcheck: 'false',
    dataset: { testid: 'modal-field', customId: component.custom_id },
  })
  element.value = component.value ?? ''
  const min = component.min_length ?? 0
  const max = component.max_length ?? 4000
  return {
    element,
    customId: component.custom_id,
    read: () => element.value,
    focus: () => element.focus(),
    onChange: (listener) => element.addEventListener('input', listener),
    problem(required) {
      const length = element.value.length
      if (length === 0) return required ? t('fieldRequired') : null
      if (length < min) return t('fieldShort', { count: min })
      return length > max ? t('fieldLong', { count: max }) : null
    },
  }
}

function selectControl(component, view) {
  const options = selectOptions(component, view.state)
  let values = options.filter((option) => option.default).map((option) => option.value)
  let changed = () => {}
  const min = component.required === false ? 0 : (component.min_values ?? 1)
  const element = createSelect({
    options,
    values,
    min,
    max: component.max_values ?? 1,
    disabled: false,
    placeholder: component.placeholder ?? view.t('select'),
    customId: component.custom_id,
    t: view.t,
    onCommit(next) {
      values = next
      changed()
    },
  })
  return {
    element,
    customId: component.custom_id,
    read: () => values,
    focus: () => element.focus(),
    onChange(listener) {
      changed = listener
    },
    problem() {
      if (values.length >= min) return null
      return min > 1 ? view.t('chooseAtLeast', { count: min }) : view.t('fieldRequired')
    },
  }
}

/** A radio group gives one value, a checkbox group a list. */
function choiceControl(component, { t }, type) {
  const boxes = (component.options ?? []).map((option) => {
    const box = h('input', { type, name: component.custom_id, value: option.value })
    box.checked = Boolean(option.default)
    return { box, option }
  })
  const element = h(
    'div',
    { class: 'choices', dataset: { testid: 'modal-field', customId: component.custom_id } },
    boxes.map(({ box, option }) => choiceRow(box, option)),
  )
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value)
  const min = component.min_values ?? 1
  const max = component.max_values ?? boxes.length
  return {
    element,
    customId: component.custom_id,
    read: () => (type === 'radio' ? (chosen()[0] ?? '') : chosen()),
    focus: () => boxes[0]?.box.focus(),
    onChange: (listener) => element.addEventListener('change', listener),
    problem(required) {
      const count = chosen().length
      if (count === 0 && !required) return null
      if (type === 'radio') return count === 0 ? t('fieldRequired') : null
      if (count < min) return min > 1 ? t('chooseAtLeast', { count: min }) : t('fieldRequired')
      return count > max ? t('checkAtMost', { count: max }) : null
    },
  }
}

function choiceRow(box, option) {
  return h(
    'label',
    { class: 'choice' },
    box,
    h(
      'span',
      { class: 'choice-text' },
      h('span', { text: option.label }),
      option.description ? h('span', { class: 'choice-description', text: option.description }) : null,
    ),
  )
}

function checkboxControl(component) {
  const box = h('input', {
    type: 'checkbox',
    dataset: { testid: 'modal-field', customId: component.custom_id },
  })
  box.checked = Boolean(component.default)
  return {
    element: h('div', { class: 'choice choice-single' }, box),
    customId: component.custom_id,
    read: () => box.checked,
    focus: () => box.focus(),
    onChange: (listener) => box.addEventListener('change', listener),
    problem: () => null,
  }
}
