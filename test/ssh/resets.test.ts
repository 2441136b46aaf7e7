import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool } from '../../src/ssh/ssh.ts'
import { until } from '../support/until.ts'
import { cuttingProxy, haveSshd, poolFor, type Sshd, startSshd } from './rig.ts'

/** Every so many bytes the connection is reset. 1 tries every byte, which takes some minutes. */
const STEP = Number(process.env.OCM_CUT_STEP ?? 61)
/** Banner, key exchange, login, the channel and the first of its data lie before this byte. */
const LAST_BYTE = 6_000
const AT_ONCE = 32
const CUTS = Array.from({ length: Math.floor(LAST_BYTE / STEP) + 1 }, (_, index) => index * STEP)
/** A deadline that only a call which hangs can meet. */
const DEADLINE_MS = 60_000

describe.skipIf(!haveSshd)('a connection that is reset after any number of bytes', () => {
  let sshd: Sshd
  let pool: SshPool

  beforeAll(async () => {
    sshd = await startSshd(['MaxStartups 500', 'LoginGraceTime 60'])
    pool = poolFor(sshd.userKey, { connectTimeoutMs: 30_000, parallelConnects: AT_ONCE })
  })
  afterAll(async () => {
    await pool?.close()
    sshd?.stop()
  })

  async function callThrough(bytes: number): Promise<string> {
    const proxy = await cuttingProxy(sshd.port, bytes)
    const nodeId = `cut-${bytes}`
    try {
      const target = sshd.target(nodeId, { port: proxy.port })
      const result = await pool
        .session(target)
        .exec(sh`head -c 100000 /dev/zero`, { deadlineMs: DEADLINE_MS })
      return `success ${result.code}`
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      return error.code
    } finally {
      await pool.forget(nodeId)
      await proxy.close()
    }
  }

  it(
    'fails with one typed error and is never a success',
    async () => {
      const limit = pLimit(AT_ONCE)
      const ends = await Promise.all(
        CUTS.map((bytes) => limit(async () => [bytes, await callThrough(bytes)])),
      )
      const wrong = ends.filter(([, end]) => end !== 'node-unreachable' && end !== 'connection-lost')
      expect(wrong).toEqual([])
      expect(new Set(ends.map(([, end]) => end))).toEqual(new Set(['node-unreachable', 'connection-lost']))
    },
    Math.max(120_000, CUTS.length * 500),
  )

  it('leaves neither a session on the server nor harm to the next call', async () => {
    const { stdout } = await pool.session(sshd.target('whole')).exec(sh`echo whole`, { deadlineMs: 15_000 })
    expect(stdout).toBe('whole\n')
    await pool.forget('whole')
    await until(
      () => sshd.descendants().length === 0,
      15_000,
      () => JSON.stringify(sshd.descendants()),
    )
  })
})
