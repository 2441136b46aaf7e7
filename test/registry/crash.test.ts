import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registryDataSchema } from '../../registry/schema.ts'
import { buildChild, type ChildProgram, hasStrace, mountSmallDisk } from '../support/children.ts'
import { newNode, open, temporaryFolder } from './support.ts'

const KILL_ROUNDS = Number(process.env.OCM_KILL_ROUNDS ?? 60)
/** Far more than a round takes, also on a machine that is busy with other things. */
const ROUND_MS = 10_000
const isRoot = process.geteuid?.() === 0

let program: ChildProgram

beforeAll(async () => {
  program = await buildChild(fileURLToPath(new URL('child.ts', import.meta.url)))
}, 120_000)
afterAll(() => program.remove())

describe('a registry under several processes', () => {
  it('loses no update of two writers at once', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const writers = ['a', 'b'].map((prefix) => program.start([path, prefix, '40']))
    const reader = await open(path)
    const results = await Promise.all(writers.map((writer) => writer.ended))
    expect(results).toEqual([0, 0])
    await reader.reload()
    expect(reader.list()).toHaveLength(80)
    expect(registryDataSchema.parse(JSON.parse(await readFile(path, 'utf8'))).revision).toBe(80)
  }, 60_000)

  it(
    `is readable and has every acknowledged write after ${KILL_ROUNDS} kills in the middle of writing`,
    async () => {
      const folder = await temporaryFolder()
      const path = join(folder, 'registry.json')
      for (let round = 1; round <= KILL_ROUNDS; round++) {
        const child = program.start([path, `r${round}`, '1000000'])
        await child.ready
        const acknowledged: string[] = []
        child.onLine((line) => acknowledged.push(line))
        await delay(Math.random() * 25)
        child.process.kill('SIGKILL')
        await child.ended
        const data = await verify(path)
        const stored = new Set(data.map((node) => node.id))
        expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
        if (data.length > 400) await writeFile(path, '{"version":1,"revision":0,"nodes":[]}')
      }
      const registry = await open(path)
      await registry.add(newNode('after-all'))
      expect((await readdir(folder)).filter((name) => /^\.registry\.json\.(bak\.)?\d/.test(name))).toEqual([])
    },
    KILL_ROUNDS * ROUND_MS,
  )

  it.skipIf(!isRoot)('keeps file and memory when the disk is full', async () => {
    const folder = join(await temporaryFolder(), 'small')
    const disk = await mountSmallDisk(folder, '64k')
    if (disk === null) return
    try {
      const path = join(folder, 'registry.json')
      const registry = await open(path)
      await registry.add(newNode('alpha'))
      const before = await readFile(path, 'utf8')
      await writeFile(join(folder, 'ballast'), Buffer.alloc(64 * 1024)).catch(() => undefined)
      await expect(registry.add(newNode('beta'))).rejects.toMatchObject({
        code: 'registry-write-failed',
        params: { problem: 'ENOSPC' },
      })
      expect(await readFile(path, 'utf8')).toBe(before)
      expect(registry.list()).toHaveLength(1)
      await writeFile(join(folder, 'ballast'), '')
      await registry.add(newNode('beta'))
      expect(registry.list()).toHaveLength(2)
      await registry.close()
    } finally {
      disk.unmount()
    }
  })

  it.skipIf(!isRoot || !hasStrace())(
    'syncs the file before the rename and the folder after it',
    async () => {
      const folder = await temporaryFolder()
      const path = join(folder, 'registry.json')
      const trace = join(folder, 'trace')
      const strace = [
        'strace',
        '-f',
        '-y',
        '-e',
        'trace=fsync,fdatasync,rename,renameat,renameat2',
        '-o',
        trace,
      ]
      const child = program.start([path, 'a', '1'], { wrapper: strace })
      expect(await child.ended).toBe(0)
      const calls = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes(folder))
      const steps = calls.flatMap((line) => {
        if (line.includes('rename')) return line.includes('.bak"') ? ['rename copy'] : ['rename file']
        if (!line.includes('fsync')) return []
        if (line.includes('.bak.')) return ['sync copy']
        return line.includes('.tmp>') ? ['sync file'] : ['sync folder']
      })
      expect(steps).toEqual([
        'sync file',
        'rename file',
        'sync folder',
        'sync copy',
        'rename copy',
        'sync folder',
      ])
    },
    60_000,
  )
})

async function verify(path: string) {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return []
  const copy = await readFile(`${path}.bak`, 'utf8').catch(() => null)
  if (copy !== null) registryDataSchema.parse(JSON.parse(copy))
  return registryDataSchema.parse(JSON.parse(text)).nodes
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
