import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import type { Context } from '../../src/operations/context.ts'
import { copyBackup } from '../../src/operations/copy-backup.ts'
import { downloadBackup } from '../../src/operations/download-backup.ts'
import { drillBackup } from '../../src/operations/drill-backup.ts'
import { fetchBackup } from '../../src/operations/fetch-backup.ts'
import { verifyBackup } from '../../src/operations/manage-backups.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { createBackups } from '../../src/operations/stored-backups.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { openS3 } from '../support/s3-server.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
const admin = actor('admin')
const WORDS = 'said in confidence and nowhere else'
let fleet: Fleet
let withKey: Context
let s3: Awaited<ReturnType<typeof openS3>>

beforeAll(async () => {
  const key = await generateX25519Identity()
  s3 = await openS3()
  fleet = await startFleet([{ id: 'alpha', name: 'Alpha', version: '2026.9.6', agents, timings: TIMINGS }], {
    OCM_BACKUP_FREE_MB: '1',
    OCM_STATUS_DEADLINE_MS: '20000',
    OCM_RESTART_DEADLINE_MS: '30000',
    OCM_BACKUP_STORE_RECIPIENTS: await identityToRecipient(key),
    OCM_OFFSITE_BUCKET: 'backups',
    OCM_OFFSITE_ENDPOINT: s3.server.endpoint.origin,
    OCM_OFFSITE_KEY_ID: s3.server.keys.accessKeyId,
    OCM_OFFSITE_SECRET: s3.server.keys.secretAccessKey,
  })
  const identityPath = join(fleet.folder, 'key.txt')
  writeFileSync(identityPath, `${key}\n`, { mode: 0o600 })
  const { context } = fleet
  withKey = {
    ...context,
    backups: createBackups({
      ...{ folder: join(fleet.folder, 'backups'), clock: context.clock, log: context.log },
      ...{ ...context.limits.backup, identityPath, book: context.backups.book },
      copies: { place: null, rateBytes: null, keep: null },
    }),
  }
  writeFileSync(soul(), WORDS)
})
afterAll(async () => {
  await fleet.close()
  await s3.close()
})

const soul = () => join(fleet.node('alpha').home, '.openclaw', 'workspace', 'SOUL.md')
const input = { node: 'alpha' }
const needed = { code: 'backup-key-needed' }

describe('backups that are encrypted in the store', () => {
  it('are taken, taken again and verified without the private key', async () => {
    const first = await runOperation(fleet.context, admin, backupNode, input)
    expect([first.outcome, first.data.verification.problems]).toEqual(['done', []])
    expect(first.data.verification.databases).toBeGreaterThan(1)
    const second = await runOperation(fleet.context, admin, backupNode, input)
    expect(second.outcome).toBe('done')
    expect(second.data.backup.newBytes).toBeLessThan(first.data.backup.newBytes / 2)
    const { data, outcome } = await runOperation(fleet.context, admin, verifyBackup, input)
    expect([outcome, data.verification.ciphertextOnly]).toEqual(['done', true])
    const folder = join(fleet.folder, 'backups')
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:pack\.age|json|gz)$/.test(name))
        expect(readFileSync(join(folder, name)).includes(WORDS)).toBe(false)
    }
  })

  it('are neither restored, tried out nor downloaded without it, and nothing is touched', async () => {
    const before = fleet.node('alpha').facts()
    const { context } = fleet
    await expect(planOperation(context, admin, restoreNode, input)).rejects.toMatchObject(needed)
    await expect(runOperation(context, admin, drillBackup, input)).rejects.toMatchObject(needed)
    await expect(runOperation(context, admin, downloadBackup, input)).rejects.toMatchObject(needed)
    expect(fleet.node('alpha').facts().pid).toBe(before.pid)
    expect(readdirSync(join(fleet.folder, 'backups', 'scratch'))).toEqual([])
  })

  it('are verified in full, tried out and restored with it', async () => {
    const { data } = await runOperation(withKey, admin, verifyBackup, input)
    expect([data.verification.sound, data.verification.ciphertextOnly]).toEqual([true, undefined])
    expect((await runOperation(withKey, admin, drillBackup, input)).outcome).toBe('done')
    writeFileSync(soul(), 'I was changed.')
    const confirmed = await planOperation(withKey, admin, restoreNode, input)
    const { outcome, data: restored } = await runOperation(withKey, admin, restoreNode, input, { confirmed })
    expect(restored).toMatchObject({ state: 'restored', serving: true, fault: null })
    expect(outcome).toBe('done')
    expect(readFileSync(soul(), 'utf8')).toBe(WORDS)
  }, 120_000)

  it('are copied away, and come back into a lost store, without it; nobody there can read them', async () => {
    const taken = (await runOperation(fleet.context, admin, backupNode, input)).data.backup
    expect((await runOperation(fleet.context, admin, copyBackup, input)).outcome).toBe('done')
    expect(s3.server.objects.size).toBeGreaterThan(2)
    for (const [key, { bytes }] of s3.server.objects)
      expect([key, bytes.includes(WORDS)]).toEqual([key, false])
    const folder = join(fleet.folder, 'backups')
    for (const name of ['nodes', 'objects'])
      for (const one of readdirSync(join(folder, name))) rmSync(join(folder, name, one), { recursive: true })
    const { outcome, data } = await runOperation(fleet.context, admin, fetchBackup, input)
    expect([outcome, data.backup.id, data.backup.verified?.sound]).toEqual(['done', taken.id, true])
    expect((await runOperation(withKey, admin, drillBackup, input)).outcome).toBe('done')
  })
})
