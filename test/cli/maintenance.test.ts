import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { auditEntriesIn } from '../support/audit.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { runHere as ocm } from './in-process.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-cli-'))
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
  const keyPath = join(folder, 'id_ed25519')
  await writeFile(keyPath, makeKeyPair().private, { mode: 0o600 })
  vi.stubEnv('OCM_SSH_KEY', keyPath)
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  const file = join(folder, 'old.json')
  await writeFile(
    file,
    JSON.stringify({ nodes: [{ id: 'one', host: '10.0.0.1', sshPort: 22, sshUser: 'oc' }] }),
  )
  expect((await ocm(['registry', 'import', file, '--yes'])).code).toBe(0)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const json = async (...words: string[]) => JSON.parse((await ocm([...words, '--json'])).out)
const set = (...words: string[]) => ocm(['node', 'maintenance', 'one', ...words])

describe('ocm node maintenance', () => {
  it('begins and ends one, and says who, why and for how long', async () => {
    const { code, out } = await set('on', '--reason', 'new disk', '--for', '2h')
    expect(code).toBe(0)
    expect(out).toMatch(/one is in maintenance\n {2}new disk · for .*, by .+, (2 hr|1 hr 59 min) left/)
    const list = await ocm(['node', 'list', '--cached'])
    expect(list.out).toMatch(/one .*maintenance.*new disk · for .* left/)
    expect(list.out).toContain('1 in maintenance')
    expect((await set('off')).out).toContain('one is watched again')
    expect((await ocm(['node', 'list', '--cached'])).out).not.toContain('new disk')
  })

  it('answers as JSON, and leaves the reason in the audit', async () => {
    const answer = await json('node', 'maintenance', 'one', 'on', '--reason', 'new disk', '--for', '90m')
    expect(answer).toMatchObject({
      operation: 'set-maintenance',
      outcome: 'done',
      data: { openIncidents: 0, node: { state: 'maintenance', stateReason: 'new disk' } },
    })
    const { since, until } = answer.data.node.maintenance
    expect(Date.parse(until) - Date.parse(since)).toBe(90 * 60_000)
    expect(auditEntriesIn(join(folder, 'data')).at(-1)).toMatchObject({
      operation: 'set-maintenance',
      operationId: answer.operationId,
      reason: 'new disk',
    })
  })

  it.each([
    ['without a reason', ['on'], 2, 'reason-needed'],
    ['for what is neither on nor off', ['maybe'], 2, 'not-a-choice'],
    ['to end one that never began', ['off'], 6, 'node-not-in-maintenance'],
    ['with a time for the end', ['off', '--for', '1h'], 2, 'invalid-input'],
  ])('is refused %s', async (_name, words, code, error) => {
    expect((await set(...words)).code).toBe(code)
    expect(await json('node', 'maintenance', 'one', ...words)).toMatchObject({ error: { code: error } })
  })

  it('is completed: the node, then on and off, then its options', async () => {
    const complete = async (...words: string[]) =>
      (await ocm(['__complete', '--', ...words])).out.split('\n').map((line) => line.split('\t')[0])
    expect(await complete('node', 'maint')).toContain('maintenance')
    expect(await complete('node', 'maintenance', '')).toContain('one')
    expect(await complete('node', 'maintenance', 'one', '')).toEqual(['on', 'off', ''])
    expect(await complete('node', 'maintenance', 'one', 'on', '--')).toEqual(
      expect.arrayContaining(['--for', '--reason']),
    )
  })
})
