import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord.js'
import type { PlainKey } from '../text/params.ts'
import type { DiscordInk } from './ink.ts'
import { toLine } from './markdown.ts'

/** What Discord takes of a title or a label, and of a hint. */
const LONGEST_TITLE = 45
const LONGEST_HINT = 100

/** What is typed into one place of a form. */
export interface FormInput {
  id: string
  label: PlainKey
  hint?: PlainKey
  /** Characters. */
  most: number
  required?: boolean
  /** Whether it has room for several lines. */
  tall?: boolean
  /** What stands there already. */
  value?: string | undefined
}

/** The reason of whoever fills in a form; it may be left out. */
export const REASON_INPUT: FormInput = { id: 'reason', label: 'option.reason', most: 300 }

/** A form. `title` is written by the ink. */
export function makeForm(
  customId: string,
  title: string,
  inputs: readonly FormInput[],
  ink: DiscordInk,
): APIModalInteractionResponseCallbackData {
  return {
    custom_id: customId,
    title: toLine(title, LONGEST_TITLE),
    components: inputs.map(({ id, label, hint, most, required = false, tall = false, value }) => ({
      type: ComponentType.Label,
      label: toLine(ink.t(label), LONGEST_TITLE),
      ...(hint === undefined ? {} : { description: toLine(ink.t(hint), LONGEST_HINT) }),
      component: {
        type: ComponentType.TextInput,
        custom_id: id,
        style: tall ? TextInputStyle.Paragraph : TextInputStyle.Short,
        required,
        max_length: most,
        ...(value ? { value: value.slice(0, most) } : {}),
      },
    })),
  }
}
