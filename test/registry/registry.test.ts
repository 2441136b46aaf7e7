import { lstat, mkdir, readdir, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { registryDataSchema } from '../../registry/schema.ts'
import { acquireFileLock } from '../../src/state/file-lock.ts'
import { newNode, open, recordingLog, temporaryFolder } from './support.ts'

async function readData(path: string) {
  return registryDataSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

describe('registry', () => {
  it('starts empty without a file and creates it with the first write', async () => {
    const path = join(await temporaryFolder(), 'data', 'registry.json')
    const registry = await open(path)
    expect(registry.list()).toEqual([])
    await expect(stat(path)).rejects.toThrow('ENOENT')
    const added = await registry.add(newNode('alpha'))
    expect(added).toMatchObject({ id: 'alpha', state: 'active', retiredAt: null })
    expect((await readData(path)).nodes).toEqual([added])
  })

  it('finds a node whatever the case of its id', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('Alpha'))
    expect(registry.get('aLPHA').id).toBe('Alpha')
    expect(() => registry.get('beta')).toThrow(expect.objectContaining({ code: 'unknown-node' }))
    await expect(registry.update('beta', (node) => node)).rejects.toMatchObject({ code: 'unknown-node' })
  })

  it('refuses a second node with the same id or the same address and leaves the file as it was', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    const before = await readFile(path, 'utf8')
    await expect(registry.add(newNode('ALPHA', { host: 'other' }))).rejects.toMatchObject({
      code: 'node-exists',
      params: { node: 'alpha' },
    })
    await expect(registry.add(newNode('beta', { host: 'ALPHA.example' }))).rejects.toMatchObject({
      code: 'address-exists',
      params: { node: 'alpha' },
    })
    await expect(registry.add(newNode('-x'))).rejects.toMatchObject({ code: 'invalid-input' })
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(registry.list()).toHaveLength(1)
  })

  it('takes several gateways under one login, each with a state directory of its own', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('alpha'))
    const rescue = { host: 'alpha.example', ocPath: '~/.openclaw-rescue' }
    await registry.add(newNode('rescue', rescue))
    for (const ocPath of ['~/.openclaw', '~/.openclaw/'])
      await expect(registry.add(newNode('again', { host: 'alpha.example', ocPath }))).rejects.toMatchObject({
        code: 'address-exists',
        params: { node: 'alpha' },
      })
    await expect(
      registry.add(newNode('again', { ...rescue, ocPath: '~/.openclaw-rescue/' })),
    ).rejects.toMatchObject({ code: 'address-exists', params: { node: 'rescue' } })
  })

  it('gives the address of a retired node free, and takes it back only when it is still free', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('alpha'))
    const retired = await registry.update('alpha', (node) => ({ ...node, state: 'retired' }))
    expect(retired.retiredAt).not.toBeNull()
    await registry.add(newNode('beta', { host: 'alpha.example' }))
    await expect(registry.update('alpha', (node) => ({ ...node, state: 'active' }))).rejects.toMatchObject({
      code: 'address-exists',
      params: { node: 'beta' },
    })
    await registry.update('beta', (node) => ({ ...node, host: 'beta.example' }))
    const back = await registry.update('alpha', (node) => ({ ...node, state: 'active' }))
    expect(back.retiredAt).toBeNull()
  })

  it('keeps who put a node into maintenance for as long as it is in it', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('alpha'))
    const maintenance = { by: 'Aiko', since: '2026-11-22T10:00:00.000Z', until: null }
    const away = await registry.update('alpha', (node) => ({ ...node, state: 'maintenance', maintenance }))
    expect(away.maintenance).toEqual(maintenance)
    expect((await registry.update('alpha', (node) => ({ ...node, state: 'active' }))).maintenance).toBeNull()
  })

  it('keeps the id and the creation time whatever a change does', async () => {
    let now = 1_000_000
    const clock = { now: () => now, monotonic: () => 0, sleep: async () => undefined }
    const registry = await open(join(await temporaryFolder(), 'registry.json'), { clock })
    const before = await registry.add(newNode('alpha'))
    now += 5_000
    const after = await registry.update('alpha', (node) => ({
      ...node,
      id: 'x',
      createdAt: 'x',
      name: 'New',
    }))
    expect(after).toEqual({ ...before, name: 'New', updatedAt: new Date(now).toISOString() })
  })

  it('hands out records that cannot be changed by accident, without freezing what the caller owns', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    const tags = ['web']
    await registry.add(newNode('alpha', { tags }))
    tags.push('mine')
    expect(() => registry.get('alpha').tags.push('other')).toThrow(TypeError)
    expect(registry.get('alpha').tags).toEqual(['web'])
  })

  it('leaves memory and file alone when a change throws', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    const before = await readFile(path, 'utf8')
    await expect(
      registry.update('alpha', () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await readFile(path, 'utf8')).toBe(before)
    await registry.update('alpha', (node) => ({ ...node, name: 'works again' }))
    expect(registry.get('alpha').name).toBe('works again')
  })

  it('takes in many nodes with one write or none', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.addMany([newNode('alpha'), newNode('beta', { tags: ['x'] })])
    expect((await readData(path)).revision).toBe(1)
    await expect(registry.addMany([newNode('gamma'), newNode('alpha')])).rejects.toMatchObject({
      code: 'node-exists',
    })
    expect(registry.list().map((node) => node.id)).toEqual(['alpha', 'beta'])
  })

  it('acknowledges each of many writes at once with its own result', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    const added = await Promise.all(
      Array.from({ length: 30 }, (_, index) => registry.add(newNode(`n${index}`))),
    )
    expect(added.map((node) => node.id)).toEqual(Array.from({ length: 30 }, (_, index) => `n${index}`))
    expect((await readData(path)).nodes).toHaveLength(30)
  })

  it('keeps mode 0600, also when the file had another mode', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    await writeFile(path, '{"version":1,"revision":0,"nodes":[]}', { mode: 0o644 })
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    for (const name of [path, `${path}.bak`]) expect((await stat(name)).mode & 0o777).toBe(0o600)
  })

  it('replaces the file behind a symbolic link and keeps the link', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'real'))
    await symlink(join('real', 'fleet.json'), join(folder, 'registry.json'))
    const registry = await open(join(folder, 'registry.json'))
    await registry.add(newNode('alpha'))
    await registry.add(newNode('beta'))
    expect((await lstat(join(folder, 'registry.json'))).isSymbolicLink()).toBe(true)
    expect((await readData(join(folder, 'real', 'fleet.json'))).nodes).toHaveLength(2)
    expect((await readdir(join(folder, 'real'))).sort()).toEqual(['fleet.json', 'fleet.json.bak'])
  })

  it('keeps a copy of the last good state', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    await registry.add(newNode('beta'))
    expect(await readFile(`${path}.bak`, 'utf8')).toBe(await readFile(path, 'utf8'))
  })

  it('removes what killed writers left, and nothing else', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'registry.json')
    await writeFile(join(folder, '.registry.json.4242-0123456789ab.tmp'), 'half')
    await writeFile(join(folder, '.registry.json.bak.4242-0123456789ab.tmp'), 'half')
    await writeFile(join(folder, '.registry.json.mine.tmp'), 'kept')
    await open(path)
    expect(await readdir(folder)).toEqual(['.registry.json.mine.tmp'])
  })

  it('sees a hand edit, tells listeners, and applies the next change to it', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    const changed = vi.fn()
    const stop = registry.onChange(changed)
    const data = await readData(path)
    await writeFile(
      path,
      JSON.stringify({ ...data, nodes: data.nodes.map((n) => ({ ...n, name: 'By hand' })) }),
    )
    await vi.waitFor(() => expect(registry.get('alpha').name).toBe('By hand'), { timeout: 5_000 })
    expect(changed).toHaveBeenCalled()
    stop()
  })

  it('merges a hand edit that it has not seen yet with a write', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path, { watchIntervalMs: 3_600_000 })
    await registry.add(newNode('alpha'))
    const data = await readData(path)
    await writeFile(
      path,
      JSON.stringify({ ...data, nodes: data.nodes.map((n) => ({ ...n, name: 'By hand' })) }),
    )
    await registry.update('alpha', (node) => ({ ...node, tags: ['by-bot'] }))
    expect((await readData(path)).nodes[0]).toMatchObject({ name: 'By hand', tags: ['by-bot'] })
  })

  it('never overwrites a hand edit that is not valid, and goes on when it is mended', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const { log, lines } = recordingLog()
    const registry = await open(path, { log })
    await registry.add(newNode('alpha'))
    const good = await readFile(path, 'utf8')
    const bad = good.replace('"sshPort": 22', '"sshPort": 22000000')
    await writeFile(path, bad)
    await expect(registry.update('alpha', (node) => ({ ...node, tags: ['x'] }))).rejects.toMatchObject({
      code: 'registry-edited',
      params: { file: 'registry.json', line: 9, where: 'nodes[0].sshPort', problem: 'out-of-range' },
    })
    await vi.waitFor(() => expect(lines.map((line) => line.level)).toContain('warn'), { timeout: 5_000 })
    expect(await readFile(path, 'utf8')).toBe(bad)
    expect(registry.get('alpha').sshPort).toBe(22)
    await writeFile(path, good)
    await registry.update('alpha', (node) => ({ ...node, tags: ['x'] }))
    expect((await readData(path)).nodes[0]?.tags).toEqual(['x'])
  })

  it('does not write a registry back that someone removed', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha'))
    await unlink(path)
    await expect(registry.add(newNode('beta'))).rejects.toMatchObject({
      code: 'registry-edited',
      params: { problem: 'file-missing' },
    })
    expect(registry.list()).toHaveLength(1)
  })

  it('names the process that holds the lock', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path, { lockWaitMs: 30 })
    const lock = await acquireFileLock(`${path}.lock`, { label: 'other' })
    await expect(registry.add(newNode('alpha'))).rejects.toMatchObject({
      code: 'registry-locked',
      params: { pid: process.pid },
    })
    await lock.release()
    await registry.add(newNode('alpha'))
  })

  it('refuses writes once it is closed', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    const writing = registry.add(newNode('alpha'))
    await registry.close()
    await writing
    await expect(registry.add(newNode('beta'))).rejects.toMatchObject({ code: 'registry-write-failed' })
  })

  it('goes on when a listener throws', async () => {
    const { log, lines } = recordingLog()
    const registry = await open(join(await temporaryFolder(), 'registry.json'), { log })
    registry.onChange(() => {
      throw new Error('listener')
    })
    await registry.add(newNode('alpha'))
    expect(lines).toContainEqual({ level: 'error', message: 'registry listener failed' })
  })
})
