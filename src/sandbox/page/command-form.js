/** A chosen command that is being filled in: a chip for each option, and a free place at the end for the others. */
import { h } from './dom.js'
import { createOptionSuggestions } from './option-suggestions.js'
import { fixedChoices, orderedOptions, readOption, TYPE } from './picker.js'
import { fitToText, textInput } from './text-input.js'

/**
 * @param {object} config
 * @param {any} config.command
 * @param {Map<string, {text: string, picked: any}>} config.values what is filled in already, by option
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {ReturnType<import('./suggestions.js').createSuggestions>} config.suggestions
 * @param {ReturnType<import('./strings.js').translator>} config.t
 * @param {(words: string | null) => void} config.showError
 * @param {HTMLElement} config.field where it is shown
 * @param {(text: string) => void} config.leave goes back to plain text
 */
export function createCommandForm({ command, values, store, suggestions, t, showError, field, leave }) {
  /** @type {Map<string, {option: any, input: HTMLInputElement, picked: any, element: HTMLElement}>} */
  const chips = new Map()
  const path = `/${command.displayPath.join(' ')}`
  const options = createOptionSuggestions({
    store,
    suggestions,
    t,
    command,
    values: () => readAll().values,
    pick: pickChoice,
  })
  const rest = textInput({ class: 'composer-input composer-rest', dataset: { testid: 'composer-rest' } })
  rest.setAttribute('aria-label', t('optional'))
  rest.addEventListener('focus', offerOptions)
  rest.addEventListener('input', offerOptions)
  rest.addEventListener('keydown', onRestKey)
  field.replaceChildren(h('span', { class: 'command-chip', dataset: { testid: 'command-chip' } }, path), rest)
  for (const option of orderedOptions(command)) {
    if (option.required || values.has(option.name)) addChip(option, values.get(option.name))
  }
  paintHint()

  const focusOption = (name) => chips.get(name)?.input.focus()
  return { command, focus, focusOption, typed, readAll, complain, end: options.stop }

  function addChip(option, value = { text: '', picked: null }) {
    const chip = drawChip(option, value)
    rest.before(chip.element)
    chips.set(option.name, chip)
    fitToText(chip.input)
    listen(chip, { suggest: options.suggestFor, isBad, showError, onKey: onChipKey })
    return chip
  }

  function removeChip(chip) {
    chips.delete(chip.option.name)
    chip.element.remove()
    paintHint()
    const left = [...chips.values()].at(-1)
    ;(left?.input ?? rest).focus()
  }

  function pickChoice(chip, choice) {
    chip.picked = choice
    chip.input.value = choice.name
    chip.element.classList.remove('chip-bad')
    fitToText(chip.input)
    suggestions.hide()
    focus()
  }

  function offerOptions() {
    showError(null)
    const left = orderedOptions(command).filter((option) => !chips.has(option.name))
    options.offer(rest, left, (option) => {
      rest.value = ''
      addChip(option).input.focus()
      paintHint()
    })
  }

  function paintHint() {
    const left = command.options.length - chips.size
    rest.placeholder = left > 0 ? t('moreOptions', { count: left }) : ''
  }

  // ---- keys and focus ---------------------------------------------------------------------------------------------

  function onChipKey(event, chip) {
    if (event.isComposing) return
    const all = [...chips.values()]
    const at = all.indexOf(chip)
    if (event.key === 'Backspace' && chip.input.value === '') {
      event.preventDefault()
      if (!chip.option.required) removeChip(chip)
      else back(all[at - 1])
    } else if (suggestions.handleKey(event, () => leave(''))) return
    else if (event.key === 'Tab' && !event.shiftKey && at === all.length - 1) {
      event.preventDefault()
      rest.focus()
    }
  }

  function onRestKey(event) {
    if (event.isComposing) return
    if (event.key === 'Backspace' && rest.value === '') {
      event.preventDefault()
      back([...chips.values()].at(-1))
    } else suggestions.handleKey(event, () => leave(''))
  }

  /** To the chip before, or to the command's name as text. */
  function back(before) {
    if (before === undefined) leave(path)
    else before.input.focus()
  }

  /** The first empty required option, or the free place at the end. */
  function focus() {
    const empty = [...chips.values()].find((chip) => chip.option.required && chip.input.value === '')
    ;(empty?.input ?? rest).focus()
  }

  // ---- values -----------------------------------------------------------------------------------------------------

  function read(chip) {
    const { option, input, picked } = chip
    return readOption(option, { text: input.value, picked }, fixedChoices(option, store.state, t))
  }

  function isBad(chip) {
    const found = read(chip)
    return found !== null && 'problem' in found
  }

  /** The texts as they stand, to be filled in again. */
  function typed() {
    return new Map([...chips].map(([name, { input, picked }]) => [name, { text: input.value, picked }]))
  }

  /** The values of the options, and the first thing that keeps the command from being sent. */
  function readAll() {
    const found = {}
    let problem = null
    for (const chip of chips.values()) {
      const value = read(chip)
      const words = wordsAgainst(chip.option, value, t)
      if (words !== null) problem ??= { chip, words }
      else if (value !== null) found[chip.option.name] = value.value
    }
    return { values: found, problem }
  }

  /** Leads to what is wrong and says it. */
  function complain({ chip, words }) {
    chip.input.focus()
    suggestions.hide()
    chip.element.classList.add('chip-bad')
    showError(words)
  }
}

/** What is typed into a chip is no longer what was picked, and is looked at again when it is left. */
function listen(chip, { suggest, isBad, showError, onKey }) {
  const { input, element } = chip
  input.addEventListener('focus', () => suggest(chip))
  input.addEventListener('blur', () => element.classList.toggle('chip-bad', isBad(chip)))
  input.addEventListener('input', () => {
    chip.picked = null
    element.classList.remove('chip-bad')
    showError(null)
    fitToText(input)
    suggest(chip)
  })
  input.addEventListener('keydown', (event) => onKey(event, chip))
}

/** What keeps an option from being sent; null when nothing does. */
function wordsAgainst(option, value, t) {
  if (value === null) return option.required ? t('requiredMissing', { option: option.displayName }) : null
  if (!('problem' in value)) return null
  return t(value.problem, { option: option.displayName, limit: value.limit ?? '' })
}

function drawChip(option, { text, picked }) {
  const input = textInput({ class: 'chip-input', dataset: { testid: 'option', option: option.name } })
  input.setAttribute('aria-label', option.displayName)
  input.value = text
  if (option.type === TYPE.INTEGER) input.inputMode = 'numeric'
  const element = h(
    'label',
    { class: option.required ? 'chip chip-required' : 'chip' },
    h('span', { class: 'chip-name', text: option.displayName }),
    input,
  )
  return { option, input, picked, element }
}
