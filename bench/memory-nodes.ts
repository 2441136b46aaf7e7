import { emptyRegistry } from '../registry/parse.ts'
import type { RegistryData } from '../registry/schema.ts'
import type { Clock } from '../src/base/clock.ts'
import type { NodesPort } from '../src/openclaw/ports.ts'
import type { NodeSnapshot } from '../src/openclaw/snapshot.ts'
import { nodeRecord } from '../test/discord/extremes.ts'
import { healthySnapshot, sessionFacts } from '../test/support/snapshots.ts'

/** Of each node. */
export const SESSIONS = 8
const USABLE = 165_952
/** A session takes a turn in one of so many sweeps. */
const SWEEPS_A_TURN = 10
/** What a turn adds to a session that is calm, and to one that fills up. */
const TURN = 400
/** From one compaction to the next, in turns. */
const CYCLE = 40
/** How often every session has compacted before. */
const PAST_CYCLES = 100
const CALM_SHARE = 0.3
const FULL_SHARE = 0.92
/** What stands above a threshold begins just above the lowest one and compacts at last. */
const ABOVE_FROM = 0.66
const COMPACTS_AT = 0.97

const idOf = (index: number) => `node-${index}`

/** A registry of nodes that live in memory. */
export function registryOf(nodes: number): RegistryData {
  const record = (index: number) =>
    nodeRecord({ id: idOf(index), host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` })
  return { ...emptyRegistry(), nodes: Array.from({ length: nodes }, (_, index) => record(index)) }
}

/** How full a session is, and how often it has compacted. */
interface Fill {
  used: number
  compactions: number
}

/** What a session is after so many turns of this run; a turn before it has a negative number. */
type FillOf = (session: number, turns: number, share: number) => Fill

/** Each session keeps its place and grows for ever: what a few sweeps see. */
const growing: FillOf = (session, turns, share) => {
  const above = (session * 37) % 100 < share
  return { used: Math.round(USABLE * (above ? FULL_SHARE : CALM_SHARE)) + turns * TURN, compactions: 0 }
}

/**
 * Each session fills up and compacts, again and again, and at any time the same share of them stands above a threshold: in
 * a long run incidents open and end without a pause, and the fleet stays what it was.
 */
export const cycling: FillOf = (session, turns, share) => {
  // Those that take their turn in the same sweep are spread over the cycle.
  const ahead = (Math.floor(session / SWEEPS_A_TURN) * 37) % CYCLE
  const all = turns + PAST_CYCLES * CYCLE + ahead
  const phase = all % CYCLE
  const calm = Math.round(CYCLE * (1 - share / 100))
  const used =
    phase < calm
      ? USABLE * CALM_SHARE + phase * TURN
      : USABLE * (ABOVE_FROM + ((COMPACTS_AT - ABOVE_FROM) * (phase - calm)) / (CYCLE - calm))
  return { used: Math.round(used), compactions: Math.floor(all / CYCLE) }
}

/**
 * Nodes that answer at once. `share` per cent of their sessions stand above a threshold; a tenth of them has taken a turn
 * since the sweep before. With `compacts` their contexts end where OpenClaw compacts, without it they grow for ever.
 */
export function memoryNodes({
  nodes,
  share,
  clock,
  compacts = false,
}: {
  nodes: number
  share: number
  clock: Clock
  compacts?: boolean
}): {
  link: NodesPort['link']
  /** Makes what all nodes answer from now on. */
  answerAs(sweep: number): void
} {
  const fillOf = compacts ? cycling : growing
  const snapshotOf = (index: number, sweep: number): NodeSnapshot => {
    const at = clock.now()
    const sessions = Array.from({ length: SESSIONS }, (_, number) => {
      const session = index * SESSIONS + number
      const turns = Math.floor((sweep + (session % SWEEPS_A_TURN)) / SWEEPS_A_TURN)
      const { used, compactions } = fillOf(session, turns, share)
      return sessionFacts(used, {
        key: `agent:main:${number}`,
        sessionId: `s-${number}`,
        compactionCount: compactions,
        lastInteractionAt: at,
      })
    })
    const healthy = healthySnapshot({ nodeId: idOf(index), observedAt: at })
    return { ...healthy, sessions: { ...healthy.sessions, value: sessions } as NodeSnapshot['sessions'] }
  }
  let answers: NodeSnapshot[] = []
  const link = (node: { id: string }) => ({
    nodeId: node.id,
    isDialing: false,
    snapshot: async () => answers[Number(node.id.slice(5))],
    events: () => () => {},
    hello: async () => ({ methods: new Set() }),
    rpc: async () => ({}),
  })
  return {
    link: link as never,
    answerAs(sweep) {
      answers = Array.from({ length: nodes }, (_, index) => snapshotOf(index, sweep))
    },
  }
}
