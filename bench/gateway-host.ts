import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startNodes } from '../src/sandbox/nodes/start-nodes.ts'

/**
 * One embedded OpenClaw gateway with six agents. Every host of the lab has the same loopback, so this one process
 * plays the gateways of all nodes; its CPU time is accounted for as the servers'. One of the agents talks all the time:
 * its session has moved at every look.
 */
const HOUR_MS = 3_600_000
const agents = Array.from({ length: 6 }, (_, index) => ({
  id: `a${index + 1}`,
  sessions: [{ key: `agent:a${index + 1}:main`, totalTokens: 20_000 * (index + 1), idleMs: index * HOUR_MS }],
}))
const fleet = await startNodes({
  nodes: [{ id: 'gateway', name: 'gateway', version: '2026.9.6', agents, timings: { readyMs: 10 } }],
  authorizedKeys: [],
})
const node = fleet.node('gateway')
writeFileSync(join(node.home, 'gateway.pid'), String(process.pid))
setInterval(() => node.gateway.setSession('agent:a1:main', { totalTokens: 20_000 }), 20_000)
process.send?.({ home: node.home, port: node.gatewayPort })
process.once('disconnect', () => void fleet.close().then(() => process.exit(0)))
