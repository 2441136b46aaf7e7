import path from 'node:path'
import { must } from './command.ts'
import { type Fleet, startFleet } from './fleet.ts'

let fleet: Promise<Fleet> | undefined

/**
 * The one fleet of a test run: two nodes with OpenClaw 2026.9.6, one with 2026.2.17 and one that never had any. Test
 * files run one after another in the same process (`isolate: false`), so the first to ask starts it and all share it.
 * Whoever breaks a node mends it. teardown.ts removes the fleet after the last file.
 */
export function sharedFleet(): Promise<Fleet> {
  fleet ??= start()
  return fleet
}

async function start(): Promise<Fleet> {
  const asked = performance.now()
  await must(path.join(import.meta.dirname, 'prepare.sh'), [], { timeoutMs: 600_000 })
  const prepared = performance.now()
  const started = await startFleet({
    nodes: [
      {
        name: 'atlas',
        openclaw: '2026.9.6',
        agents: ['main', 'research'],
        sessions: [
          { agent: 'main', tokens: 15_000 },
          { agent: 'research', key: 'discord:channel:4711', tokens: 172_000, cachedTokens: 171_990 },
        ],
      },
      { name: 'boreas', openclaw: '2026.9.6', sessions: [{ agent: 'main', tokens: 90_000 }] },
      {
        name: 'cirrus',
        openclaw: '2026.2.17',
        agents: ['main', 'ops', 'support'],
        sessions: [{ agent: 'support', tokens: 120_000 }],
      },
      { name: 'dune', openclaw: null },
    ],
  })
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
  console.log(`prepared in ${seconds(asked, prepared)}, up in ${seconds(prepared, performance.now())}`)
  return started
}
