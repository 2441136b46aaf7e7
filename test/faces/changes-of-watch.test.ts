import { describe, expect, it } from 'vitest'
import { operations } from '../../src/operations/index.ts'
import { BACKUP_CHANGES } from './changes/backups.ts'
import { BOT_CHANGES } from './changes/bots.ts'
import { NODE_CHANGES } from './changes/nodes.ts'
import { NODES, NOT_COMPARED, WATCH_CHANGES } from './changes/watch.ts'
import { compareChanges } from './compare-changes.ts'

describe('each change', () => {
  it('is compared as it succeeds, or there is a reason why not', () => {
    const known = [NODE_CHANGES, BOT_CHANGES, BACKUP_CHANGES, WATCH_CHANGES, NOT_COMPARED].flatMap((one) =>
      Object.keys(one),
    )
    const changing = operations.filter(({ effect }) => effect !== 'read').map(({ name }) => name)
    expect(known.sort()).toEqual(changing.sort())
  })
})

describe('what is done to incidents, requests and the board, through Discord, the shell and the API', () => {
  compareChanges(WATCH_CHANGES, { nodes: NODES })
})
