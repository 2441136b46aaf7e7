import type { FieldError } from '../api-error.ts'
import { asRecord, asText, type Json } from '../json.ts'
import { ComponentType, type Path, walkComponents } from './walk.ts'

const STYLE_LINK = 5
const STYLE_PREMIUM = 6

/** What a button of each style must and must not have. */
export function buttonErrors(body: Json): FieldError[] {
  return [...walkComponents(body.components)]
    .filter(({ component }) => component.type === ComponentType.button)
    .flatMap(({ component, path }) => errorsOf(component, path))
}

function errorsOf(button: Json, path: Path): FieldError[] {
  const hasId = asText(button.custom_id) !== undefined
  const hasUrl = asText(button.url) !== undefined
  if (button.style === STYLE_PREMIUM) return premiumErrors(button, path)
  const errors: FieldError[] = []
  if (hasId && hasUrl) {
    const message = 'A custom id and url cannot both be specified'
    errors.push({ path, code: 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE', message })
  } else if (button.style === STYLE_LINK && !hasUrl) {
    const message = 'A url is required'
    errors.push({ path, code: hasId ? 'BUTTON_COMPONENT_URL_REQUIRED' : 'BASE_TYPE_REQUIRED', message })
  } else if (button.style !== STYLE_LINK && !hasId) {
    const message = 'A custom id is required'
    errors.push({ path, code: 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', message })
  }
  return [...errors, ...faceErrors(button, path), ...urlErrors(button, path)]
}

function premiumErrors(button: Json, path: Path): FieldError[] {
  if (button.sku_id !== undefined && ['custom_id', 'url', 'label', 'emoji'].every((key) => !(key in button)))
    return []
  return [
    {
      path: [...path, 'sku_id'],
      code: 'BUTTON_COMPONENT_SKU_ID_REQUIRED',
      message: 'A premium button has a sku id and nothing else',
    },
  ]
}

/** A label or an emoji; the emoji named by an id or by one Unicode emoji. */
function faceErrors(button: Json, path: Path): FieldError[] {
  const emoji = asRecord(button.emoji)
  if (emoji === undefined) {
    if ((asText(button.label) ?? '').trim() !== '') return []
    return [{ path: [...path, 'label'], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }]
  }
  const known =
    typeof emoji.id === 'string' ||
    /\p{Extended_Pictographic}|\p{RI}|[0-9#*]\u{FE0F}?\u{20E3}/u.test(asText(emoji.name) ?? '')
  if (known) return []
  return [
    { path: [...path, 'emoji', 'name'], code: 'BUTTON_COMPONENT_INVALID_EMOJI', message: 'Invalid emoji' },
  ]
}

function urlErrors(button: Json, path: Path): FieldError[] {
  const url = asText(button.url)
  if (url === undefined) return []
  if (url.length > 512)
    return [
      { path: [...path, 'url'], code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 512 or fewer in length.' },
    ]
  if (URL.canParse(url) && ['http:', 'https:', 'discord:'].includes(new URL(url).protocol)) return []
  return [{ path: [...path, 'url'], code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }]
}
