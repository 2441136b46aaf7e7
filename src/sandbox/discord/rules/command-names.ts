import type { FieldError } from '../api-error.ts'
import { asRecord, asText, type Json } from '../json.ts'
import type { Path } from './walk.ts'

/** Discord's rule for names of slash commands and options, localised ones included. */
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u

/** The languages of Discord's clients. */
const LOCALES = new Set(
  `id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja
  zh-TW ko`.split(/\s+/),
)

/** The pattern, and lower case wherever a letter has one. A missing name is the schema's business. */
export function nameErrors(name: string | undefined, path: Path): FieldError[] {
  if (name === undefined || name === '') return []
  if (NAME.test(name) && name === name.toLowerCase()) return []
  return [{ path, code: 'APPLICATION_COMMAND_INVALID_NAME', message: 'Command name is invalid' }]
}

/** Translations: of a known language, and as valid as the name and the description they stand for. */
export function localisationErrors(
  owner: Json,
  path: Path,
  kind: 'option' | 'choice' = 'option',
): FieldError[] {
  const names = Object.entries(asRecord(owner.name_localizations) ?? {})
  const descriptions = Object.entries(asRecord(owner.description_localizations) ?? {})
  const errors: FieldError[] = []
  for (const [locale, name] of names) {
    const at = [...path, 'name_localizations', locale]
    errors.push(...localeErrors(locale, at))
    if (kind === 'choice') errors.push(...lengthErrors(name, at))
    else errors.push(...nameErrors(asText(name), at))
  }
  for (const [locale, description] of descriptions) {
    const at = [...path, 'description_localizations', locale]
    errors.push(...localeErrors(locale, at), ...lengthErrors(description, at))
  }
  return errors
}

function localeErrors(locale: string, path: Path): FieldError[] {
  if (LOCALES.has(locale)) return []
  const message = `Value must be one of (${[...LOCALES].join(', ')}).`
  return [{ path, code: 'BASE_TYPE_CHOICES', message }]
}

function lengthErrors(value: unknown, path: Path): FieldError[] {
  if (value === null || value === undefined) return []
  const length = [...(asText(value) ?? '')].length
  if (length >= 1 && length <= 100) return []
  return [{ path, code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be between 1 and 100 in length.' }]
}
