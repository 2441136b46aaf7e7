import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { copyBackup } from '../../src/operations/copy-backup.ts'
import { fetchBackup } from '../../src/operations/fetch-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { environmentBeside } from '../support/killed-ocm.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'
import { openS3, type S3Server } from '../support/s3-server.ts'

let fleet: Fleet
let s3: Awaited<ReturnType<typeof openS3>>
let server: S3Server
let program: BuiltProgram
let settings: Record<string, string>
let backup: string

beforeAll(async () => {
  s3 = await openS3()
  server = s3.server
  settings = {
    OCM_BACKUP_FREE_MB: '1',
    OCM_STATUS_DEADLINE_MS: '60000',
    OCM_OFFSITE_BUCKET: 'backups',
    OCM_OFFSITE_ENDPOINT: server.endpoint.origin,
    OCM_OFFSITE_KEY_ID: server.keys.accessKeyId,
    OCM_OFFSITE_SECRET: server.keys.secretAccessKey,
  }
  const node = { id: 'alpha', name: 'Alpha', version: '2026.9.6' as const, agents: [{ id: 'main' }] }
  ;[fleet, program] = await Promise.all([startFleet([node], settings), buildProgram()])
  const report = await runOperation(fleet.context, actor('operator'), backupNode, { node: 'alpha' }, {})
  backup = report.data.backup.id
})
afterAll(async () => {
  await fleet.close()
  await program.remove()
  await s3.close()
})

/** Runs a command as a process of its own and kills it as it asks for the `nth` time in this way. Whether it came so far. */
async function killedAt(words: readonly string[], method: string, nth: number): Promise<boolean> {
  const child = spawn(process.execPath, [program.main, ...words], {
    env: environmentBeside(fleet, settings),
    stdio: 'ignore',
  })
  const ended = once(child, 'close')
  let asked = 0
  server.fault = (request) => {
    if (request.method !== method || request.key === '') return null
    asked += 1
    if (asked !== nth) return null
    child.kill('SIGKILL')
    return 'silent'
  }
  const [, signal] = await ended
  server.fault = () => null
  return signal === 'SIGKILL'
}

const copiesThere = () => [...server.objects.keys()].filter((key) => key.includes('/copies/'))

describe('an ocm that is killed', () => {
  it('while it copies a backup away leaves no half copy, and the next run goes on', async () => {
    let nth = 1
    for (; await killedAt(['backup', 'copy', 'alpha'], 'PUT', nth); nth += 1)
      expect(copiesThere(), `at PUT ${nth}`).toEqual([])
    expect(nth).toBeGreaterThan(3)
    expect(copiesThere()).toHaveLength(1)
    const input = { node: 'alpha', readBack: true }
    const { data } = await runOperation(fleet.context, actor('operator'), copyBackup, input, {})
    expect(data).toMatchObject({ sent: { files: 0 }, mended: 0 })
  })

  it('while it brings one back has no half backup, and the next run goes on', async () => {
    const folder = join(fleet.folder, 'backups')
    const empty = () => {
      for (const name of ['nodes', 'objects', 'incoming'])
        for (const one of readdirSync(join(folder, name)))
          rmSync(join(folder, name, one), { recursive: true })
    }
    empty()
    let nth = 1
    for (; await killedAt(['backup', 'fetch', 'alpha'], 'GET', nth); nth += 1)
      expect(await fleet.context.backups.list('alpha'), `at GET ${nth}`).toEqual([])
    expect(nth).toBeGreaterThan(3)
    const { outcome, data } = await runOperation(
      fleet.context,
      actor('admin'),
      fetchBackup,
      { node: 'alpha' },
      {},
    )
    expect([outcome, data.backup.id, data.brought.files]).toEqual(['done', backup, 0])
  })
})
