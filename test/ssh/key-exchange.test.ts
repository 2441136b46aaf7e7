import { getDiffieHellman } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool } from '../../src/ssh/ssh.ts'
import { failureOf, haveSshd, longestBlock, poolFor, type Sshd, startSshd, temporaryFolder } from './rig.ts'

const soon = { deadlineMs: 15_000 }
/** An attempt that blocks does so every time; one that a busy machine held up does not. */
const ATTEMPTS = 10
const BLOCKED_MS = 50

/**
 * Lines of moduli(5) with primes of 8192 bits. OpenSSL knows the prime of RFC 3526's group 18 and does not check it, so
 * those that come with OpenSSH are better.
 */
function moduli8192(): string {
  const stock = existsSync('/etc/ssh/moduli') ? readFileSync('/etc/ssh/moduli', 'utf8').split('\n') : []
  const known = `20200101000000 2 6 100 8191 2 ${getDiffieHellman('modp18').getPrime('hex').toUpperCase()}`
  const lines = stock.filter((line) => line.split(' ')[4] === '8191')
  return `${(lines.length > 0 ? lines : [known]).join('\n')}\n`
}

describe.skipIf(!haveSshd)('a server that offers only group exchange with a prime of 8192 bits', () => {
  const folder = temporaryFolder()
  let sshd: Sshd
  let pool: SshPool

  beforeAll(async () => {
    const moduli = join(folder.path, 'moduli')
    writeFileSync(moduli, moduli8192())
    sshd = await startSshd([
      'KexAlgorithms diffie-hellman-group-exchange-sha256',
      `ModuliFile ${moduli}`,
      'PerSourceMaxStartups none',
    ])
    pool = poolFor(sshd.userKey)
  })
  afterAll(async () => {
    await pool?.close()
    sshd?.stop()
    folder.remove()
  })

  it('is refused by name in every call, and no call blocks the event loop to check the prime', async () => {
    const blocks: number[] = []
    while (blocks.length < ATTEMPTS && !blocks.some((ms) => ms < BLOCKED_MS)) {
      const session = pool.session(sshd.target(`gex-${blocks.length}`))
      const { value: error, blockedMs } = await longestBlock(() => failureOf(session.exec(sh`true`, soon)))
      expect([error.code, error.params.what]).toEqual(['kex-unsupported', 'key exchange'])
      expect(blockedMs).toBeLessThan(5_000)
      blocks.push(blockedMs)
    }
    expect(Math.min(...blocks)).toBeLessThan(BLOCKED_MS)
    // The server writes its side when it gets to it.
    await expect.poll(() => sshd.log()).toMatch(/no matching key exchange method/)
  })

  it('is refused by name when its host key is asked for', async () => {
    const error = await failureOf(pool.scanHostKey({ host: '127.0.0.1', port: sshd.port }, soon))
    expect([error.code, error.params.what]).toEqual(['kex-unsupported', 'key exchange'])
  })
})
