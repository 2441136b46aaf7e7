import { describe } from 'vitest'
import { BACKUP_CHANGES, NODES, PROGRAMS, settings } from './changes/backups.ts'
import { compareChanges } from './compare-changes.ts'

describe('what is done to backups and programs, through Discord, the shell and the API', () => {
  compareChanges(BACKUP_CHANGES, { nodes: NODES, programs: [...PROGRAMS], settings })
})
