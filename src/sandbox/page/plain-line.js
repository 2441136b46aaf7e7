/** The message box before a command is chosen: a slash opens the list of commands. */
import { avatar } from './avatar.js'
import { exactCommand, matchCommands, orderedOptions } from './picker.js'
import { textInput } from './text-input.js'

/**
 * @param {object} config
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {ReturnType<import('./suggestions.js').createSuggestions>} config.suggestions
 * @param {ReturnType<import('./strings.js').translator>} config.t
 * @param {(words: string | null) => void} config.showError
 * @param {(command: any) => void} config.choose a command was picked
 * @param {(found: {command: any, rest: string}) => void} config.chooseTyped a command was typed in full
 * @param {() => boolean} config.again fills in the last command that was sent; false when there is none
 */
export function createPlainLine({ store, suggestions, t, showError, choose, chooseTyped, again }) {
  const input = textInput({
    'data-testid': 'composer',
    class: 'composer-input',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-controls': 'suggestions',
  })
  input.addEventListener('input', suggest)
  input.addEventListener('focus', suggest)
  input.addEventListener('keydown', onKey)

  return { input, setText, suggest, rename }

  function setText(text) {
    input.value = text
  }

  /** Follows the language and the channel. */
  function rename() {
    const placeholder = t('placeholder', { channel: store.channel()?.name ?? '' })
    input.placeholder = placeholder
    input.setAttribute('aria-label', placeholder)
  }

  function suggest() {
    showError(null)
    const text = input.value
    if (!text.startsWith('/')) return suggestions.hide()
    const commands = store.state?.commands ?? []
    const typed = text.slice(1)
    const exact = exactCommand(commands, typed)
    if (exact !== null) return chooseTyped(exact)
    const found = matchCommands(commands, typed)
    suggestions.show(input, {
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

  function onKey(event) {
    if (event.isComposing) return
    if (event.key === 'ArrowUp' && input.value === '' && again()) event.preventDefault()
    else
      suggestions.handleKey(event, () => {
        setText('')
        suggest()
      })
  }
}
