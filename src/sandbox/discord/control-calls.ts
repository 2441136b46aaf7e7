import { z } from 'zod'
import type { DiscordControl } from './control.ts'

const as = z.object({ userId: z.string(), locale: z.enum(['en-US', 'ja', 'zh-CN']), channelId: z.string() })
const options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const path = z.array(z.string()).min(1)
const values = z.record(z.string(), z.union([z.string(), z.array(z.string()), z.boolean()]))

/** What the page may call, with the arguments of each. */
const CALL = z.discriminatedUnion('method', [
  z.object({ method: z.literal('slash'), params: z.tuple([as, path, options.optional()]) }),
  z.object({ method: z.literal('autocomplete'), params: z.tuple([as, path, options, z.string()]) }),
  z.object({ method: z.literal('click'), params: z.tuple([as, z.string(), z.string()]) }),
  z.object({
    method: z.literal('select'),
    params: z.tuple([as, z.string(), z.string(), z.array(z.string())]),
  }),
  z.object({ method: z.literal('submit'), params: z.tuple([as, z.string(), values]) }),
  z.object({ method: z.literal('dismissModal'), params: z.tuple([as, z.string()]) }),
  z.object({ method: z.literal('deleteMessage'), params: z.tuple([z.string(), z.string()]) }),
])

/**
 * Runs one call of the page.
 * @throws Error in plain words when the call is malformed or cannot be done.
 */
export async function callControl(control: DiscordControl, input: unknown): Promise<unknown> {
  const parsed = CALL.safeParse(input)
  if (!parsed.success) throw new Error(`Malformed call: ${z.prettifyError(parsed.error)}`)
  const call = parsed.data
  switch (call.method) {
    case 'slash':
      return control.slash(call.params[0], call.params[1], call.params[2])
    case 'autocomplete':
      return control.autocomplete(...call.params)
    case 'click':
      return control.click(...call.params)
    case 'select':
      return control.select(...call.params)
    case 'submit':
      return control.submit(...call.params)
    case 'dismissModal':
      return control.dismissModal(...call.params)
    case 'deleteMessage':
      return control.deleteMessage(...call.params)
  }
}
