import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext } from '../../src/create-context.ts'
import type { Histories } from '../../src/monitor/histories.ts'
import type { AccessLevel, Actor, Grant } from '../../src/operations/access.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import type { Context } from '../../src/operations/context.ts'
import type { NodesSandbox, SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../src/sandbox/nodes/start-nodes.ts'
import { type SandboxNodeSpec, writeRegistry } from '../../src/sandbox/stage/start-sandbox.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { auditEntriesIn } from './audit.ts'
import { makeKeyPair } from './key-pair.ts'
import { type KeptLog, keepLog } from './log-keeper.ts'

/** Everything that operations work on, for real: files, SSH and embedded nodes, without a face. */
export interface Fleet {
  context: Context
  histories: Histories
  folder: string
  log: KeptLog
  node(id: string): SandboxNode
  /** The audit as it is on disk. */
  audit(): Promise<AuditEntry[]>
  close(): Promise<void>
}

export async function startFleet(
  specs: SandboxNodeSpec[],
  settings: Record<string, string> = {},
  /** Who has which roles in Discord, which is not there. */
  lookUp: (userId: string) => Promise<readonly Grant[] | null> = async () => null,
): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-fleet-'))
  const log = keepLog()
  const key = makeKeyPair()
  const keyPath = join(folder, 'id_ed25519')
  await writeFile(keyPath, key.private, { mode: 0o600 })
  const nodes: NodesSandbox = await startNodes({ nodes: specs, authorizedKeys: [key.public] })
  await writeRegistry(join(folder, 'registry.json'), specs, nodes.nodes)
  const config = loadConfig(
    { OCM_DATA_DIR: folder, OCM_SSH_KEY: keyPath, OCM_SSH_AGENT: 'none', ...settings },
    { discord: 'optional' },
  )
  const owned = await createContext(config, { log, lookUp })
  return {
    context: owned.context,
    histories: owned.histories,
    folder,
    log,
    node: (id) => nodes.node(id),
    audit: async () => auditEntriesIn(folder),
    async close() {
      await owned.close()
      await nodes.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Someone with this level, on every node or on those with one of the tags. */
export function actor(level: AccessLevel, tags: string[] | null = null): Actor {
  return { face: 'cli', id: level, name: level, grants: [{ level, tags }] }
}
