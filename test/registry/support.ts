import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { openRegistry, type Registry, type RegistryOptions } from '../../registry/registry.ts'
import type { NewNode } from '../../registry/schema.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-test-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A registry that is closed after the test. */
export async function open(path: string, options: Partial<RegistryOptions> = {}): Promise<Registry> {
  const registry = await openRegistry({
    path,
    clock: systemClock,
    log: recordingLog().log,
    watchIntervalMs: 20,
    ...options,
  })
  cleanups.push(() => registry.close())
  return registry
}

/** A log that keeps what it was told. */
export function recordingLog(): { log: Log; lines: { level: string; message: string }[] } {
  const lines: { level: string; message: string }[] = []
  const at = (level: string) => (_fields: object, message: string) => void lines.push({ level, message })
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}

/** A node to add; the address follows the id. */
export function newNode(id: string, changes: Partial<NewNode> = {}): NewNode {
  return {
    id,
    name: `Node ${id}`,
    host: `${id}.example`,
    sshPort: 22,
    sshUser: 'ocm',
    gatewayPort: 18789,
    ocPath: null,
    tags: [],
    hostKeys: [],
    ...changes,
  }
}
