import type { FieldError } from '../api-error.ts'
import { asRecord, asRecords, asText, type Json } from '../json.ts'
import { localisationErrors, nameErrors } from './command-names.ts'
import { optionErrors } from './command-options.ts'

const CHAT_INPUT = 1
const MAX_SIZE = 8000

/** Everything about one command that the schema does not say. Paths start at the command. */
export function commandErrors(command: Json): FieldError[] {
  const isSlash = (command.type ?? CHAT_INPUT) === CHAT_INPUT
  const errors: FieldError[] = []
  if (isSlash) {
    errors.push(...nameErrors(asText(command.name), ['name']), ...localisationErrors(command, []))
    if ((asText(command.description) ?? '').trim() === '')
      errors.push({ path: ['description'], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' })
    errors.push(...optionErrors(command, []))
  } else if (asText(command.description)) {
    const message = 'Context menu commands cannot have description'
    errors.push({ path: ['description'], code: 'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED', message })
  }
  if (sizeOf(command) > MAX_SIZE) {
    const message = `Command exceeds maximum size (${MAX_SIZE})`
    errors.push({ path: [], code: 'APPLICATION_COMMAND_TOO_LARGE', message })
  }
  return errors
}

/** Names are unique for each type within the scope, as a reader of each language sees them. */
export function duplicateNameErrors(commands: Json[]): FieldError[] {
  const translated = commands.map(({ name_localizations }) => asRecord(name_localizations) ?? {})
  const locales = [null, ...new Set(translated.flatMap((names) => Object.keys(names)))]
  const seenBy = (index: number, locale: string | null) =>
    (locale === null ? undefined : translated[index]?.[locale]) ?? commands[index]?.name
  return commands.flatMap((command, index) => {
    const collides = commands
      .slice(0, index)
      .some(
        (other, before) =>
          (other.type ?? CHAT_INPUT) === (command.type ?? CHAT_INPUT) &&
          locales.some((locale) => seenBy(before, locale) === seenBy(index, locale)),
      )
    if (!collides) return []
    const message = 'Application command names must be unique'
    return [{ path: [index], code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message }]
  })
}

/** Names, descriptions and choice values of a command and all that is in it; of translations the longest counts. */
function sizeOf(owner: Json): number {
  const own =
    longest(owner.name, owner.name_localizations) +
    longest(owner.description, owner.description_localizations)
  const choices = asRecords(owner.choices).reduce(
    (sum, choice) =>
      sum + longest(choice.name, choice.name_localizations) + String(choice.value ?? '').length,
    0,
  )
  return own + choices + asRecords(owner.options).reduce((sum, option) => sum + sizeOf(option), 0)
}

function longest(text: unknown, translations: unknown): number {
  const all = [text, ...Object.values(asRecord(translations) ?? {})]
  return Math.max(...all.map((one) => [...(asText(one) ?? '')].length))
}
