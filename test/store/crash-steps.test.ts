import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createContext } from '../../src/create-context.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { thisProcess } from '../../src/state/file-lock.ts'
import { buildChild, type ChildProgram, hasStrace } from '../support/children.ts'
import { type KeptLog, keepLog } from '../support/log-keeper.ts'
import { auditEntry, settingsFor } from './records.ts'

/** All steps with the switch of the long loops, a sample spread over them without it. */
const SAMPLE = process.env.OCM_KILL_ROUNDS === undefined ? 2 : Number.POSITIVE_INFINITY
/** What changes a file or makes a change durable. */
const CALLS = ['pwrite64', 'rename', 'fdatasync', 'fsync', 'unlink', 'ftruncate']

let program: ChildProgram
let folder: string
let log: KeptLog

beforeAll(async () => {
  program = await buildChild(fileURLToPath(new URL('child.ts', import.meta.url)))
}, 60_000)
afterAll(() => program.remove())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-steps-'))
  log = keepLog()
})
afterEach(() => rm(folder, { recursive: true }))

const config = () => loadConfig(settingsFor(folder), { discord: 'optional' })

/** Starts ocm in the folder and kills it at the `step`-th call of one kind. False when it came to its end before. */
async function killedAt(call: string, step: number): Promise<boolean> {
  const inject = `inject=${call}:signal=KILL:when=${step}`
  const wrapper = ['strace', '-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
  // With one thread the calls come in the same order each time.
  const child = program.start([folder, 'open'], { wrapper, env: { UV_THREADPOOL_SIZE: '1' } })
  return (await child.ended) !== 0
}

/** Starts ocm here, as the next start after a crash, and says what it has. */
async function startAndRead() {
  const { context, store, histories, close } = await createContext(config(), { log, ssh: 'none' })
  try {
    return {
      rules: context.rules.value().overrides,
      audit: (await context.audit.find({ limit: 1_000 })).lines.map(({ operationId }) => operationId).sort(),
      curve: histories.get('alpha', 'agent:main:1')?.points.map(({ used }) => used),
      unfinished: context.journal.unfinished().map(({ operationId }) => operationId),
      revisions: typeof (await store.transaction((tx) => tx.revision())),
    }
  } finally {
    await close()
  }
}

/** Every step of `CALLS` at which a crash can happen, found by starting until nothing is left to be killed. */
async function eachCrash(
  prepare: () => Promise<void>,
  verify: (at: string) => Promise<void>,
): Promise<number> {
  let crashes = 0
  for (const call of CALLS) {
    for (let step = 1, by = 1; ; step += by) {
      await rm(folder, { recursive: true })
      await mkdir(folder)
      await prepare()
      if (!(await killedAt(call, step))) break
      crashes++
      await verify(`${call} ${step}`)
      if (step >= SAMPLE) by = step
    }
  }
  return crashes
}

const files = async () =>
  (await readdir(folder)).filter((name) => !/^(ocm|cache)\.db|^locks$|\.tmp$/.test(name)).sort()

describe.skipIf(!hasStrace())('the files of an older ocm', () => {
  const audit = Array.from({ length: 50 }, (_, index) => auditEntry(`op-${index}`))
  const history = {
    sessionId: 's',
    points: [
      { at: 1, used: 100, cut: false },
      { at: 2, used: 200, cut: false },
    ],
    compactions: [],
    compactionCount: 0,
    seenAt: 2,
    window: 1_000,
    reserve: 10,
  }
  const rule = { scope: { node: 'alpha' }, set: { diskWarning: 70 } }
  const oldFiles = async () => {
    await mkdir(join(folder, 'jobs'))
    const lines = audit.map((entry) => JSON.stringify(entry)).join('\n')
    const job = {
      operationId: 'op-9',
      operation: 'node-restart',
      nodeId: 'alpha',
      actorId: 'mika',
      startedAt: 'then',
    }
    const owner = { ...(await thisProcess()), pid: 2 ** 22 + 1 }
    const nodes = { alpha: { 'agent:main:1': history } }
    await writeFile(join(folder, 'audit.jsonl'), lines)
    await writeFile(join(folder, 'rules.json'), JSON.stringify({ version: 1, overrides: [rule] }))
    await writeFile(join(folder, 'rules.json.bak'), JSON.stringify({ version: 1, overrides: [] }))
    await writeFile(join(folder, 'histories.json'), JSON.stringify({ version: 1, nodes }))
    await writeFile(join(folder, 'jobs', 'op-9.json'), JSON.stringify({ job, owner }))
  }

  it('are taken over whole and once, whatever a crash in the middle left', async () => {
    const crashes = await eachCrash(oldFiles, async (at) => {
      expect({ at, ...(await startAndRead()) }).toEqual({
        at,
        rules: [rule],
        audit: audit.map(({ operationId }) => operationId).sort(),
        curve: [100, 200],
        unfinished: ['op-9'],
        revisions: 'number',
      })
      expect(await files()).toEqual([
        'audit.jsonl.taken-over',
        'histories.json.taken-over',
        'jobs.taken-over',
        'rules.json.bak.taken-over',
        'rules.json.taken-over',
      ])
      expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
    })
    expect(crashes).toBeGreaterThan(10)
  }, 600_000)
})

describe.skipIf(!hasStrace())('the tables of an older store', () => {
  it('are brought up to date by the next start when a crash came in between', async () => {
    const template = await mkdtemp(join(tmpdir(), 'ocm-steps-old-'))
    await startAndRead()
    const { context, close } = await createContext(config(), { log, ssh: 'none' })
    for (let index = 0; index < 50; index++) await context.audit.append(auditEntry(`op-${index}`))
    await close()
    for (const name of ['ocm.db', 'cache.db']) {
      await copyFile(join(folder, name), join(template, name))
      // What an ocm left that found its records by no index.
      const db = new DatabaseSync(join(template, name))
      for (const { name: index } of db
        .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'find!_%' ESCAPE '!'")
        .all())
        db.exec(`DROP INDEX ${index}`)
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
    }
    const older = async () => {
      for (const name of ['ocm.db', 'cache.db']) await copyFile(join(template, name), join(folder, name))
    }
    const crashes = await eachCrash(older, async (at) => {
      expect({ at, ...(await startAndRead()) }).toMatchObject({ at, audit: { length: 50 } })
      const db = new DatabaseSync(join(folder, 'ocm.db'))
      expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      expect(
        db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'find_audit%'").get(),
      ).toEqual({ n: 2 })
      db.close()
      expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
    })
    expect(crashes).toBeGreaterThan(5)
    await rm(template, { recursive: true })
  }, 600_000)
})
