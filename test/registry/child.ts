import { openRegistry } from '../../registry/registry.ts'
import { systemClock } from '../../src/base/clock.ts'

/** A process of its own that writes: `child.ts <path> <node prefix> <count>` prints each id once it is acknowledged. */
const [path = '', prefix = '', count = '0'] = process.argv.slice(2)
const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }
const registry = await openRegistry({ path, clock: systemClock, log, lockWaitMs: 20_000 })
process.stdout.write('ready\n')
for (let index = 0; index < Number(count); index++) {
  const id = `${prefix}-${index}`
  await registry.add({
    id,
    name: id,
    host: `${id}.example`,
    sshPort: 22,
    sshUser: 'ocm',
    gatewayPort: 18789,
    ocPath: null,
    tags: [],
    hostKeys: [],
  })
  process.stdout.write(`${id}\n`)
}
await registry.close()
