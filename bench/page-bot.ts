import { performance } from 'node:perf_hooks'
import { systemClock } from '../src/base/clock.ts'
import { createApp } from '../src/create-app.ts'
import { createToken } from '../src/operations/manage-tokens.ts'
import { runOperation } from '../src/operations/run-operation.ts'
import { loadConfig } from '../src/settings/config.ts'
import { memoryNodes } from './memory-nodes.ts'

/**
 * The bot of {@link file://./page.ts}, in a process of its own as people run it: takes its settings and how many nodes there
 * are as JSON. Its own schedule looks at the nodes all the time; a tenth of their sessions takes a turn between two passes.
 */
const { settings, nodes, share, tokens } = JSON.parse(process.argv[2] ?? '') as {
  settings: Record<string, string>
  nodes: number
  share: number
  tokens: number
}
const TURN_MS = 1_000
const log = { debug() {}, info() {}, warn() {}, error() {} }
const admin = { face: 'cli', id: 'bench', name: 'bench', grants: [{ level: 'admin', tags: null }] } as const
const app = await createApp(loadConfig(settings), { log })
const fleet = memoryNodes({ nodes, share, clock: systemClock })
let turn = 0
fleet.answerAs(turn)
const { context } = app.owned
context.nodes = { ...context.nodes, link: fleet.link }
await app.start()
const turns = setInterval(() => fleet.answerAs(++turn), TURN_MS)
const made: string[] = []
for (let count = 0; count < tokens; count += 1) {
  const input = { name: `bench ${count}`, level: 'viewer', minutes: 600 }
  made.push((await runOperation(context, admin, createToken, input)).data.token)
}
const person = {
  via: 'cli',
  id: 'bench',
  name: 'bench',
  grants: [{ level: 'admin', tags: null }],
  language: 'en',
} as const

process.on('message', async (order: 'link' | 'usage' | 'rename' | 'seen' | 'stop') => {
  if (order === 'link') {
    const { secret } = await context.signIns.createLink({ ...person, grants: [...person.grants] }, 60_000)
    process.send?.({ link: `${await context.signIns.address()}/#login=${secret}` })
  }
  if (order === 'usage')
    process.send?.({
      usage: process.cpuUsage(),
      at: performance.now(),
      rssMb: process.memoryUsage.rss() / 2 ** 20,
    })
  if (order === 'seen')
    process.send?.({
      seen: context.registry.list().filter(({ id }) => context.snapshots.get(id) !== undefined).length,
    })
  if (order === 'rename') {
    const name = `changed ${turn}-${Math.round(performance.now())}`
    const at = Date.now()
    await context.registry.update('node-0', (node) => ({ ...node, name }))
    process.send?.({ name, at })
  }
  if (order === 'stop') {
    clearInterval(turns)
    await app.stop()
    process.exit(0)
  }
})
process.send?.({ api: app.apiUrl(), tokens: made })
