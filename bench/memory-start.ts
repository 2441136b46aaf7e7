import { createContext } from '../src/create-context.ts'
import { loadConfig } from '../src/settings/config.ts'

/**
 * A start with a history: `tsx bench/memory-start.ts FOLDER` opens a data folder and then reads everything that is
 * remembered of every node, as the first sweep does. Prints one line of JSON: milliseconds, and the memory afterwards.
 */
const [folder = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error() {} }
const settings = { OCM_DATA_DIR: folder, OCM_SSH_KEY: `${folder}/none`, OCM_SSH_AGENT: 'none' }
const began = performance.now()
const cpu = process.cpuUsage()
const spent = () => {
  const { user, system } = process.cpuUsage(cpu)
  return (user + system) / 1_000
}
const { context, close } = await createContext(loadConfig(settings, { discord: 'optional' }), {
  log,
  ssh: 'none',
})
const opened = { wallMs: performance.now() - began, cpuMs: spent() }
for (const { id } of context.registry.list()) {
  context.snapshots.get(id)
  context.histories.get(id, '')
}
const read = { allReadWallMs: performance.now() - began, allReadCpuMs: spent() }
process.stdout.write(JSON.stringify({ ...opened, ...read, rssMb: process.memoryUsage.rss() / 2 ** 20 }))
await close()
