import type { As, InteractionView, MessageView, SandboxLocale } from '../../src/sandbox/discord/control.ts'
import type { DiscordSandbox } from '../../src/sandbox/discord/start-discord.ts'

type Options = Record<string, string | number | boolean>
type Fits = RegExp | ((message: MessageView) => boolean)

/** How long a test waits for something to be shown; generous, because the machine may be busy. */
const PATIENCE_MS = 25_000

/** A person in a channel: types, presses, and reads only what that person sees. */
export interface Person {
  readonly as: As
  /** Types a command such as `node list`, and waits for a new message that fits. */
  ask(command: string, options?: Options, fits?: Fits): Promise<MessageView>
  /** Types a command without waiting for an answer. */
  type(command: string, options?: Options): Promise<InteractionView>
  /** Presses the button whose id holds `part`. */
  press(message: MessageView, part: string): Promise<InteractionView>
  /** Presses, and waits for a new message that fits. */
  pressFor(message: MessageView, part: string, fits?: Fits): Promise<MessageView>
  /** Chooses in the menu whose id holds `part`, and waits for a new message that fits. */
  choose(message: MessageView, part: string, value: string, fits?: Fits): Promise<MessageView>
  suggest(
    command: string,
    options: Options,
    focused: string,
  ): Promise<{ name: string; value: string | number }[]>
  /** Waits until this message looks so. */
  until(message: MessageView, fits: Fits): Promise<MessageView>
  sees(id: string): MessageView | undefined
  messages(): MessageView[]
}

/** Someone of the sandbox, with a client in this language. */
export function person(discord: DiscordSandbox, name: string, locale: SandboxLocale = 'en-US'): Person {
  const as: As = {
    userId: discord.ids.users[name] ?? '',
    locale,
    channelId: Object.values(discord.ids.channels)[0] ?? '',
  }
  const { control } = discord
  const messages = () => control.messages(as)
  const newOne = async (act: () => Promise<InteractionView>, fits: Fits) => {
    const before = new Set(messages().map(({ id }) => id))
    const used = await act()
    return discord
      .until(
        () => messages().findLast((one) => !before.has(one.id) && !one.thinking && matches(one, fits)),
        PATIENCE_MS,
      )
      .catch((error: unknown) => {
        throw new Error(
          `${used.label} is ${control.interaction(used.id).state}: ${String(error)}\n${messages().slice(-3).map(textOf).join('\n---\n')}`,
        )
      })
  }
  const type = (command: string, options: Options = {}) => control.slash(as, command.split(' '), options)
  return {
    as,
    type,
    messages,
    ask: (command, options = {}, fits = () => true) => newOne(() => type(command, options), fits),
    press: (message, part) => control.click(as, message.id, controlId(message, part)),
    pressFor: (message, part, fits = () => true) =>
      newOne(() => control.click(as, message.id, controlId(message, part)), fits),
    choose: (message, part, value, fits = () => true) =>
      newOne(() => control.select(as, message.id, controlId(message, part), [value]), fits),
    suggest: (command, options, focused) => control.autocomplete(as, command.split(' '), options, focused),
    sees: (id) => messages().find((one) => one.id === id),
    until: (message, fits) =>
      discord
        .until(() => messages().find((one) => one.id === message.id && matches(one, fits)), PATIENCE_MS)
        .catch((error: unknown) => {
          const now = messages().find((one) => one.id === message.id)
          throw new Error(`${String(error)}\n${now ? textOf(now) : 'the message is gone'}`)
        }),
  }
}

function matches(message: MessageView, fits: Fits): boolean {
  return fits instanceof RegExp ? textOf(message).search(fits) !== -1 : fits(message)
}

interface Part {
  type?: number
  content?: string
  label?: string
  custom_id?: string
  disabled?: boolean
  placeholder?: string
  options?: { label: string; description?: string; value: string }[]
  components?: Part[]
}

function partsOf(message: MessageView): Part[] {
  const flat = (part: Part): Part[] => [part, ...(part.components ?? []).flatMap(flat)]
  return ((message.raw.components ?? []) as Part[]).flatMap(flat)
}

/** Everything of a message that a person can read, controls included. */
export function textOf(message: MessageView): string {
  return partsOf(message)
    .flatMap((part) => [
      part.content,
      part.label,
      part.placeholder,
      ...(part.options ?? []).flatMap((option) => [option.label, option.description]),
    ])
    .filter((text) => text !== undefined)
    .join('\n')
}

/** Ids of the controls that can be used. */
export function controlsOf(message: MessageView): string[] {
  return partsOf(message).flatMap((part) =>
    part.custom_id === undefined || part.disabled === true ? [] : [part.custom_id],
  )
}

function controlId(message: MessageView, part: string): string {
  const found = controlsOf(message).find((id) => id.includes(part))
  if (found === undefined)
    throw new Error(`no control ${part} among ${controlsOf(message).join(', ')}\n${textOf(message)}`)
  return found
}
