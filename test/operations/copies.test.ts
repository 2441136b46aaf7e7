import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { compactTime } from '../../src/base/compact-time.ts'
import { checkOffsite } from '../../src/cli/doctor/offsite.ts'
import { backupDigestOf } from '../../src/operations/backup-digest.ts'
import { backupNode } from '../../src/operations/backup-node.ts'
import type { Context } from '../../src/operations/context.ts'
import { type CopyStep, copyBackup } from '../../src/operations/copy-backup.ts'
import { CopySchedule } from '../../src/operations/copy-schedule.ts'
import { fetchBackup } from '../../src/operations/fetch-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { tidyBackups } from '../../src/operations/tidy-backups.ts'
import type { Config } from '../../src/settings/config.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { openS3, type S3Server } from '../support/s3-server.ts'

let fleet: Fleet
let s3: Awaited<ReturnType<typeof openS3>>
let server: S3Server

const operator = actor('operator')
const admin = actor('admin')

beforeAll(async () => {
  s3 = await openS3()
  server = s3.server
  const node = { version: '2026.9.6' as const, agents: [{ id: 'main' }] }
  fleet = await startFleet(
    [
      { id: 'alpha', name: 'Alpha', ...node },
      { id: 'beta', name: 'Beta', ...node },
    ],
    {
      OCM_BACKUP_FREE_MB: '1',
      OCM_BACKUP_KEEP: 'last=2',
      OCM_STATUS_DEADLINE_MS: '60000',
      OCM_OFFSITE_BUCKET: 'backups',
      OCM_OFFSITE_ENDPOINT: server.endpoint.origin,
      OCM_OFFSITE_KEY_ID: server.keys.accessKeyId,
      OCM_OFFSITE_SECRET: server.keys.secretAccessKey,
    },
  )
})
afterEach(() => {
  server.fault = () => null
})
afterAll(async () => {
  await fleet.close()
  await s3.close()
})

const lastId = new Map<string, string>()
async function backUp(node: string): Promise<string> {
  // Two of one second have no order.
  const second = lastId.get(node)?.split('-')[0]
  await expect.poll(() => compactTime(Date.now()), { timeout: 5_000 }).not.toBe(second)
  const { id } = (await runOperation(fleet.context, operator, backupNode, { node }, {})).data.backup
  lastId.set(node, id)
  return id
}
const copy = (node: string, more: object = {}) =>
  runOperation(fleet.context, operator, copyBackup, { node, ...more }, {})
const bring = (node: string, more: object = {}) =>
  runOperation(fleet.context, admin, fetchBackup, { node, ...more }, {})
/** What is told of copies that fail. */
const told = () =>
  fleet.context.incidents
    .state()
    .incidents.filter(({ topic, state }) => topic === 'backup-copies' && state !== 'resolved')
    .map(({ subject, level, cause, params }) => [subject.nodeId, level, cause, params.why])
const rowOf = async (node: string, id: string) =>
  (await fleet.context.backups.list(node)).find((row) => row.id === id)

describe('a backup that is copied away', () => {
  it('is told of where it lies, and only once it was found there', async () => {
    const id = await backUp('alpha')
    expect(await rowOf('alpha', id)).toMatchObject({ offSite: null })
    const steps: CopyStep[] = []
    const report = await runOperation(
      fleet.context,
      operator,
      copyBackup,
      { node: 'alpha' },
      { onProgress: (step) => steps.push(step) },
    )
    expect(report.outcome).toBe('done')
    expect(report.data).toMatchObject({ target: 's3://backups/ocm', mended: 0, removed: [] })
    expect(report.data.backup.offSite).toMatchObject({ readAt: null, problem: null })
    expect(report.data.backup.offSite?.at).toBeGreaterThan(0)
    expect(steps.at(-1)).toEqual({ step: 'copying-out', bytes: report.data.bytes, total: report.data.bytes })
  })

  it('comes back into a store that was lost, sound', async () => {
    const id = await backUp('alpha')
    await copy('alpha')
    const folder = join(fleet.folder, 'backups')
    for (const name of ['nodes', 'objects'])
      for (const one of readdirSync(join(folder, name))) rmSync(join(folder, name, one), { recursive: true })
    const { outcome, data } = await bring('alpha')
    expect(outcome).toBe('done')
    expect(data.backup).toMatchObject({ id, verified: { sound: true }, offSite: { problem: null } })
    expect(data.brought.files).toBeGreaterThan(0)
    expect(data.others).toBeGreaterThan(0)
    expect((await bring('alpha')).data.brought.files).toBe(0)
  })

  it('stays what it is when the copy fails, and that is told with the reason', async () => {
    const id = await backUp('beta')
    server.fault = ({ method }) => (method === 'PUT' ? { status: 507, code: 'XMinioStorageFull' } : null)
    await expect(copy('beta')).rejects.toMatchObject({ code: 'offsite-failed', params: { why: 'full' } })
    expect(await rowOf('beta', id)).toMatchObject({
      verified: { sound: true },
      offSite: { at: null, problem: { why: 'full' } },
    })
    server.fault = () => null
    await copy('beta')
    server.fault = () => ({ status: 403, code: 'InvalidAccessKeyId' })
    await expect(copy('beta')).rejects.toMatchObject({ params: { why: 'credentials' } })
    // What lay there a moment ago is not said to be gone.
    expect((await rowOf('beta', id))?.offSite).toMatchObject({
      at: expect.any(Number),
      problem: { why: 'credentials' },
    })
  })

  it('has its older copies removed there by what is to be kept', async () => {
    const ids = [await backUp('beta')]
    await copy('beta')
    for (let more = 0; more < 2; more += 1) {
      ids.push(await backUp('beta'))
      await copy('beta')
    }
    const there = () =>
      [...server.objects.keys()].flatMap((key) => /copies\/beta\/([^.]+)\./.exec(key)?.[1] ?? []).sort()
    expect(there()).toEqual(ids.slice(-2))
    expect(existsSync(join(fleet.folder, 'backups', 'nodes', 'beta', `${ids[0]}.copy.json`))).toBe(false)
  })

  it('is asked for by name where there is another one', async () => {
    await expect(bring('beta', { backup: '20260101T000000Z-000000' })).rejects.toMatchObject({
      code: 'unknown-copy',
    })
    await expect(copy('beta', { backup: 'nothing' })).rejects.toMatchObject({ code: 'unknown-backup' })
  })

  it('brings its key into no audit and no log', async () => {
    server.fault = () => ({ status: 403, code: 'SignatureDoesNotMatch' })
    await copy('beta').catch(() => undefined)
    const said = JSON.stringify([await fleet.audit(), fleet.log])
    expect(said).not.toContain(server.keys.secretAccessKey)
    expect(said).not.toContain(server.keys.accessKeyId)
  })

  it('is brought back by an admin alone', async () => {
    const asked = runOperation(fleet.context, operator, fetchBackup, { node: 'alpha' }, {})
    await expect(asked).rejects.toMatchObject({ code: 'not-allowed' })
  })
})

describe('the copies that the bot makes', () => {
  const scheduleOn = (changes: Partial<Context> = {}) => new CopySchedule({ ...fleet.context, ...changes })
  const passed = async (one: CopySchedule) => {
    one.pass()
    await one.settled()
  }
  const puts = () => server.seen.filter(({ method }) => method === 'PUT').length

  it('are of the newest verified backup of each node, once', async () => {
    const [alpha, beta] = [await backUp('alpha'), await backUp('beta')]
    const schedule = scheduleOn()
    await passed(schedule)
    for (const [node, id] of [
      ['alpha', alpha],
      ['beta', beta],
    ] as const)
      expect((await rowOf(node, id))?.offSite).toMatchObject({ at: expect.any(Number), problem: null })
    const before = puts()
    await passed(schedule)
    await passed(scheduleOn())
    expect(puts()).toBe(before)
    const lines = (await fleet.audit()).filter(({ operation }) => operation === 'copy-backup')
    expect(lines.at(-1)).toMatchObject({ face: 'monitor', actorId: 'schedule', result: 'done' })
  })

  it('wait when the target fails, ask it again later, and are told of meanwhile', async () => {
    const clock = createFakeClock(Date.now())
    const id = await backUp('alpha')
    server.fault = () => ({ status: 403, code: 'AccessDenied' })
    const schedule = scheduleOn({ clock })
    await passed(schedule)
    const asked = server.seen.length
    await passed(schedule)
    expect(server.seen).toHaveLength(asked)
    expect((await rowOf('alpha', id))?.offSite).toMatchObject({ at: null, problem: { why: 'denied' } })
    expect(told()).toEqual([[null, 'notice', 'copies-failing', 'denied']])
    await runOperation(fleet.context, admin, setRule, { name: 'backupEvery', value: 24 })
    const digest = await backupDigestOf(fleet.context, fleet.context.registry.list())
    expect(digest?.offSite).toEqual({ copied: 1, late: [{ id: 'alpha', name: 'Alpha' }] })
    server.fault = () => null
    clock.block(16 * 60_000)
    await passed(schedule)
    expect((await rowOf('alpha', id))?.offSite?.problem).toBeNull()
    expect(told()).toEqual([])
    const after = await backupDigestOf(fleet.context, fleet.context.registry.list())
    expect(after?.offSite).toEqual({ copied: 2, late: [] })
  })

  it('are of no concern once no place is set up any more', async () => {
    await backUp('alpha')
    server.fault = () => ({ status: 403, code: 'AccessDenied' })
    await passed(scheduleOn())
    expect(told()).toHaveLength(1)
    const { backups } = fleet.context
    const copies = { ...backups.copies, target: null }
    await passed(scheduleOn({ backups: { ...backups, copies } }))
    expect(told()).toEqual([])
    server.fault = () => null
    await copy('alpha')
  })

  it('have what no copy needs removed once a day, and stand whole after it', async () => {
    const key = [...server.objects.keys()].find((one) => one.includes('/objects/')) ?? ''
    const junk = `${key.slice(0, key.indexOf('/objects/'))}/objects/packs/${'0'.repeat(32)}.pack`
    for (const old of [0, 3 * 86_400_000]) {
      server.objects.set(junk, {
        bytes: Buffer.from('x'),
        sha256: null,
        etag: '""',
        storedAt: Date.now() - old,
      })
      await tidyBackups(fleet.context).run(new AbortController().signal)
      expect(server.objects.has(junk)).toBe(old === 0)
    }
    expect((await copy('alpha', { readBack: true })).data).toMatchObject({ sent: { files: 0 }, mended: 0 })
  })

  it('are asked for by doctor, which says what is wrong', async () => {
    const { accessKeyId, secretAccessKey } = server.keys
    const offsite = {
      ...{ bucket: 'backups', prefix: 'ocm', region: 'us-east-1', pathStyle: true },
      ...{ endpoint: server.endpoint.origin, accessKeyId, secretAccessKey },
    }
    const examine = (change: object) =>
      checkOffsite({ offsite: { ...offsite, ...change } } as Config, new AbortController().signal)
    expect(await examine({})).toMatchObject([{ level: 'ok', text: 'doctor.offsite-answers' }])
    expect(await examine({ secretAccessKey: 'another' })).toMatchObject([
      {
        level: 'problem',
        text: 'doctor.offsite-failed',
        mend: 'doctor.offsite-failed.mend',
        params: { why: 'credentials' },
      },
    ])
    expect(await checkOffsite({ offsite: null } as Config, new AbortController().signal)).toEqual([])
  })
})
