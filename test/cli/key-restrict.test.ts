import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeKeyPair } from '../support/key-pair.ts'
import { runHere as ocm } from './in-process.ts'

const { private: privateKey, public: publicKey } = makeKeyPair()

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-key-'))
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  vi.stubEnv('OCM_SSH_KEY', join(folder, 'key'))
  await writeFile(join(folder, 'key'), privateKey, { mode: 0o600 })
  await writeFile(join(folder, 'key.pub'), `${publicKey}\n`)
  const nodes = [{ id: 'one', host: '10.0.0.1', sshPort: 22, sshUser: 'oc' }]
  await writeFile(join(folder, 'old.json'), JSON.stringify({ nodes }))
  expect((await ocm(['registry', 'import', join(folder, 'old.json'), '--yes'])).code).toBe(0)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

describe('ocm key restrict', () => {
  it('takes the public key from standard input as from a file, which its account may not be able to read', async () => {
    const words = ['key', 'restrict', 'one', '--public-key']
    const fromFile = await ocm([...words, join(folder, 'key.pub')])
    expect([fromFile.code, fromFile.out]).toEqual([
      0,
      expect.stringContaining(publicKey.split(' ')[1] ?? '?'),
    ])
    expect(await ocm([...words, '-'], { input: `${publicKey}\n` })).toEqual(fromFile)
  })

  it('says what is wrong with an input that is no public key, and makes nothing of it', async () => {
    const nothing = await ocm(['key', 'restrict', 'one', '--public-key', '-'])
    expect([nothing.code, nothing.out]).toEqual([2, ''])
    expect(nothing.err).toMatch(/public-?key/i)
  })
})
