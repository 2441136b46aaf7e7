import type { Json } from './json.ts'

/** One complaint about one place in a body. */
export interface FieldError {
  path: (string | number)[]
  /** Discord's inner code, for example BASE_TYPE_MAX_LENGTH. */
  code: string
  message: string
}

/** An answer that Discord gives instead of doing what was asked. */
export class ApiError extends Error {
  readonly status: number
  /** Discord's numeric code; 0 for plain HTTP errors. */
  readonly code: number
  readonly fields: FieldError[]

  constructor(status: number, code: number, message: string, fields: FieldError[] = []) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.fields = fields
  }

  /** The body as Discord writes it. */
  toBody(): Json {
    const body: Json = { message: this.message, code: this.code }
    if (this.fields.length > 0) body.errors = nest(this.fields)
    return body
  }
}

export const invalidForm = (fields: FieldError[]) => new ApiError(400, 50035, 'Invalid Form Body', fields)
export const emptyMessage = () => new ApiError(400, 50006, 'Cannot send an empty message')
export const unauthorized = () => new ApiError(401, 0, '401: Unauthorized')
export const notFound = () => new ApiError(404, 0, '404: Not Found')
export const unknownChannel = () => new ApiError(404, 10003, 'Unknown Channel')
export const unknownGuild = () => new ApiError(404, 10004, 'Unknown Guild')
export const unknownMember = () => new ApiError(404, 10007, 'Unknown Member')
export const unknownMessage = () => new ApiError(404, 10008, 'Unknown Message')
export const unknownUser = () => new ApiError(404, 10013, 'Unknown User')
export const unknownWebhook = () => new ApiError(404, 10015, 'Unknown Webhook')
export const unknownInteraction = () => new ApiError(404, 10062, 'Unknown interaction')
export const unknownCommand = () => new ApiError(404, 10063, 'Unknown application command')
export const alreadyAcknowledged = () =>
  new ApiError(400, 40060, 'Interaction has already been acknowledged.')
export const invalidWebhookToken = () => new ApiError(401, 50027, 'Invalid Webhook Token')
export const missingAccess = () => new ApiError(403, 50001, 'Missing Access')
export const missingPermissions = () => new ApiError(403, 50013, 'Missing Permissions')

/** For example "components[0].label[BASE_TYPE_MAX_LENGTH]". */
export function flatten(error: FieldError): string {
  const path = error.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')
  return `${path}[${error.code}]`
}

function nest(fields: FieldError[]): Json {
  const root: Json = {}
  for (const field of fields) {
    let place = root
    for (const part of field.path) {
      const next = (place[part] ?? {}) as Json
      place[part] = next
      place = next
    }
    const known = (place._errors ?? []) as Json[]
    place._errors = [...known, { code: field.code, message: field.message }]
  }
  return root
}
