import * as Z from 'discord-api-spec/zod'
import { z } from 'zod'
import { ApiError, type FieldError, invalidForm } from './api-error.ts'
import { allowedCallbacks, type Interaction } from './interaction.ts'
import { asRecord, asRecords, type Json } from './json.ts'
import { actionRowErrors } from './rules/action-rows.ts'
import { allowedMentionsErrors } from './rules/allowed-mentions.ts'
import { autocompleteErrors } from './rules/autocomplete.ts'
import { buttonErrors } from './rules/buttons.ts'
import { commandErrors, duplicateNameErrors } from './rules/commands.ts'
import { componentIdErrors } from './rules/component-ids.ts'
import { componentsV2Errors } from './rules/components-v2.ts'
import { contentErrors, legacyFieldErrors } from './rules/content.ts'
import { embedErrors } from './rules/embeds.ts'
import { modalErrors } from './rules/modals.ts'
import { pollErrors } from './rules/polls.ts'
import { referenceErrors } from './rules/references.ts'
import { selectErrors } from './rules/selects.ts'
import { schemaErrors } from './schema-errors.ts'

/** Which of Discord's request bodies a message comes in. */
export type MessageForm = 'create' | 'edit' | 'follow-up' | 'edit-by-webhook'

const MESSAGE_SCHEMAS: Record<MessageForm, z.ZodType> = {
  create: Z.MessageCreateRequestSchema,
  edit: Z.MessageEditRequestPartialSchema,
  'follow-up': Z.IncomingWebhookRequestPartialSchema,
  'edit-by-webhook': Z.IncomingWebhookUpdateRequestPartialSchema,
}

const CALLBACK_SCHEMAS: Record<number, z.ZodType> = {
  4: Z.CreateMessageInteractionCallbackRequestSchema,
  5: Z.CreateMessageInteractionCallbackRequestSchema,
  6: Z.UpdateMessageInteractionCallbackRequestSchema,
  7: Z.UpdateMessageInteractionCallbackRequestSchema,
  8: Z.ApplicationCommandAutocompleteCallbackRequestSchema,
  9: Z.ModalInteractionCallbackRequestSchema,
}

const COMMAND_LIST = z.array(Z.ApplicationCommandUpdateRequestSchema)

/** What the rules need to know besides the body. */
export interface MessageContext {
  /** Names of the files that the message will have. */
  fileNames: Set<string>
  /** The stored message, when this is an edit. */
  before: Json | null
}

const MESSAGE_RULES = [
  contentErrors,
  embedErrors,
  actionRowErrors,
  buttonErrors,
  selectErrors,
  componentIdErrors,
  componentsV2Errors,
  allowedMentionsErrors,
  pollErrors,
]

/** The rules for a message body that its schema does not hold. */
export function messageErrors(body: Json, context: MessageContext): FieldError[] {
  return [
    ...MESSAGE_RULES.flatMap((rule) => rule(body)),
    ...legacyFieldErrors(body, context.before),
    ...referenceErrors(body, context.fileNames),
  ]
}

/** @throws ApiError 50035 with every complaint. */
export function checkMessage(form: MessageForm, body: Json, context: MessageContext): void {
  refuse(messageErrors(body, context), schemaErrors(MESSAGE_SCHEMAS[form], body))
}

/** @throws ApiError 50035 when the answer is malformed or of a type that this interaction cannot take. */
export function checkCallback(interaction: Interaction, body: Json, context: MessageContext): void {
  const type = Number(body.type)
  const schema = CALLBACK_SCHEMAS[type]
  const allowed = allowedCallbacks(interaction)
  if (schema === undefined || !allowed.includes(type)) {
    const message = `Value must be one of (${allowed.join(', ')}).`
    throw invalidForm([{ path: ['type'], code: 'BASE_TYPE_CHOICES', message }])
  }
  const data = asRecord(body.data) ?? {}
  const rules = callbackRules(type, data, context).map((error) => ({
    ...error,
    path: ['data', ...error.path],
  }))
  refuse(rules, schemaErrors(schema, body))
}

function callbackRules(type: number, data: Json, context: MessageContext): FieldError[] {
  if (type === 9) return [...modalErrors(data), ...selectErrors(data), ...componentIdErrors(data)]
  if (type === 8) return autocompleteErrors(data)
  return type === 4 || type === 7 ? messageErrors(data, context) : []
}

/** @throws ApiError 50035 or, with more than 100 slash commands, 30032. */
export function checkCommandList(commands: unknown): Json[] {
  const list = asRecords(commands)
  const slash = list.filter((one) => (one.type ?? 1) === 1).length
  if (slash > 100 || list.length - slash > 30)
    throw new ApiError(400, 30032, 'Maximum number of application commands reached (100).')
  const rules = list.flatMap((command, index) =>
    commandErrors(command).map((error) => ({ ...error, path: [index, ...error.path] })),
  )
  const forSchema = Array.isArray(commands) ? commands.map(withNumericPermissions) : commands
  refuse([...rules, ...duplicateNameErrors(list)], schemaErrors(COMMAND_LIST, forSchema))
  return list
}

/** @throws ApiError 50035. */
export function checkCommand(command: Json): void {
  refuse(
    commandErrors(command),
    schemaErrors(Z.ApplicationCommandCreateRequestSchema, withNumericPermissions(command)),
  )
}

/** @throws ApiError 50035. */
export function checkThread(body: Json, onMessage: boolean): void {
  const schema = onMessage
    ? Z.CreateTextThreadWithMessageRequestSchema
    : Z.CreateTextThreadWithoutMessageRequestSchema
  refuse([], schemaErrors(schema, body))
}

/**
 * The schema types permissions as an integer, while its own notes allow any string that reads as one, which is what
 * clients send.
 */
function withNumericPermissions(command: unknown): unknown {
  const body = asRecord(command)
  if (body === undefined || !/^\d+$/.test(String(body.default_member_permissions))) return command
  return { ...body, default_member_permissions: 0 }
}

/** A rule knows more than the schema about the same place, so its words win. */
function refuse(rules: FieldError[], schema: FieldError[]): void {
  const told = new Set(rules.map((error) => error.path.join('.')))
  const errors = [...rules, ...schema.filter((error) => !told.has(error.path.join('.')))]
  if (errors.length > 0) throw invalidForm(errors)
}
