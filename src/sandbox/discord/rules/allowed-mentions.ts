import type { FieldError } from '../api-error.ts'
import { asList, asRecord, type Json } from '../json.ts'

/** `parse: ["users"]` and a list of users exclude each other; the same for roles. */
export function allowedMentionsErrors(body: Json): FieldError[] {
  const allowed = asRecord(body.allowed_mentions)
  if (allowed === undefined) return []
  const parse = asList(allowed.parse)
  return ['users', 'roles']
    .filter((kind) => parse.includes(kind) && asList(allowed[kind]).length > 0)
    .map((kind) => ({
      path: ['allowed_mentions'],
      code: 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      message: `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
    }))
}
