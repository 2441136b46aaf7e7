/** The message box: a slash opens the command list; a chosen command is filled in chips and sent with Enter. */
import { call } from './api.js'
import { avatar } from './avatar.js'
import { h, icon } from './dom.js'
import {
  exactCommand,
  filterChoices,
  fixedChoices,
  matchCommands,
  orderedOptions,
  readOption,
  TYPE,
} from './picker.js'
import { translator } from './strings.js'
import { createSuggestions } from './suggestions.js'

const AUTOCOMPLETE_DELAY_MS = 150

/**
 * @param {object} config
 * @param {HTMLFormElement} config.form
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {() => void} config.onSent
 */
export function createComposer({ form, store, onSent }) {
  const panel = h('div', { class: 'suggest', hidden: true, dataset: { testid: 'suggestions' } })
  const field = h('div', { class: 'composer-field' })
  const error = h('p', {
    class: 'composer-error',
    role: 'alert',
    hidden: true,
    dataset: { testid: 'composer-error' },
  })
  const slash = h(
    'button',
    { class: 'composer-slash', type: 'button', on: { click: startCommand } },
    icon('slash', 20),
  )
  const send = h(
    'button',
    { class: 'composer-send', type: 'submit', dataset: { testid: 'send' } },
    icon('send', 20),
  )
  form.append(panel, error, h('div', { class: 'composer-row' }, slash, field, send))
  const suggestions = createSuggestions(panel)

  let t = translator(store.who.locale)
  let commandsJson = ''
  /** @type {{command: any, chips: Map<string, any>, rest: HTMLInputElement} | null} */
  let filling = null
  let busy = false
  let last = null
  let autocompleteRun = 0
  let timer

  const plain = input({
    'data-testid': 'composer',
    class: 'composer-input',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-controls': 'suggestions',
  })
  plain.addEventListener('input', onPlainInput)
  plain.addEventListener('focus', onPlainInput)
  plain.addEventListener('keydown', onPlainKey)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submit()
  })
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) suggestions.hide()
  })
  field.addEventListener('mousedown', (event) => {
    if (event.target !== field) return
    event.preventDefault()
    focusEnd()
  })
  showPlain()

  return { update, startCommand, openCommand, focus: focusEnd }

  function input(attributes) {
    return h('input', {
      type: 'text',
      autocomplete: 'off',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
      enterkeyhint: 'send',
      ...attributes,
    })
  }

  /** Follows a new state: another language renames what is being filled, another channel changes the hint. */
  function update() {
    t = translator(store.who.locale)
    send.setAttribute('aria-label', t('send'))
    send.title = t('send')
    slash.setAttribute('aria-label', t('commandsMatching'))
    slash.title = t('commandsMatching')
    const placeholder = t('placeholder', { channel: store.channel()?.name ?? '' })
    plain.placeholder = placeholder
    plain.setAttribute('aria-label', placeholder)
    const json = JSON.stringify([store.who.locale, store.state?.commands ?? []])
    if (json === commandsJson) return
    commandsJson = json
    if (filling === null) {
      if (document.activeElement === plain) onPlainInput()
      return
    }
    const { path } = filling.command
    const now = commands().find((one) => one.visible && one.path.join(' ') === path.join(' '))
    if (now === undefined) return showPlain()
    const values = new Map(
      [...filling.chips].map(([name, chip]) => [name, { text: chip.input.value, picked: chip.picked }]),
    )
    choose(now, values, form.contains(document.activeElement))
  }

  function commands() {
    return store.state?.commands ?? []
  }

  // ---- plain text -------------------------------------------------------------------------------------------------

  function showPlain(text = '') {
    filling = null
    field.replaceChildren(plain)
    plain.value = text
    suggestions.hide()
    showError(null)
  }

  function startCommand() {
    if (filling !== null) return focusEnd()
    plain.value = '/'
    plain.focus()
    onPlainInput()
  }

  function onPlainInput() {
    showError(null)
    const text = plain.value
    if (!text.startsWith('/')) return suggestions.hide()
    const typed = text.slice(1)
    const exact = exactCommand(commands(), typed)
    if (exact !== null) return chooseTyped(exact)
    const found = matchCommands(commands(), typed)
    suggestions.show(plain, {
      heading: t('commandsMatching'),
      items: found.map((command) => ({
        title: `/${command.displayPath.join(' ')}`,
        description: command.description,
        aside: orderedOptions(command)
          .map((option) => option.displayName)
          .join(' · '),
        mark: avatar(store.state.botName, { bot: true, size: 32 }),
        testid: 'command-item',
        data: { command: command.path.join(' ') },
        pick: () => choose(command),
      })),
      note: found.length === 0 ? t('noCommand', { text: typed }) : '',
      first: true,
    })
  }

  function chooseTyped({ command, rest }) {
    const first = orderedOptions(command)[0]
    const values = rest !== '' && first !== undefined ? [[first.name, { text: rest, picked: null }]] : []
    choose(command, new Map(values), values.length === 0)
    if (values.length > 0) filling.chips.get(first.name).input.focus()
  }

  function onPlainKey(event) {
    if (event.isComposing) return
    if (event.key === 'ArrowUp' && plain.value === '' && last !== null) {
      event.preventDefault()
      const command = commands().find((one) => one.visible && one.path.join(' ') === last.path)
      if (command !== undefined) choose(command, last.values)
    } else handleListKeys(event, showPlain)
  }

  /** Arrows, Tab, Enter and Escape while a list is open. True when the key was used. */
  function handleListKeys(event, leave) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && suggestions.move(step)) event.preventDefault()
    else if (
      (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) &&
      suggestions.pickActive()
    ) {
      event.preventDefault()
    } else if (event.key === 'Escape') {
      event.preventDefault()
      if (suggestions.isOpen()) suggestions.hide()
      else leave()
    } else return false
    return event.defaultPrevented
  }

  // ---- a chosen command -------------------------------------------------------------------------------------------

  /** Prefills the command behind a mention such as `</node status:1>`, or the longest one it starts with. */
  function openCommand(path) {
    const wanted = path.join(' ')
    const command = commands().find(
      (one) => one.visible && [one.path.join(' '), one.displayPath.join(' ')].includes(wanted),
    )
    if (command !== undefined) choose(command)
    else {
      showPlain(`/${wanted}`)
      plain.focus()
    }
  }

  function choose(command, values = new Map(), takeFocus = true) {
    showError(null)
    suggestions.hide()
    const rest = input({ class: 'composer-input composer-rest', dataset: { testid: 'composer-rest' } })
    rest.setAttribute('aria-label', t('optional'))
    filling = { command, chips: new Map(), rest }
    field.replaceChildren(
      h(
        'span',
        { class: 'command-chip', dataset: { testid: 'command-chip' } },
        `/${command.displayPath.join(' ')}`,
      ),
      rest,
    )
    rest.addEventListener('focus', () => showOptional())
    rest.addEventListener('input', () => showOptional())
    rest.addEventListener('keydown', onRestKey)
    for (const option of orderedOptions(command)) {
      if (option.required || values.has(option.name)) addChip(option, values.get(option.name))
    }
    paintHint()
    if (takeFocus) focusNext()
  }

  function addChip(option, value = { text: '', picked: null }) {
    const box = input({ class: 'chip-input', dataset: { testid: 'option', option: option.name } })
    box.setAttribute('aria-label', option.displayName)
    box.value = value.text
    if (option.type === TYPE.INTEGER) box.inputMode = 'numeric'
    const chip = { option, input: box, picked: value.picked, element: null }
    chip.element = h(
      'label',
      { class: option.required ? 'chip chip-required' : 'chip' },
      h('span', { class: 'chip-name', text: option.displayName }),
      box,
    )
    filling.rest.before(chip.element)
    filling.chips.set(option.name, chip)
    fitToText(box)
    box.addEventListener('focus', () => suggestFor(chip))
    box.addEventListener('blur', () => chip.element.classList.toggle('chip-bad', isBad(chip)))
    box.addEventListener('input', () => {
      chip.picked = null
      chip.element.classList.remove('chip-bad')
      showError(null)
      fitToText(box)
      suggestFor(chip)
    })
    box.addEventListener('keydown', (event) => onChipKey(event, chip))
    return chip
  }

  function isBad(chip) {
    const read = readOption(
      chip.option,
      { text: chip.input.value, picked: chip.picked },
      fixedFor(chip.option),
    )
    return read !== null && 'problem' in read
  }

  function fixedFor(option) {
    return fixedChoices(option, store.state, t)
  }

  function removeChip(chip) {
    filling.chips.delete(chip.option.name)
    chip.element.remove()
    paintHint()
    const left = [...filling.chips.values()].at(-1)
    ;(left?.input ?? filling.rest).focus()
  }

  function onChipKey(event, chip) {
    if (event.isComposing) return
    if (event.key === 'Backspace' && chip.input.value === '') {
      event.preventDefault()
      if (!chip.option.required) removeChip(chip)
      else back(chip)
    } else if (handleListKeys(event, showPlainFocused)) return
    else if (event.key === 'Tab' && !event.shiftKey && nextOf(chip) === null) {
      event.preventDefault()
      filling.rest.focus()
    }
  }

  function onRestKey(event) {
    if (event.isComposing) return
    if (event.key === 'Backspace' && filling.rest.value === '') {
      event.preventDefault()
      const before = [...filling.chips.values()].at(-1)
      if (before === undefined) backToText()
      else before.input.focus()
    } else handleListKeys(event, showPlainFocused)
  }

  function showPlainFocused() {
    showPlain()
    plain.focus()
  }

  function backToText() {
    const { command } = filling
    showPlain(`/${command.displayPath.join(' ')}`)
    plain.focus()
    onPlainInput()
  }

  function back(chip) {
    const chips = [...filling.chips.values()]
    const before = chips[chips.indexOf(chip) - 1]
    if (before === undefined) backToText()
    else before.input.focus()
  }

  function nextOf(chip) {
    const chips = [...filling.chips.values()]
    return chips[chips.indexOf(chip) + 1] ?? null
  }

  /** The first empty required option, or the free place at the end. */
  function focusNext() {
    const empty = [...filling.chips.values()].find((chip) => chip.option.required && chip.input.value === '')
    ;(empty?.input ?? filling.rest).focus()
  }

  function focusEnd() {
    if (filling === null) plain.focus()
    else focusNext()
  }

  function pickChoice(chip, choice) {
    chip.picked = choice
    chip.input.value = choice.name
    chip.element.classList.remove('chip-bad')
    fitToText(chip.input)
    suggestions.hide()
    focusNext()
  }

  function suggestFor(chip) {
    const { option } = chip
    const typed = chip.picked === null ? chip.input.value : ''
    clearTimeout(timer)
    autocompleteRun += 1
    const fixed = fixedFor(option)
    if (fixed !== null)
      return showChoices(chip, filterChoices(fixed, typed), { first: typed !== '' || option.required })
    if (!option.autocomplete) return showChoices(chip, [], { quiet: true })
    const run = autocompleteRun
    if (!suggestions.isOpen()) showChoices(chip, [], { busy: true })
    timer = setTimeout(() => void ask(chip, typed, run), AUTOCOMPLETE_DELAY_MS)
  }

  async function ask(chip, typed, run) {
    const { command } = filling
    try {
      const partial = { ...readAll().values, [chip.option.name]: typed }
      const found = await call('autocomplete', [{ ...store.who }, command.path, partial, chip.option.name])
      if (run === autocompleteRun && document.activeElement === chip.input)
        showChoices(chip, found, { first: true })
    } catch {
      if (run === autocompleteRun && document.activeElement === chip.input)
        showChoices(chip, [], { failed: true })
    }
  }

  function showChoices(chip, choices, { first = false, busy = false, failed = false, quiet = false }) {
    const { option } = chip
    suggestions.show(chip.input, {
      heading: option.displayName,
      hint: option.description,
      items: choices.map((choice) => ({
        title: choice.name,
        testid: 'choice-item',
        data: { value: String(choice.value) },
        pick: () => pickChoice(chip, choice),
      })),
      busy,
      error: failed ? t('autocompleteFailed') : '',
      note: busy ? t('loading') : choices.length === 0 && !quiet ? t('noOptions') : '',
      first,
    })
  }

  function showOptional() {
    clearTimeout(timer)
    autocompleteRun += 1
    showError(null)
    const typed = filling.rest.value
    const left = orderedOptions(filling.command).filter((option) => !filling.chips.has(option.name))
    const found = filterChoices(
      left.map((option) => ({ name: `${option.displayName} ${option.name}`, option })),
      typed,
    )
    if (found.length === 0) return suggestions.hide()
    suggestions.show(filling.rest, {
      heading: t('optional'),
      hint: t('keysHint'),
      items: found.map(({ option }) => ({
        title: option.displayName,
        description: option.description,
        testid: 'optional-item',
        data: { option: option.name },
        pick() {
          filling.rest.value = ''
          addChip(option).input.focus()
          paintHint()
        },
      })),
      first: typed !== '',
    })
  }

  function paintHint() {
    const left = filling.command.options.length - filling.chips.size
    filling.rest.placeholder = left > 0 ? t('moreOptions', { count: left }) : ''
  }

  // ---- sending ----------------------------------------------------------------------------------------------------

  function readAll() {
    const values = {}
    let problem = null
    for (const chip of filling.chips.values()) {
      const { option } = chip
      const read = readOption(option, { text: chip.input.value, picked: chip.picked }, fixedFor(option))
      if (read === null) {
        if (option.required) problem ??= { chip, words: t('requiredMissing', { option: option.displayName }) }
      } else if ('problem' in read) {
        problem ??= { chip, words: t(read.problem, { option: option.displayName, limit: read.limit ?? '' }) }
      } else values[option.name] = read.value
    }
    return { values, problem }
  }

  async function submit() {
    if (busy) return
    if (filling === null) {
      if (plain.value.trim() !== '')
        showError(
          plain.value.startsWith('/') ? t('noCommand', { text: plain.value.slice(1) }) : t('commandsOnly'),
        )
      return
    }
    const { values, problem } = readAll()
    if (problem !== null) {
      problem.chip.input.focus()
      suggestions.hide()
      problem.chip.element.classList.add('chip-bad')
      showError(problem.words)
      return
    }
    const { command, chips } = filling
    const typed = new Map(
      [...chips].map(([name, chip]) => [name, { text: chip.input.value, picked: chip.picked }]),
    )
    setBusy(true)
    try {
      await call('slash', [{ ...store.who }, command.path, values])
      last = { path: command.path.join(' '), values: typed }
      showPlain()
      plain.focus()
      onSent()
    } catch (failure) {
      showError(t('callFailed', { reason: failure.message }))
    } finally {
      setBusy(false)
    }
  }

  function setBusy(on) {
    busy = on
    send.disabled = on
    form.classList.toggle('composer-busy', on)
  }

  function showError(words) {
    error.hidden = words === null
    error.textContent = words ?? ''
  }
}

/** Makes an input as wide as its text; a CJK letter takes two columns. */
function fitToText(input) {
  let columns = 0
  for (const char of input.value)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(char)
      ? 2
      : 1
  input.style.width = `${Math.min(Math.max(columns, 6) + 1.5, 42)}ch`
}
