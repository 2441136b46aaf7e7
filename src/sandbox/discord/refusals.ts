import type { Refusal } from './control.ts'

/** Every part that is given must fit. */
export interface RefusalMatch {
  method?: string
  path?: RegExp
  status?: number
  code?: number
  /** Fits when one of the flattened field errors does. */
  field?: RegExp
}

export function isExpected(refusal: Refusal, match: RefusalMatch): boolean {
  return (
    (match.method ?? refusal.method) === refusal.method &&
    (match.status ?? refusal.status) === refusal.status &&
    (match.code ?? refusal.code) === refusal.code &&
    (match.path === undefined || refusal.path.search(match.path) !== -1) &&
    (match.field === undefined ||
      refusal.fields.some((field) => match.field && field.search(match.field) !== -1))
  )
}

export function unexpectedRefusals(refusals: Refusal[]): Error {
  return new Error(`Discord would have refused:\n${refusals.map(describeRefusal).join('\n')}`)
}

export function describeRefusal(refusal: Refusal): string {
  const { method, path, status, code, message, fields } = refusal
  return `  ${method} ${path}: ${status} ${code} ${message} ${fields.join(', ')}`.trimEnd()
}
