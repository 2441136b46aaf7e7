import type { FieldError } from '../api-error.ts'
import { asRecord, asRecords, asText, type Json } from '../json.ts'

const MAX_TOTAL = 6000

/** All embed text of one message together, and fields that are empty once trimmed. */
export function embedErrors(body: Json): FieldError[] {
  const embeds = asRecords(body.embeds)
  const errors = embeds.flatMap((embed, index) => emptyFields(embed, index))
  const total = embeds.reduce((sum, embed) => sum + textLength(embed), 0)
  if (total <= MAX_TOTAL) return errors
  return [
    ...errors,
    {
      path: ['embeds'],
      code: 'MAX_EMBED_SIZE_EXCEEDED',
      message: `Embed size exceeds maximum size of ${MAX_TOTAL}`,
    },
  ]
}

function emptyFields(embed: Json, index: number): FieldError[] {
  return asRecords(embed.fields).flatMap((field, at) =>
    ['name', 'value']
      .filter((key) => (asText(field[key]) ?? '').trim() === '')
      .map((key) => ({
        path: ['embeds', index, 'fields', at, key],
        code: 'BASE_TYPE_REQUIRED',
        message: 'This field is required',
      })),
  )
}

function textLength(embed: Json): number {
  const texts = [
    embed.title,
    embed.description,
    asRecord(embed.footer)?.text,
    asRecord(embed.author)?.name,
    ...asRecords(embed.fields).flatMap((field) => [field.name, field.value]),
  ]
  return texts.reduce<number>((sum, text) => sum + [...(asText(text) ?? '').trim()].length, 0)
}
