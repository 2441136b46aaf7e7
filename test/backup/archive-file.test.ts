import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, describe, expect, it } from 'vitest'
import { type ArchiveOptions, writeArchive } from '../../src/backup/archive-file.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { temporaryFolder } from '../ssh/rig.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

let files = 0
const fresh = () => join(folder.path, `archive-${files++}`)
// Larger than several of the pieces that age encrypts, and nothing that a compressor makes small.
const CONTENT = randomBytes(300_000)
const options = (given: Partial<ArchiveOptions> = {}): ArchiveOptions => ({
  signal: new AbortController().signal,
  recipients: [],
  maxBytes: null,
  ...given,
})
const pieces = () => Readable.from([CONTENT.subarray(0, 70_000), CONTENT.subarray(70_000)])

describe('an archive that leaves the store', () => {
  it('is a gzip for its owner alone, with the sum of what lies on the disk', async () => {
    const path = fresh()
    const { bytes, sha256 } = await writeArchive(pieces(), path, options())
    const written = readFileSync(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(gunzipSync(written).equals(CONTENT)).toBe(true)
    expect([bytes, sha256]).toEqual([written.length, createHash('sha256').update(written).digest('hex')])
  })

  it('is opened by every recipient and by nobody else', async () => {
    const [mine, yours, others] = await Promise.all([1, 2, 3].map(() => generateX25519Identity()))
    if (!mine || !yours || !others) throw new Error('no identities')
    const recipients = await Promise.all([mine, yours].map((identity) => identityToRecipient(identity)))
    const path = fresh()
    await writeArchive(pieces(), path, options({ recipients }))
    const opened = async (identity: string) => {
      const decrypter = new Decrypter()
      decrypter.addIdentity(identity)
      return gunzipSync(await decrypter.decrypt(readFileSync(path)))
    }
    expect((await opened(mine)).equals(CONTENT)).toBe(true)
    expect((await opened(yours)).equals(CONTENT)).toBe(true)
    await expect(opened(others)).rejects.toThrow()
    expect(readFileSync(path, 'latin1')).toMatch(/^age-encryption\.org\/v1\n/)
  })

  it.skipIf(spawnSync('age', ['--version']).status !== 0)('is opened by the age program', async () => {
    const identity = await generateX25519Identity()
    const [path, key] = [fresh(), fresh()]
    writeFileSync(key, `${identity}\n`, { mode: 0o600 })
    await writeArchive(pieces(), path, options({ recipients: [await identityToRecipient(identity)] }))
    const { stdout } = spawnSync('age', ['-d', '-i', key, path], { maxBuffer: 10_000_000 })
    expect(gunzipSync(stdout).equals(CONTENT)).toBe(true)
  })

  it('is not made for a key with a wrong letter', async () => {
    const recipient = await identityToRecipient(await generateX25519Identity())
    const wrong = recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q')
    const path = fresh()
    const refused = writeArchive(pieces(), path, options({ recipients: [wrong] }))
    await expect(refused).rejects.toMatchObject({ code: 'bad-recipient' })
    expect(existsSync(path)).toBe(false)
  })

  it.each([false, true])('leaves nothing where it grows too large (encrypted: %s)', async (encrypted) => {
    const recipients = encrypted ? [await identityToRecipient(await generateX25519Identity())] : []
    const path = fresh()
    const refused = writeArchive(pieces(), path, options({ recipients, maxBytes: 100_000 }))
    await expect(refused).rejects.toMatchObject({ code: 'archive-too-large', params: { limit: 100_000 } })
    expect(existsSync(path)).toBe(false)
  })

  it.each([false, true])('leaves nothing where its source breaks (encrypted: %s)', async (encrypted) => {
    const recipients = encrypted ? [await identityToRecipient(await generateX25519Identity())] : []
    const source = new PassThrough()
    source.write(CONTENT)
    const path = fresh()
    const written = writeArchive(source, path, options({ recipients }))
    source.destroy(new OperatorError('backup-damaged', { backup: 'b' }))
    await expect(written).rejects.toMatchObject({ code: 'backup-damaged' })
    expect(existsSync(path)).toBe(false)
  })

  it('leaves nothing where it is given up', async () => {
    const stop = new AbortController()
    const source = new PassThrough()
    source.write(CONTENT)
    const path = fresh()
    const written = writeArchive(
      source,
      path,
      options({ signal: stop.signal, onProgress: () => stop.abort() }),
    )
    await expect(written).rejects.toThrow()
    expect(existsSync(path)).toBe(false)
    expect(source.destroyed).toBe(true)
  })

  it('takes the place of no file', async () => {
    const path = fresh()
    writeFileSync(path, 'mine')
    await expect(writeArchive(pieces(), path, options())).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })
})
