import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { NodesSandbox } from '../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../src/sandbox/nodes/start-nodes.ts'
import { writeRegistry } from '../../src/sandbox/stage/start-sandbox.ts'
import { temporaryFolder } from '../ssh/rig.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { runHere as ocm } from './in-process.ts'

const specs = [
  {
    id: 'one',
    name: 'One',
    version: '2026.9.6' as const,
    agents: [{ id: 'main' }],
    timings: { readyMs: 60 },
  },
  {
    id: 'two',
    name: 'Two',
    version: '2026.9.6' as const,
    agents: [{ id: 'main' }],
    state: 'stopped' as const,
  },
]
const folder = temporaryFolder()
let nodes: NodesSandbox

beforeAll(async () => {
  const key = makeKeyPair()
  const keyPath = join(folder.path, 'id_ed25519')
  await writeFile(keyPath, key.private, { mode: 0o600 })
  nodes = await startNodes({ nodes: specs, authorizedKeys: [key.public] })
  await writeRegistry(join(folder.path, 'registry.json'), specs, nodes.nodes)
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', folder.path)
  vi.stubEnv('OCM_SSH_KEY', keyPath)
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  vi.stubEnv('OCM_BACKUP_FREE_MB', '1')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await nodes.close()
  folder.remove()
})

const json = async (...words: string[]) => {
  const { out, code } = await ocm([...words, '--json'])
  return { ...JSON.parse(out), code }
}

describe('backups on the command line', () => {
  it('says that there are none and how to make one', async () => {
    const { code, out } = await ocm(['node', 'backups', 'one'])
    expect([code, out]).toEqual([0, expect.stringMatching(/no backup of one[\s\S]*ocm node backup/)])
  })

  it('makes one, with a line for each kind of step through a pipe and a bar on a terminal', async () => {
    const piped = await ocm(['node', 'backup', 'one'])
    expect(piped.code).toBe(0)
    expect(piped.err.trim().split('\n')).toEqual([
      'Looking at the node…',
      'Transferring…',
      'Reading all of it back…',
      'Verified.',
    ])
    expect(piped.out).toMatch(/one is backed up and verified\.[\s\S]*1 database|2 databases/)
    const shown = await ocm(['node', 'backup', 'one'], { tty: true })
    expect(shown.out).toMatch(/[█░]{30} +\d+%/)
    expect(shown.out).toContain('one is backed up and verified.')
  })

  it('backs up a node whose gateway is stopped', async () => {
    const answer = await json('node', 'backup', 'two')
    expect(answer).toMatchObject({ code: 0, operation: 'backup-node', outcome: 'done' })
    expect(answer.data.verification).toMatchObject({ sound: true, problemCount: 0 })
  })

  it('lists, verifies and compares them', async () => {
    const all = await ocm(['node', 'backups'])
    expect(all.out).toMatch(/two +\d{8}T\d{6}Z-\w{6}[\s\S]*one +\d{8}T/)
    const { data } = await json('node', 'backups', 'one')
    expect(data.backups).toHaveLength(2)
    const verified = await ocm(['node', 'backup-verify', 'one'])
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('is sound')])
    const [newer, older] = data.backups
    const compared = await json('node', 'backup-compare', 'one', older.id, newer.id)
    expect(compared.data.difference.removed.count).toBe(0)
  })

  it('hands one out as a file of its own, and never over another', async () => {
    const output = join(folder.path, 'out.tar.gz')
    const given = await ocm(['node', 'backup-download', 'one', '--output', output])
    expect([given.code, given.out]).toEqual([0, expect.stringMatching(/in one file[\s\S]*not encrypted/)])
    const { stdout } = spawnSync('tar', ['-tzf', output], { encoding: 'utf8' })
    expect(stdout).toContain('/.openclaw/openclaw.json\n')
    const again = await ocm(['node', 'backup-download', 'one', '--output', output])
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('is not written over')])
    const nowhere = await ocm(['node', 'backup-download', 'one', '-o', join(folder.path, 'no', 'out')])
    expect([nowhere.code, nowhere.err]).toEqual([4, expect.stringContaining('ENOENT')])
    expect(readdirSync(join(folder.path, 'backups', 'scratch'))).toEqual([])
  })

  it('encrypts a file for the keys that are named', async () => {
    const output = join(folder.path, 'out.age')
    const identity = await generateX25519Identity()
    const key = await identityToRecipient(identity)
    const words = ['node', 'backup-download', 'one', '--output', output, '--recipient', key]
    const answer = await json(...words)
    expect(answer).toMatchObject({ code: 0, data: { path: output, recipients: 1 } })
    expect(answer.data.name).toMatch(/^one-.*\.tar\.gz\.age$/)
    const opener = new Decrypter()
    opener.addIdentity(identity)
    const archive = Buffer.from(await opener.decrypt(await readFile(output)))
    const listed = spawnSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' })
    expect(listed.stdout).toContain('/.openclaw/openclaw.json\n')
    const wrong = await ocm([...words.slice(0, -3), join(folder.path, 'none'), '--recipient', 'age1x'])
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('age1x')])
  })

  it('deletes one only when that is confirmed, and never the last', async () => {
    const { data } = await json('node', 'backups', 'one')
    const [newer, older] = data.backups
    expect((await ocm(['node', 'backup-delete', 'one', older.id])).code).not.toBe(0)
    expect((await ocm(['node', 'backup-delete', 'one', older.id, '--yes'])).out).toContain('is deleted')
    const last = await ocm(['node', 'backup-delete', 'one', newer.id, '--yes'])
    expect(last.code).not.toBe(0)
    expect(last.err).toMatch(/last/)
    expect((await json('node', 'backups', 'one')).data.backups).toHaveLength(1)
  })

  it('restores one only when that is confirmed, and says what stays', async () => {
    const refused = await ocm(['node', 'restore', 'one'])
    expect([refused.code, refused.out]).toEqual([6, ''])
    expect(refused.err).toMatch(/Restore One[\s\S]*1 place is replaced[\s\S]*\.openclaw/)
    const { code, out, err } = await ocm(['node', 'restore', 'one', '--yes'])
    expect([code, out]).toEqual([0, expect.stringMatching(/restored and serves[\s\S]*rm -rf -- \//)])
    expect(err).toMatch(/Verifying the backup[\s\S]*Stopping the gateway[\s\S]*Comparing agents/)
    expect((await ocm(['node', 'restore', 'one', '--backup', 'nonsense', '--yes'])).code).toBe(2)
  })

  it('names a backup that is not there as a mistake of the call', async () => {
    const { code, err } = await ocm(['node', 'backup-verify', 'one', 'nonsense'])
    expect([code, err]).toEqual([2, expect.stringContaining('nonsense')])
  })
})
