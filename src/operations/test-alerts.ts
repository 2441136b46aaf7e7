import { z } from 'zod'
import { LOCALES, type Locale } from '../base/locale.ts'
import { defineOperation, type Outcome } from './operation.ts'

/** What ocm does in its alert channel, in this order. */
export const TEST_STEPS = ['post', 'edit', 'thread', 'line', 'clean'] as const
export type TestStep = (typeof TEST_STEPS)[number]

/** Whether a role hears it when it is called. `role`: its name, or its id where nothing is known of it; untrusted. */
export interface RoleCall {
  state: 'heard' | 'silent' | 'missing' | 'unknown'
  role: string
}

/** test-alerts: how it went. */
export interface ChannelTest {
  channelId: string
  /** What worked. */
  passed: TestStep[]
  failed: TestStep[]
  /**
   * What became of the thread: to delete it takes a permission that alerts do not need, and without it the thread stays,
   * archived. Null where none was made, or where nobody knows.
   */
  thread: 'deleted' | 'archived' | null
  /** Names of Discord's permissions that the bot lacks there; null when it does not see the channel. */
  missing: string[] | null
  /** Whether the role that critical alerts call would hear it; null where none is set. */
  call: RoleCall | null
  /** Discord's first refusal, in its own words; untrusted. */
  problem: string | null
}

/** The channel that alerts go to, as far as it can be tried. */
export interface AlertChannel {
  /** Does what alerts do with a card that says that it is a test, and takes it away again. Rejects only when stopped. */
  test(wanted: { locale: Locale; signal: AbortSignal }): Promise<ChannelTest>
}

const inputSchema = z.strictObject({
  /** The language of the card. */
  locale: z.enum(LOCALES),
})

/** Tries in the alert channel everything that alerts do there. */
export const testAlerts = defineOperation<z.infer<typeof inputSchema>, ChannelTest>({
  name: 'test-alerts',
  access: 'operator',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  async run(context, { locale }, { signal }) {
    const data = await context.alertChannel.test({ locale, signal })
    return { outcome: testOutcome(data), data }
  },
})

/** A card that arrives is what counts; what cannot be done to it are limits. */
export function testOutcome({ failed, passed, call }: ChannelTest): Exclude<Outcome, 'unknown'> {
  if (failed.length === 0 && (call === null || call.state === 'heard')) return 'done'
  return passed.includes('post') ? 'partial' : 'failed'
}
