/** The message box: plain text with the list of commands, or a chosen command in chips; sent with Enter. */
import { call } from './api.js'
import { createCommandForm } from './command-form.js'
import { h, icon } from './dom.js'
import { orderedOptions, pastedOptions } from './picker.js'
import { createPlainLine } from './plain-line.js'
import { translator } from './strings.js'
import { createSuggestions } from './suggestions.js'

/**
 * @param {object} config
 * @param {HTMLFormElement} config.form
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {() => void} config.onSent
 */
export function createComposer({ form, store, onSent }) {
  const { panel, field, error, slash, send } = drawBox(form, startCommand)
  const suggestions = createSuggestions(panel)

  let words = translator(store.who.locale)
  const t = (...what) => words(...what)
  let commandsJson = ''
  /** @type {ReturnType<typeof createCommandForm> | null} */
  let filling = null
  let busy = false
  let last = null

  const parts = { store, suggestions, t, showError }
  const plain = createPlainLine({ ...parts, choose, chooseTyped, again })
  listen(form, field, { submit: () => void submit(), leave: suggestions.hide, focus })
  showPlain()

  return { update, startCommand, openCommand, focus }

  /** Follows a new state: another language renames what is being filled, another channel changes the hint. */
  function update() {
    words = translator(store.who.locale)
    name(send, t('send'))
    name(slash, t('commandsMatching'))
    plain.rename()
    const json = JSON.stringify([store.who.locale, store.state?.commands ?? []])
    if (json === commandsJson) return
    commandsJson = json
    if (filling === null) {
      if (document.activeElement === plain.input) plain.suggest()
      return
    }
    const now = visibleCommand(filling.command.path.join(' '))
    if (now === undefined) showPlain()
    else choose(now, filling.typed(), form.contains(document.activeElement))
  }

  function visibleCommand(path) {
    return visibleCommands(store).find((one) => one.path.join(' ') === path)
  }

  // ---- what the box holds -----------------------------------------------------------------------------------------

  function showPlain(text = '') {
    filling?.end()
    filling = null
    field.replaceChildren(plain.input)
    plain.setText(text)
    suggestions.hide()
    showError(null)
  }

  function choose(command, values = new Map(), takeFocus = true) {
    filling?.end()
    showError(null)
    suggestions.hide()
    filling = createCommandForm({ ...parts, command, values, field, leave })
    if (takeFocus) filling.focus()
  }

  function chooseTyped({ command, rest }) {
    const first = orderedOptions(command)[0]
    if (rest === '' || first === undefined) return choose(command)
    const pasted = pastedOptions(command, rest)
    if (pasted !== null) return choose(command, pasted)
    choose(command, new Map([[first.name, { text: rest, picked: null }]]), false)
    filling.focusOption(first.name)
  }

  /** Fills in what was sent last. */
  function again() {
    if (last === null) return false
    const command = visibleCommand(last.path)
    if (command !== undefined) choose(command, last.values)
    return true
  }

  /** From a command back to text; with a text, its list opens. */
  function leave(text) {
    showPlain(text)
    plain.input.focus()
    if (text !== '') plain.suggest()
  }

  function startCommand() {
    if (filling !== null) return focus()
    plain.setText('/')
    plain.input.focus()
    plain.suggest()
  }

  /** Prefills the command behind a mention such as `</node status:1>`, or the longest one it starts with. */
  function openCommand(path) {
    const wanted = path.join(' ')
    const command = visibleCommands(store).find((one) =>
      [one.path.join(' '), one.displayPath.join(' ')].includes(wanted),
    )
    if (command !== undefined) return choose(command)
    showPlain(`/${wanted}`)
    plain.input.focus()
  }

  function focus() {
    if (filling === null) plain.input.focus()
    else filling.focus()
  }

  // ---- sending ----------------------------------------------------------------------------------------------------

  async function submit() {
    if (busy) return
    if (filling === null) {
      const text = plain.input.value
      if (text.trim() !== '') showError(noCommand(text, t))
      return
    }
    const { values, problem } = filling.readAll()
    if (problem !== null) return filling.complain(problem)
    const { path } = filling.command
    const typed = filling.typed()
    busy = showBusy(form, send, true)
    try {
      await call('slash', [{ ...store.who }, path, values])
      last = { path: path.join(' '), values: typed }
      showPlain()
      plain.input.focus()
      onSent()
    } catch (failure) {
      showError(t('callFailed', { reason: failure.message }))
    } finally {
      busy = showBusy(form, send, false)
    }
  }

  function showError(text) {
    error.hidden = text === null
    error.textContent = text ?? ''
  }
}

function showBusy(form, send, on) {
  send.disabled = on
  form.classList.toggle('composer-busy', on)
  return on
}

/** Why a text cannot be sent. */
function noCommand(text, t) {
  return text.startsWith('/') ? t('noCommand', { text: text.slice(1) }) : t('commandsOnly')
}

function listen(form, field, { submit, leave, focus }) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
  })
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) leave()
  })
  field.addEventListener('mousedown', (event) => {
    if (event.target !== field) return
    event.preventDefault()
    focus()
  })
}

function visibleCommands(store) {
  return (store.state?.commands ?? []).filter(({ visible }) => visible)
}

/** Gives a button its words, for those who see it and for those who hear it. */
function name(button, words) {
  button.setAttribute('aria-label', words)
  button.title = words
}

function drawBox(form, startCommand) {
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
  return { panel, field, error, slash, send }
}
