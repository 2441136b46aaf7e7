/** The panel above the composer: commands, options, choices. Keyboard focus stays in the input. */
import { h } from './dom.js'

/**
 * @typedef {object} Suggestion
 * @property {string} title
 * @property {string} [description]
 * @property {string} [aside]
 * @property {Node} [mark]
 * @property {string} testid
 * @property {Record<string, string>} [data]
 * @property {() => void} pick
 */

/** @param {HTMLElement} panel */
export function createSuggestions(panel) {
  let items = []
  let active = -1
  let input = null

  return {
    show,
    hide,
    isOpen: () => !panel.hidden,
    handleKey,
  }

  /**
   * @param {HTMLInputElement} owner
   * @param {{heading: string, hint?: string, items: Suggestion[], note?: string, error?: string, busy?: boolean, first?: boolean}} content
   *   `first`: highlight the first entry, so that Enter picks it
   */
  function show(owner, content) {
    input = owner
    items = content.items
    active = content.first && items.length > 0 ? 0 : -1
    panel.replaceChildren(
      h(
        'div',
        { class: 'suggest-head' },
        h('span', { text: content.heading }),
        content.hint ? h('span', { class: 'suggest-hint', text: content.hint }) : null,
      ),
      h(
        'div',
        { class: 'suggest-list', role: 'listbox', id: 'suggestions' },
        items.map((item, index) => row(item, index)),
      ),
    )
    if (content.busy)
      panel.append(h('p', { class: 'suggest-note suggest-busy', role: 'status', text: content.note }))
    else if (content.error) {
      panel.append(
        h('p', {
          class: 'suggest-note suggest-error',
          role: 'alert',
          text: content.error,
          dataset: { testid: 'suggest-error' },
        }),
      )
    } else if (content.note) panel.append(h('p', { class: 'suggest-note', text: content.note }))
    panel.hidden = false
    input.setAttribute('aria-expanded', 'true')
    mark()
  }

  function row(item, index) {
    const element = h(
      'div',
      {
        class: 'suggest-row',
        role: 'option',
        id: `suggestion-${index}`,
        dataset: { testid: item.testid, ...item.data },
        // The press must not take the focus away from the input.
        on: {
          mousedown: (event) => event.preventDefault(),
          click: () => item.pick(),
          mousemove: () => over(index),
        },
      },
      item.mark ?? null,
      h(
        'span',
        { class: 'suggest-text' },
        h('span', { class: 'suggest-title', text: item.title }),
        item.description ? h('span', { class: 'suggest-description', text: item.description }) : null,
      ),
      item.aside ? h('span', { class: 'suggest-aside', text: item.aside }) : null,
    )
    return element
  }

  function over(index) {
    if (active === index) return
    active = index
    mark(false)
  }

  function mark(scroll = true) {
    for (const [index, element] of [...panel.querySelectorAll('.suggest-row')].entries()) {
      element.setAttribute('aria-selected', String(index === active))
      if (index === active && scroll) element.scrollIntoView({ block: 'nearest' })
    }
    if (active >= 0) input?.setAttribute('aria-activedescendant', `suggestion-${active}`)
    else input?.removeAttribute('aria-activedescendant')
  }

  function hide() {
    panel.hidden = true
    items = []
    active = -1
    input?.setAttribute('aria-expanded', 'false')
    input?.removeAttribute('aria-activedescendant')
  }

  /** @param {1 | -1} step */
  function move(step) {
    if (panel.hidden || items.length === 0) return false
    active = active < 0 && step < 0 ? items.length - 1 : (active + step + items.length) % items.length
    mark()
    return true
  }

  function pickActive() {
    if (panel.hidden || active < 0) return false
    items[active].pick()
    return true
  }

  /**
   * Arrows, Tab, Enter and Escape while a list is open; `leave` is called by Escape when none is.
   * @param {KeyboardEvent} event
   * @param {() => void} leave
   * @returns {boolean} whether the key was used
   */
  function handleKey(event, leave) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && move(step)) event.preventDefault()
    else if ((event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) && pickActive()) {
      event.preventDefault()
    } else if (event.key === 'Escape') {
      event.preventDefault()
      if (panel.hidden) leave()
      else hide()
    } else return false
    return event.defaultPrevented
  }
}
