/** What the command picker offers and whether a filled command may be sent. Pure: no DOM, no network. */

/** Discord option types. */
export const TYPE = { STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8, NUMBER: 10 }

/**
 * Commands that match what was typed after the slash, best first: a path that starts so, then a word that starts so,
 * then text found anywhere, in the viewer's language or the default one.
 * @param {import('../discord/control.ts').CommandEntry[]} commands
 * @param {string} typed without the slash
 */
export function matchCommands(commands, typed) {
  const wanted = normal(typed)
  const ranked = []
  for (const command of commands) {
    if (!command.visible) continue
    const names = [normal(command.displayPath.join(' ')), normal(command.path.join(' '))]
    const words = [...command.displayPath, ...command.path].map(normal)
    let rank = 3
    if (names.some((name) => name.startsWith(wanted))) rank = 0
    else if (words.some((word) => word.startsWith(wanted))) rank = 1
    else if (names.some((name) => name.includes(wanted)) || normal(command.description).includes(wanted))
      rank = 2
    if (rank < 3) ranked.push({ command, rank })
  }
  return ranked.sort((a, b) => a.rank - b.rank).map((entry) => entry.command)
}

/**
 * The command that `typed` names in full, followed by a space, and the rest of the text.
 * @returns {{command: import('../discord/control.ts').CommandEntry, rest: string} | null}
 */
export function exactCommand(commands, typed) {
  const text = typed.replace(/\s+/g, ' ')
  let best = null
  for (const command of commands) {
    if (!command.visible) continue
    for (const path of [command.displayPath.join(' '), command.path.join(' ')]) {
      if (!text.toLowerCase().startsWith(`${path.toLowerCase()} `)) continue
      if (best === null || path.length > best.length)
        best = { command, rest: text.slice(path.length + 1), length: path.length }
    }
  }
  return best
}

/**
 * The options in a line that was pasted whole, such as `id:bare-6 gateway-port:18790`, by their default names; null when
 * it does not begin with one.
 * @param {import('../discord/control.ts').CommandEntry} command
 * @param {string} rest what follows the name of the command
 * @returns {Map<string, {text: string, picked: null}> | null} what each chip is to hold
 */
export function pastedOptions(command, rest) {
  const named = command.options.flatMap(({ name, displayName }) => [
    [normal(name), name],
    [normal(displayName), name],
  ])
  const words = new Map(named)
  const begins = [...rest.matchAll(/(?:^|\s)([^\s:]+):/g)].filter(([, word]) => words.has(normal(word)))
  if (begins[0]?.index !== 0) return null
  return new Map(
    begins.map(({ 0: whole, 1: word, index }, at) => [
      words.get(normal(word)),
      { text: rest.slice(index + whole.length, begins[at + 1]?.index).trim(), picked: null },
    ]),
  )
}

function normal(text) {
  return text.normalize('NFKC').toLowerCase().trim()
}

/**
 * Fixed suggestions for an option, or null when the bot must be asked or anything may be typed.
 * @param {import('../discord/control.ts').OptionEntry} option
 * @param {import('../discord/control.ts').PageState} state
 * @param {Function} t translator
 */
export function fixedChoices(option, state, t) {
  if (option.choices.length > 0) return option.choices
  switch (option.type) {
    case TYPE.BOOLEAN:
      return [
        { name: t('yes'), value: true },
        { name: t('no'), value: false },
      ]
    case TYPE.USER:
      return state.users.map((user) => ({ name: user.name, value: user.id }))
    case TYPE.CHANNEL:
      return state.channels.map((channel) => ({ name: `#${channel.name}`, value: channel.id }))
    case TYPE.ROLE:
      return state.roles.map((role) => ({ name: `@${role.name}`.replace('@@', '@'), value: role.id }))
    default:
      return null
  }
}

/** @param {{name: string}[]} choices */
export function filterChoices(choices, typed) {
  const wanted = normal(typed)
  return choices.filter((choice) => normal(choice.name).includes(wanted)).slice(0, 25)
}

/**
 * Turns what a chip holds into the value to send.
 * @param {import('../discord/control.ts').OptionEntry} option
 * @param {{text: string, picked: {name: string, value: string | number | boolean} | null}} chip
 * @param {{name: string, value: any}[] | null} fixed
 * @returns {{value: string | number | boolean} | {problem: string, limit?: number} | null} null when empty
 */
export function readOption(option, chip, fixed) {
  if (chip.picked !== null && chip.picked.name === chip.text) return { value: chip.picked.value }
  const text = chip.text.trim()
  if (text === '') return null
  if (fixed !== null) {
    const match = fixed.find(
      (choice) => normal(choice.name) === normal(text) || normal(String(choice.value)) === normal(text),
    )
    return match === undefined ? { problem: 'notChoice' } : { value: match.value }
  }
  if (option.type === TYPE.INTEGER || option.type === TYPE.NUMBER) {
    const number = Number(text.normalize('NFKC'))
    if (!Number.isFinite(number))
      return { problem: option.type === TYPE.INTEGER ? 'notInteger' : 'notNumber' }
    if (option.type === TYPE.INTEGER && !Number.isInteger(number)) return { problem: 'notInteger' }
    if (option.minValue !== null && number < option.minValue)
      return { problem: 'tooSmall', limit: option.minValue }
    if (option.maxValue !== null && number > option.maxValue)
      return { problem: 'tooLarge', limit: option.maxValue }
    return { value: number }
  }
  return { value: text }
}

/** Options of a command in the order in which they are filled: required ones first. */
export function orderedOptions(command) {
  return [...command.options].sort((a, b) => Number(b.required) - Number(a.required))
}
