import { describe } from 'vitest'
import { BOT_CHANGES, NODES } from './changes/bots.ts'
import { compareChanges } from './compare-changes.ts'

describe('what is done to sessions, bots and files, through Discord, the shell and the API', () => {
  compareChanges(BOT_CHANGES, { nodes: NODES })
})
