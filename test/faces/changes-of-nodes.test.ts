import { describe } from 'vitest'
import { NODE_CHANGES, NODES } from './changes/nodes.ts'
import { compareChanges } from './compare-changes.ts'

describe('what is done to machines, through Discord, the shell and the API', () => {
  compareChanges(NODE_CHANGES, { nodes: NODES, programs: ['2026.9.6'] })
})
