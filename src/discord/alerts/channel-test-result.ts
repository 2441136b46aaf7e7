/** What ocm does in its alert channel, in this order. */
export const TEST_STEPS = ['post', 'edit', 'thread', 'line', 'clean'] as const
export type TestStep = (typeof TEST_STEPS)[number]

/** How a test of the alert channel went. */
export interface ChannelTest {
  channelId: string
  /** What worked. */
  passed: TestStep[]
  failed: TestStep[]
  /** Names of Discord's permissions that the bot lacks there; null when it does not see the channel. */
  missing: string[] | null
  /** Discord's first refusal, in its own words; untrusted. */
  problem: string | null
}

/** A card that arrives is what counts; what cannot be done to it are limits. */
export function testOutcome({ passed, failed }: ChannelTest): 'done' | 'partial' | 'failed' {
  if (failed.length === 0) return 'done'
  return passed.includes('post') ? 'partial' : 'failed'
}
