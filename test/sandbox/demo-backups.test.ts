import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listBackups, verifyBackup } from '../../src/operations/manage-backups.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { prepareBackups } from '../../src/sandbox/stage/demo-backups.ts'
import { DEMO_FLEET } from '../../src/sandbox/stage/demo-fleet.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const WHOLE = 'tokyo-1'
const DAMAGED = 'berlin-3'
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    DEMO_FLEET.filter(({ id }) => id === WHOLE || id === DAMAGED),
    { OCM_BACKUP_FREE_MB: '1' },
  )
  await prepareBackups(fleet.context, { folder: fleet.folder, whole: WHOLE, damaged: DAMAGED })
}, 60_000)
afterAll(() => fleet?.close())

describe('the backups of the demo', () => {
  it('are listed as verified, and a look at all of it finds the one that was damaged since', async () => {
    const { data } = await runOperation(fleet.context, admin, listBackups, {})
    expect(data.backups.map(({ nodeId, verified }) => [nodeId, verified?.sound]).sort()).toEqual([
      [DAMAGED, true],
      [WHOLE, true],
    ])
    const whole = await runOperation(fleet.context, admin, verifyBackup, { node: WHOLE })
    expect(whole.outcome).toBe('done')
    const damaged = await runOperation(fleet.context, admin, verifyBackup, { node: DAMAGED })
    expect(damaged.outcome).toBe('failed')
    expect(damaged.data.verification.problems[0]).toMatchObject({
      code: expect.stringMatching(/^(object|file)-damaged$/),
      subject: expect.any(String),
    })
  })

  it('can be restored', async () => {
    const input = { node: WHOLE }
    const confirmed = await planOperation(fleet.context, admin, restoreNode, input)
    const { data } = await runOperation(fleet.context, admin, restoreNode, input, { confirmed })
    expect(data).toMatchObject({ state: 'restored', serving: true })
  }, 60_000)
})
