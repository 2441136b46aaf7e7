import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSshAuth } from '../../src/ssh/keys.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { haveSshd, makeKey, poolFor, type Sshd, startSshd, temporaryFolder } from './rig.ts'

const CONNECTS = 100
/** What a calm machine needs, and the share of one unlocking that a busy one may need. */
const CALM_MS = 50
const BUSY_SHARE = 0.1
const ROUNDS = 3

/** Processor time of this process, milliseconds. */
function cpuMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

describe.skipIf(!haveSshd)('an encrypted key', () => {
  const folder = temporaryFolder()
  let key: string
  let sshd: Sshd

  beforeAll(async () => {
    key = makeKey(folder.path, 'locked', { passphrase: 'secret', rounds: 64 })
    sshd = await startSshd(['MaxStartups 500'])
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`))
  })
  afterAll(() => {
    sshd?.stop()
    folder.remove()
  })

  it('is unlocked once for a hundred connections, none of which blocks the event loop', async () => {
    const before = process.cpuUsage()
    const auth = await loadSshAuth({ agentSocket: null, keyFile: key, passphrase: 'secret' })
    const unlockMs = cpuMs(before)

    async function connectAll(): Promise<{ p99: number; cpu: number }> {
      const pool = poolFor(sshd.userKey, { auth, connectTimeoutMs: 30_000 })
      const delay = monitorEventLoopDelay({ resolution: 5 })
      const start = process.cpuUsage()
      delay.enable()
      const codes = await Promise.all(
        Array.from({ length: CONNECTS }, async (_, index) => {
          const result = await pool.session(sshd.target(`n${index}`)).exec(sh`true`, { deadlineMs: 60_000 })
          return result.code
        }),
      )
      delay.disable()
      const cpu = cpuMs(start)
      await pool.close()
      expect(new Set(codes)).toEqual(new Set([0]))
      return { p99: delay.percentile(99) / 1e6, cpu }
    }

    const limitMs = Math.max(CALM_MS, unlockMs * BUSY_SHARE)
    let best = await connectAll()
    // a hundred unlockings would cost a hundred times as much, in every round
    expect(best.cpu).toBeLessThan(20 * unlockMs)
    for (let round = 1; round < ROUNDS && best.p99 >= limitMs; round++) {
      const next = await connectAll()
      if (next.p99 < best.p99) best = next
    }
    expect(best.p99).toBeLessThan(limitMs)
  }, 120_000)
})
