import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Endings } from '../../../src/base/endings.ts'
import { backupNode } from '../../../src/operations/backup-node.ts'
import type { SandboxNodeSpec } from '../../../src/sandbox/stage/start-sandbox.ts'
import { openS3 } from '../../support/s3-server.ts'
import { alpha, type Changes, did, NODE } from './change.ts'

const OLD = '2026.8.1'
export const PROGRAMS = [OLD, '2026.9.6'] as const
const BETA = 'beta'
/** Both are to be updated, one of them with its tag. */
export const NODES: SandboxNodeSpec[] = [
  alpha({ version: OLD }),
  alpha({ version: OLD, id: BETA, name: 'Beta', tags: ['later'] }),
]

/** A bucket elsewhere. */
export async function settings(endings: Endings): Promise<Record<string, string>> {
  const { server, close } = await openS3()
  endings.add(close)
  return {
    OCM_UPDATE_SOAK_MS: '200',
    OCM_OFFSITE_BUCKET: 'backups',
    OCM_OFFSITE_ENDPOINT: server.endpoint.origin,
    OCM_OFFSITE_KEY_ID: server.keys.accessKeyId,
    OCM_OFFSITE_SECRET: server.keys.secretAccessKey,
  }
}

/** What is done to backups and programs. */
export const BACKUP_CHANGES: Changes = {
  'backup-node': {},
  'verify-backup': {},
  'drill-backup': {},
  'copy-backup': {},
  'fetch-backup': {
    async before({ sandbox }) {
      for (const name of ['nodes', 'objects'])
        rmSync(join(sandbox.folder, 'backups', name), { recursive: true })
      return undefined
    },
  },
  'restore-node': {},
  'delete-backup': { before: (world) => did(world, backupNode, { node: NODE }) },
  'fleet-backup': {},
  'update-node': { node: BETA },
  'fleet-update': {},
}
