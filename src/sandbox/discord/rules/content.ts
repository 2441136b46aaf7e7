import type { FieldError } from '../api-error.ts'
import { asNumber, asText, type Json } from '../json.ts'

export const FLAG_EPHEMERAL = 64
export const FLAG_LOADING = 128
export const FLAG_COMPONENTS_V2 = 32_768

/** A bot's message content: 2000 characters, though the schema of message create says 4000. */
export function contentErrors(body: Json): FieldError[] {
  if ([...(asText(body.content) ?? '')].length <= 2000) return []
  return [{ path: ['content'], code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }]
}

export function isComponentsV2(body: Json): boolean {
  return ((asNumber(body.flags) ?? 0) & FLAG_COMPONENTS_V2) !== 0
}

/**
 * A message of Components V2 has no content, embeds, poll or stickers: neither in the body that sets the flag, nor left
 * over from before the edit. `before` is the stored message of an edit.
 */
export function legacyFieldErrors(body: Json, before: Json | null): FieldError[] {
  if (!isComponentsV2(body) && !(before && isComponentsV2(before))) return []
  const after = { ...before, ...body }
  return ['content', 'embeds', 'poll', 'sticker_ids', 'stickers']
    .filter((field) => isFilled(after[field]))
    .map((field) => ({
      path: [field],
      code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      message: `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
    }))
}

function isFilled(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false
  return !Array.isArray(value) || value.length > 0
}
