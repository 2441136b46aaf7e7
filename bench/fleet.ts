import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REGISTRY_VERSION, type RegistryData } from '../registry/schema.ts'

/** What an ocm process of the bench needs to know; handed over as JSON. */
export interface Fleet {
  dataDir: string
  userKey: string
  hostKey: { type: string; key: string }
  hosts: string[]
  gatewayPort: number
}

/**
 * The settings of a bot that looks after the fleet; everything else is as users get it. The deadline is generous, so
 * that a busy machine makes a run slow and not wrong.
 */
export function settingsOf(fleet: Fleet): Record<string, string> {
  return {
    OCM_DATA_DIR: fleet.dataDir,
    OCM_SSH_KEY: fleet.userKey,
    OCM_SSH_AGENT: 'none',
    OCM_LOG_LEVEL: 'error',
    OCM_LIST_DEADLINE_MS: '60000',
  }
}

/** Writes the registry of a fleet into its data folder. */
export function writeFleet(fleet: Fleet): void {
  const stamp = new Date().toISOString()
  const { type, key } = fleet.hostKey
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
  const hostKey = { type, key, fingerprint: `SHA256:${digest}`, approvedAt: stamp, approvedBy: 'bench' }
  const data: RegistryData = {
    version: REGISTRY_VERSION,
    revision: 0,
    jumps: {},
    nodes: fleet.hosts.map((host, index) => ({
      id: `n${index}`,
      name: `Node ${index}`,
      host,
      sshPort: 22,
      sshUser: 'root',
      gatewayPort: fleet.gatewayPort,
      ocPath: null,
      unit: null,
      jump: null,
      tags: [],
      state: 'active',
      stateReason: null,
      maintenance: null,
      hostKeys: [hostKey],
      agents: [],
      createdAt: stamp,
      updatedAt: stamp,
      retiredAt: null,
    })),
  }
  mkdirSync(fleet.dataDir, { recursive: true })
  writeFileSync(join(fleet.dataDir, 'registry.json'), JSON.stringify(data), { mode: 0o600 })
}
