import { join } from 'node:path'
import { cpuGroup } from './accounting.ts'
import { firstMessage, startChild } from './bot-process.ts'
import { chatSuite } from './chat-suite.ts'
import { startLab } from './lab.ts'
import { oldSuite } from './old-suite.ts'
import type { Results } from './report.ts'
import { createRivals } from './rivals.ts'
import { silentHalfSuite } from './silent-suite.ts'
import {
  type Bench,
  blackHoleSuite,
  coldSuite,
  heldSuite,
  memorySuite,
  scaleSuite,
  statusSuite,
} from './suites.ts'

/** The part of the bench that runs inside its own namespaces. Takes its order as JSON, hands its results to the parent. */
export interface Order {
  run: string
  only: readonly string[]
  available: readonly string[]
  scale: Bench['scale']
}

const order = JSON.parse(process.argv[2] ?? '') as Order
const groups = { client: cpuGroup(order.run, 'client'), server: cpuGroup(order.run, 'server') }
const program = (name: string) => join(import.meta.dirname, `${name}.js`)
const say = (line: string) => process.stdout.write(`${line}\n`)

const gateway = startChild(program('gateway-host'), groups.server.joinFile)
const { home, port } = await firstMessage<{ home: string; port: number }>(gateway)
const lab = await startLab({ home, serverGroup: groups.server.joinFile })
const rivals = createRivals(lab, groups.client.joinFile, new Set(order.available))
const bench: Bench = { lab, rivals, groups, program, gatewayPort: port, scale: order.scale, say }

const suites = {
  cold: coldSuite,
  held: heldSuite,
  old: oldSuite,
  memory: memorySuite,
  holes: blackHoleSuite,
  silent: silentHalfSuite,
  status: statusSuite,
  scale: scaleSuite,
  chat: chatSuite,
} satisfies Record<keyof Results, unknown>

const results: Record<string, unknown> = {}
for (const [name, suite] of Object.entries(suites)) {
  if (order.only.length > 0 && !order.only.includes(name)) continue
  const started = performance.now()
  say(`${name}:`)
  results[name] = await suite(bench)
  if (!Array.isArray(results[name])) say(`  ${JSON.stringify(results[name])}`)
  say(`  (${Math.round((performance.now() - started) / 1000)} s)`)
}
process.send?.(results, undefined, {}, () => process.exit(0))
