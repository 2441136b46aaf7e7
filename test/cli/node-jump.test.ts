import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EXIT_CODES } from '../../src/presenters/ending.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { runHere as ocm } from './in-process.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-cli-jump-'))
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
  const keyPath = join(folder, 'id_ed25519')
  await writeFile(keyPath, makeKeyPair().private, { mode: 0o600 })
  vi.stubEnv('OCM_SSH_KEY', keyPath)
  vi.stubEnv('OCM_SSH_AGENT', 'none')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

/** Nothing listens at port 1, so that host shows no key. */
const SILENT = 'ops@127.0.0.1:1'

describe('the key of a jump host, given beforehand', () => {
  it('confirms nothing where there is none to compare it with', async () => {
    const named = ['--accept-jump-key', 'SHA256:anything']
    const set = ['node', 'jump', 'lab', SILENT, '--force']
    expect((await ocm([...set, ...named])).err).toContain('needs a confirmation')
    // Saved, though nobody was seen behind it.
    expect((await ocm([...set, '--yes'])).code).toBe(EXIT_CODES.partial)
    const unset = ['node', 'jump', 'lab', '-']
    expect((await ocm([...unset, ...named])).err).toContain('needs a confirmation')
    expect((await ocm([...unset, ...named, '--yes'])).code).toBe(0)
  })
})
