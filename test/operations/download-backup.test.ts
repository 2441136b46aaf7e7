import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { downloadBackup } from '../../src/operations/download-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

let fleet: Fleet
const admin = actor('admin')

beforeAll(async () => {
  fleet = await startFleet([{ id: 'one', name: 'One', version: '2026.9.6', agents: [{ id: 'main' }] }], {
    OCM_BACKUP_FREE_MB: '1',
  })
  await runOperation(fleet.context, admin, backupNode, { node: 'one' })
})
afterAll(() => fleet.close())

const download = (input: object = {}, who = admin) =>
  runOperation(fleet.context, who, downloadBackup, { node: 'one', ...input })
const remains = () => readdirSync(join(fleet.folder, 'backups', 'scratch'))

describe('a backup as one file', () => {
  it('holds every file as it was, for its owner alone', async () => {
    const { outcome, data } = await download()
    expect([outcome, data.recipients, data.name]).toEqual(['done', 0, `one-${data.backup.id}.tar.gz`])
    expect([statSync(data.path).mode & 0o777, statSync(data.path).size]).toEqual([0o600, data.bytes])
    const config = join(fleet.node('one').home, '.openclaw', 'openclaw.json')
    const { stdout } = spawnSync('tar', ['-xzOf', data.path, config.slice(1)], { encoding: 'utf8' })
    expect(stdout).toBe(readFileSync(config, 'utf8'))
  })

  it('is for admins, as it holds what the node keeps secret', async () => {
    await expect(download({}, actor('operator'))).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('is not made for a channel without a key', async () => {
    await expect(download({ encrypted: true })).rejects.toMatchObject({ code: 'download-not-encrypted' })
  })

  it('is not made where it would be too large, and where its disk has no room', async () => {
    const before = remains()
    await expect(download({ maxBytes: 100 })).rejects.toMatchObject({ code: 'archive-too-large' })
    const { context } = fleet
    const limits = { ...context.limits, backup: { ...context.limits.backup, floorBytes: 2 ** 60 } }
    const full = runOperation({ ...context, limits }, admin, downloadBackup, { node: 'one' })
    await expect(full).rejects.toMatchObject({ code: 'backup-disk-floor' })
    expect(remains()).toEqual(before)
  })

  it('is not made of a backup that is damaged', async () => {
    const before = remains()
    const objects = join(fleet.folder, 'backups', 'objects')
    for (const folder of readdirSync(objects))
      for (const name of readdirSync(join(objects, folder))) {
        const path = join(objects, folder, name)
        const content = readFileSync(path)
        content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1
        writeFileSync(path, content)
      }
    await expect(download()).rejects.toMatchObject({ code: 'backup-damaged' })
    expect(remains()).toEqual(before)
  })
})
