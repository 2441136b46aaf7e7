import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRegistry, type Registry } from '../../registry/registry.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../ssh/rig.ts'
import { type OpenedRegistry, registryContract } from './registry.contract.ts'

registryContract('a file', async () => {
  const { path, remove } = await folder()
  const registry = await openFile(path)
  return opened([registry], registry, registry, remove)
})

registryContract('a file that a second instance has open', async () => {
  const { path, remove } = await folder()
  const [registry, witness] = [await openFile(path), await openFile(path)]
  return opened([registry, witness], registry, witness, remove)
})

registryContract('a file that another instance has open by a link', async () => {
  const { path, remove } = await folder()
  await mkdir(join(path, '..', 'real'))
  const real = join(path, '..', 'real', 'fleet.json')
  await writeFile(real, '{"version":1,"revision":0,"nodes":[]}', { mode: 0o600 })
  await symlink(join('real', 'fleet.json'), path)
  const [registry, witness] = [await openFile(real), await openFile(path)]
  return opened([registry, witness], registry, witness, remove)
})

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'ocm-contract-'))
  return {
    path: join(path, 'registry.json'),
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/** Looks often, so that a change elsewhere is seen within a test. */
function openFile(path: string): Promise<Registry> {
  return openRegistry({ path, clock: systemClock, log: silentLog, watchIntervalMs: 20 })
}

function opened(
  all: readonly Registry[],
  registry: Registry,
  witness: Registry,
  remove: () => Promise<void>,
): OpenedRegistry {
  return {
    registry,
    witness,
    async close() {
      for (const each of all) await each.close()
      await remove()
    },
  }
}
