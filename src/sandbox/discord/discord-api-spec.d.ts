/** The package ships its Zod schemas as plain JavaScript; these are the ones that the emulator uses. */
declare module 'discord-api-spec/zod' {
  import type { ZodType } from 'zod'

  export const MessageCreateRequestSchema: ZodType
  export const MessageEditRequestPartialSchema: ZodType
  export const IncomingWebhookRequestPartialSchema: ZodType
  export const IncomingWebhookUpdateRequestPartialSchema: ZodType
  export const CreateMessageInteractionCallbackRequestSchema: ZodType
  export const UpdateMessageInteractionCallbackRequestSchema: ZodType
  export const ApplicationCommandAutocompleteCallbackRequestSchema: ZodType
  export const ModalInteractionCallbackRequestSchema: ZodType
  export const ApplicationCommandUpdateRequestSchema: ZodType
  export const ApplicationCommandCreateRequestSchema: ZodType
  export const CreateTextThreadWithMessageRequestSchema: ZodType
  export const CreateTextThreadWithoutMessageRequestSchema: ZodType
}
