import { emptyRegistry } from '../registry/parse.ts'
import type { RegistryData } from '../registry/schema.ts'
import type { Clock } from '../src/base/clock.ts'
import type { NodesPort } from '../src/openclaw/ports.ts'
import type { NodeSnapshot } from '../src/openclaw/snapshot.ts'
import { nodeRecord } from '../test/discord/extremes.ts'
import { healthySnapshot, sessionFacts } from '../test/support/snapshots.ts'

const SESSIONS = 8
const USABLE = 165_952

const idOf = (index: number) => `node-${index}`

/** A registry of nodes that live in memory. */
export function registryOf(nodes: number): RegistryData {
  const record = (index: number) =>
    nodeRecord({ id: idOf(index), host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` })
  return { ...emptyRegistry(), nodes: Array.from({ length: nodes }, (_, index) => record(index)) }
}

/**
 * Nodes that answer at once. `share` per cent of their sessions stand above a threshold; a tenth of them has taken a turn
 * since the sweep before.
 */
export function memoryNodes({ nodes, share, clock }: { nodes: number; share: number; clock: Clock }): {
  link: NodesPort['link']
  /** Makes what all nodes answer from now on. */
  answerAs(sweep: number): void
} {
  const snapshotOf = (index: number, sweep: number): NodeSnapshot => {
    const at = clock.now()
    const sessions = Array.from({ length: SESSIONS }, (_, number) => {
      const session = index * SESSIONS + number
      const above = (session * 37) % 100 < share
      const turns = Math.floor((sweep + (session % 10)) / 10)
      const used = Math.round(USABLE * (above ? 0.92 : 0.3)) + turns * 400
      return sessionFacts(used, {
        key: `agent:main:${number}`,
        sessionId: `s-${number}`,
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
