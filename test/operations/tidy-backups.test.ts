import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { tidyBackups } from '../../src/operations/tidy-backups.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([{ id: 'alpha', name: 'Alpha', version: '2026.9.6', agents: [{ id: 'main' }] }])
})
afterAll(() => fleet.close())

it('removes what a broken-off run left of a node that has no backup', async () => {
  const { context } = fleet
  expect((await context.backups.sweep()) ?? 0).toBe(0)
  const remains = join(fleet.folder, 'backups', 'incoming', 'cut-off')
  mkdirSync(remains)
  await tidyBackups(context).run(new AbortController().signal)
  expect(existsSync(remains)).toBe(false)
})

it('says in a list that a node has no verified backup once the folders were read', async () => {
  const { data } = await runOperation(fleet.context, actor('viewer'), listNodes, { live: false })
  expect(data.rows[0]?.backupAt).toMatchObject({ freshness: 'fresh', value: null })
})
