import { type Clock, systemClock } from '../src/base/clock.ts'
import { createContext } from '../src/create-context.ts'
import { loadConfig } from '../src/settings/config.ts'
import { memoryNodes } from './memory-nodes.ts'

/** As many as a curve keeps, and how far they lie apart. */
const POINTS = 120
const APART_MS = 5 * 60_000
/** A session takes a turn in one of so many sweeps. */
const SWEEPS_A_TURN = 10

/**
 * Gives the sessions of a fleet in memory the past that they have after ten hours: curves that are as long as they get.
 * Without it the memory of a long run would grow because its curves do, and not only then.
 */
export async function writeFullCurves(
  settings: Record<string, string>,
  { nodes, share }: { nodes: number; share: number },
): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  let ago = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() - ago }
  const fleet = memoryNodes({ nodes, share, clock })
  const { context, histories, close } = await createContext(loadConfig(settings, { discord: 'optional' }), {
    log,
    ssh: 'none',
  })
  for (let point = POINTS; point > 0; point -= 1) {
    ago = point * APART_MS
    fleet.answerAs(-point * SWEEPS_A_TURN)
    for (const node of context.registry.list())
      histories.observe(await fleet.link(node).snapshot({ deadlineMs: APART_MS }))
  }
  await histories.save(true)
  await close()
}
