import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acquireFileLock, isGone, mayLive, thisProcess } from '../../src/state/file-lock.ts'
import { createNodeLocks } from '../../src/state/node-locks.ts'
import { temporaryFolder } from '../registry/support.ts'

async function lockPath(): Promise<string> {
  return join(await temporaryFolder(), 'x.lock')
}

/** The lock of a process that ended without giving it back. */
async function deadLock(path: string, changes: object = {}): Promise<void> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')
  const owner = { ...(await thisProcess()), pid: child.pid, token: 'dead', label: 'old', ...changes }
  await writeFile(path, JSON.stringify(owner))
}

describe('a lock between processes', () => {
  it('is exclusive, names its holder, and leaves nothing behind', async () => {
    const path = await lockPath()
    const lock = await acquireFileLock(path, { label: 'first' })
    await expect(acquireFileLock(path, { label: 'second' })).rejects.toMatchObject({
      owner: { pid: process.pid, label: 'first' },
    })
    await lock.assertHeld()
    await lock.release()
    await lock.release()
    await expect(lock.assertHeld()).rejects.toThrow('taken over')
    expect(await readdir(dirname(path))).toEqual([])
  })

  it('is waited for', async () => {
    const path = await lockPath()
    const lock = await acquireFileLock(path, { label: 'first' })
    const second = acquireFileLock(path, { label: 'second', waitMs: 10_000 })
    await lock.release()
    await (await second).release()
  })

  it('of a process that is gone is taken over at once, by exactly one of many', async () => {
    const path = await lockPath()
    for (let round = 0; round < 10; round++) {
      await deadLock(path)
      let inside = 0
      let most = 0
      const takers = Array.from({ length: 6 }, async (_, index) => {
        const lock = await acquireFileLock(path, { label: `${index}`, waitMs: 10_000 })
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
        await lock.release()
      })
      await Promise.all(takers)
      expect(most).toBe(1)
    }
    expect(await readdir(dirname(path))).toEqual([])
  })

  it('of a process that died while it removed a dead lock is taken over too', async () => {
    const path = await lockPath()
    await deadLock(path)
    await deadLock(`${path}.break`)
    await (await acquireFileLock(path, { label: 'x', waitMs: 5_000 })).release()
    expect(await readdir(dirname(path))).toEqual([])
  })

  it('is not held by a process that merely got the same number', async () => {
    const path = await lockPath()
    await deadLock(path, { pid: process.pid, started: '1' })
    await (await acquireFileLock(path, { label: 'x' })).release()
  })

  it('of a holder whose start is hidden is not taken for that of a dead one', async () => {
    const own = await thisProcess()
    expect(await isGone(own, async () => null)).toBeUndefined()
    expect(await mayLive(own, async () => null)).toBe(true)
    expect(await mayLive({ ...own, realm: 'another boot' }, async () => null)).toBe(false)
    expect(await isGone(own)).toBe(false)
    expect(await isGone({ ...own, started: null }, async () => null)).toBe(false)
  })

  it('of a holder that cannot be asked counts until it has been silent for long', async () => {
    const path = await lockPath()
    await deadLock(path, { realm: 'another host' })
    await expect(acquireFileLock(path, { label: 'x' })).rejects.toMatchObject({ name: 'LockBusy' })
    const old = new Date(Date.now() - 60_000)
    await utimes(path, old, old)
    await (await acquireFileLock(path, { label: 'x' })).release()
  })

  it('with content that is no owner counts until it is old', async () => {
    const path = await lockPath()
    await writeFile(path, '')
    await expect(acquireFileLock(path, { label: 'x' })).rejects.toMatchObject({ owner: null })
    const old = new Date(Date.now() - 60_000)
    await utimes(path, old, old)
    await (await acquireFileLock(path, { label: 'x' })).release()
  })

  it('that was taken over is not given back for the new holder', async () => {
    const path = await lockPath()
    const lock = await acquireFileLock(path, { label: 'x' })
    await deadLock(path)
    await lock.release()
    expect(await readFile(path, 'utf8')).toContain('dead')
    expect((await stat(path)).isFile()).toBe(true)
  })
})

describe('node locks', () => {
  it('run one piece of work per node and name what holds it', async () => {
    const folder = join(await temporaryFolder(), 'locks')
    const locks = createNodeLocks({ folder })
    const beside = createNodeLocks({ folder })
    const result = await locks.withNode('Alpha', 'restart-node', async () => {
      const busy = { code: 'node-busy', params: { node: 'alpha', operation: 'restart-node' } }
      await expect(locks.withNode('alpha', 'x', async () => 1)).rejects.toMatchObject(busy)
      await expect(beside.withNode('alpha', 'x', async () => 1)).rejects.toMatchObject(busy)
      return beside.withNode('beta', 'x', async () => 'other node')
    })
    expect(result).toBe('other node')
    expect(await beside.withNode('alpha', 'x', async () => 'free again')).toBe('free again')
    expect(await readdir(folder)).toEqual([])
  })

  it('are given back when the work fails', async () => {
    const locks = createNodeLocks({ folder: await temporaryFolder() })
    await expect(
      locks.withNode('a', 'x', async () => {
        throw new Error('failed')
      }),
    ).rejects.toThrow('failed')
    expect(await locks.withNode('a', 'x', async () => 1)).toBe(1)
  })

  it('never leave their folder', async () => {
    const folder = join(await temporaryFolder(), 'locks')
    const locks = createNodeLocks({ folder })
    await locks.withNode('../../evil', 'x', async () => {
      expect(await readdir(folder)).toEqual(['..%2F..%2Fevil.lock'])
    })
  })
})
