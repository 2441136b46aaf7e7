/** A select menu: a button and a listbox with descriptions, single or multiple, by mouse or keyboard. */
import { h, icon } from './dom.js'
import { closePopover, openPopover } from './popover.js'

/**
 * @param {object} config
 * @param {{value: string, label: string, description?: string | null, emoji?: string | null}[]} config.options
 * @param {string[]} config.values chosen at first
 * @param {number} config.min
 * @param {number} config.max
 * @param {boolean} config.disabled
 * @param {string} config.placeholder
 * @param {string} config.customId
 * @param {Function} config.t translator
 * @param {(values: string[]) => void} config.onCommit called when the person is done choosing
 * @returns {HTMLElement}
 */
export function createSelect({ options, values, min, max, disabled, placeholder, customId, t, onCommit }) {
  let chosen = options.filter((option) => values.includes(option.value)).map((option) => option.value)
  const face = h('span', { class: 'select-face' })
  const button = h(
    'button',
    {
      class: 'select',
      type: 'button',
      disabled,
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      dataset: { customId, testid: 'select' },
      on: { click: open, keydown: openByKey },
    },
    face,
    icon('chevron', 16),
  )
  paint()
  return button

  function paint() {
    const labels = options.filter((option) => chosen.includes(option.value)).map((option) => option.label)
    face.textContent = labels.length > 0 ? labels.join(', ') : placeholder
    face.classList.toggle('placeholder', labels.length === 0)
  }

  function openByKey(event) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    open()
  }

  function open() {
    if (button.getAttribute('aria-expanded') === 'true') return closePopover()
    const before = [...chosen]
    const multiple = max > 1
    const hint = h('p', { class: 'select-hint' })
    const list = h(
      'div',
      { class: 'listbox', role: 'listbox', 'aria-multiselectable': multiple ? 'true' : null },
      options.map((option) => row(option)),
    )
    if (options.length === 0) list.append(h('p', { class: 'listbox-empty', text: t('noOptions') }))
    const done = multiple
      ? h('button', {
          class: 'btn btn-primary btn-small',
          type: 'button',
          text: t('selectDone'),
          on: { click: commit },
        })
      : null
    const panel = h(
      'div',
      { class: 'select-panel' },
      list,
      multiple ? h('div', { class: 'select-foot' }, hint, done) : null,
    )
    button.setAttribute('aria-expanded', 'true')
    openPopover(button, panel, {
      onClose() {
        button.setAttribute('aria-expanded', 'false')
        // A choice that was not confirmed, or that is too small, is taken back.
        chosen = before
        paint()
      },
    })
    list.addEventListener('keydown', (event) => move(event, list))
    const first = list.querySelector('[aria-selected="true"]') ?? list.querySelector('[role=option]')
    first?.focus({ preventScroll: true })
    mark()

    function row(option) {
      return h(
        'div',
        {
          class: 'listbox-row',
          role: 'option',
          tabindex: -1,
          dataset: { value: option.value, testid: 'select-option' },
          on: { click: () => pick(option.value) },
        },
        option.emoji ? h('span', { class: 'emoji', text: option.emoji }) : null,
        h(
          'span',
          { class: 'listbox-text' },
          h('span', { class: 'listbox-label', text: option.label }),
          option.description ? h('span', { class: 'listbox-description', text: option.description }) : null,
        ),
        h('span', { class: multiple ? 'tick tick-box' : 'tick' }, icon('check', 14)),
      )
    }

    function mark() {
      for (const element of list.querySelectorAll('[role=option]')) {
        element.setAttribute('aria-selected', String(chosen.includes(element.dataset.value)))
      }
      hint.textContent =
        chosen.length < min ? t('chooseAtLeast', { count: min }) : t('selected', { count: chosen.length })
      if (done !== null) done.disabled = chosen.length < min
      paint()
    }

    function pick(value) {
      if (!multiple) {
        const again = chosen.includes(value)
        chosen = again && min === 0 ? [] : [value]
        return commit()
      }
      if (chosen.includes(value)) chosen = chosen.filter((one) => one !== value)
      else if (chosen.length < max) chosen = [...chosen, value]
      mark()
    }

    function commit() {
      if (chosen.length < min) return
      const result = options.map((option) => option.value).filter((value) => chosen.includes(value))
      closePopover()
      chosen = result
      paint()
      button.focus({ preventScroll: true })
      onCommit(result)
    }
  }
}

function move(event, list) {
  const rows = [...list.querySelectorAll('[role=option]')]
  const at = rows.indexOf(document.activeElement)
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }
  if (event.key in steps) {
    event.preventDefault()
    rows[(steps[event.key] + rows.length) % rows.length]?.focus()
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault()
    rows[at]?.click()
  } else if (event.key === 'Tab') closePopover()
}
