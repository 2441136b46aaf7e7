/** What is offered while an option is filled in: its choices, what the bot answers, or the options that are left. */
import { call } from './api.js'
import { filterChoices, fixedChoices } from './picker.js'

const AUTOCOMPLETE_DELAY_MS = 150

/**
 * @param {object} config
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {ReturnType<import('./suggestions.js').createSuggestions>} config.suggestions
 * @param {ReturnType<import('./strings.js').translator>} config.t
 * @param {any} config.command
 * @param {() => Record<string, unknown>} config.values what is filled in so far
 * @param {(chip: any, choice: any) => void} config.pick
 */
export function createOptionSuggestions({ store, suggestions, t, command, values, pick }) {
  let timer
  /** Counts what was asked: an answer to anything but the latest is thrown away. */
  let run = 0

  return { suggestFor, offer, stop }

  /** Nothing that is still under way is shown any more. */
  function stop() {
    clearTimeout(timer)
    run += 1
  }

  function suggestFor(chip) {
    const { option } = chip
    const typed = chip.picked === null ? chip.input.value : ''
    stop()
    const fixed = fixedChoices(option, store.state, t)
    if (fixed !== null)
      return showChoices(chip, filterChoices(fixed, typed), { first: typed !== '' || option.required })
    if (!option.autocomplete) return showChoices(chip, [], { quiet: true })
    const mine = run
    if (!suggestions.isOpen()) showChoices(chip, [], { busy: true })
    timer = setTimeout(() => void ask(chip, typed, mine), AUTOCOMPLETE_DELAY_MS)
  }

  async function ask(chip, typed, mine) {
    const isWanted = () => mine === run && document.activeElement === chip.input
    try {
      const partial = { ...values(), [chip.option.name]: typed }
      const found = await call('autocomplete', [{ ...store.who }, command.path, partial, chip.option.name])
      if (isWanted()) showChoices(chip, found, { first: true })
    } catch {
      if (isWanted()) showChoices(chip, [], { failed: true })
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
        pick: () => pick(chip, choice),
      })),
      busy,
      error: failed ? t('autocompleteFailed') : '',
      note: busy ? t('loading') : choices.length === 0 && !quiet ? t('noOptions') : '',
      first,
    })
  }

  /** Offers the options of the command that are not filled in yet. */
  function offer(input, left, add) {
    stop()
    const found = filterChoices(
      left.map((option) => ({ name: `${option.displayName} ${option.name}`, option })),
      input.value,
    )
    if (found.length === 0) return suggestions.hide()
    suggestions.show(input, {
      heading: t('optional'),
      hint: t('keysHint'),
      items: found.map(({ option }) => ({
        title: option.displayName,
        description: option.description,
        testid: 'optional-item',
        data: { option: option.name },
        pick: () => add(option),
      })),
      first: input.value !== '',
    })
  }
}
