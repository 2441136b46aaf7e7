import { type Measurement, signalKey, type Topic } from '../monitor/signal.ts'
import type { Context } from './context.ts'

/** Opens, changes or ends the one incident that is about no single node; a level of null is that nothing is wrong. */
export async function tellOfFleet(
  { incidents, clock }: Pick<Context, 'incidents' | 'clock'>,
  topic: Topic,
  { level, cause, params }: Pick<Measurement, 'level' | 'cause' | 'params'>,
): Promise<void> {
  const subject = { nodeId: null, agentId: null, sessionKey: null }
  const seen = { level, holdLevel: level, cause, params }
  const signals = [{ key: signalKey(topic, subject), topic, subject, at: clock.now(), seen }]
  await incidents.apply({ kind: 'signals', signals })
}
