import { median } from './accounting.ts'
import { startBot } from './bot-process.ts'
import { type Bench, type Figures, fleetOf } from './suites.ts'

interface ListAnswer {
  counts: { serving: number; unreachable: number }
  firstHealthyMs: number
}

/** A fleet of which every second node swallows every packet, beside the same fleet in health; nothing is connected. */
export async function silentHalfSuite(bench: Bench): Promise<Figures> {
  const { lab, groups, program, scale, say } = bench
  const hosts = lab.hosts(scale.thousand * 2)
  const dead = hosts.filter((_, index) => index % 2 === 1)
  const rowsAfter: Record<'healthy' | 'half', number[]> = { healthy: [], half: [] }
  for (let round = 0; round < Math.min(2, scale.rounds); round++)
    for (const kind of ['healthy', 'half'] as const) {
      const restore = kind === 'half' ? lab.blackHole(dead) : () => undefined
      const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
      try {
        await bot.run('openContext', fleetOf(bench, `silent-${kind}-${round}`, hosts))
        const { value } = await bot.run<ListAnswer>('list', true)
        const silent = kind === 'half' ? dead.length : 0
        if (value.counts.serving !== hosts.length - silent)
          throw new Error(`the list says ${JSON.stringify(value.counts)}`)
        rowsAfter[kind].push(value.firstHealthyMs / 1000)
        say(`  ${round + 1} ${kind}: all healthy rows after ${(value.firstHealthyMs / 1000).toFixed(1)} s`)
      } finally {
        restore()
        await bot.end()
      }
    }
  return {
    nodes: hosts.length,
    rowsOfHealthyS: median(rowsAfter.healthy),
    rowsOfHalfS: median(rowsAfter.half),
  }
}
