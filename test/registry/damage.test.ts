import { chmod, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OperatorError } from '../../src/base/errors.ts'
import { newNode, open, temporaryFolder } from './support.ts'

const NOBODY = 65_534

/** A registry of two nodes as this program writes it, and its path. */
async function goodRegistry(): Promise<{ path: string; text: string }> {
  const path = join(await temporaryFolder(), 'registry.json')
  const registry = await open(path)
  await registry.addMany([newNode('alpha'), newNode('beta')])
  await registry.close()
  return { path, text: await readFile(path, 'utf8') }
}

async function refusal(path: string): Promise<Pick<OperatorError, 'code' | 'params'>> {
  return open(path).then(
    () => {
      throw new Error('the damaged file was accepted')
    },
    (error: OperatorError) => ({ code: error.code, params: error.params }),
  )
}

const DAMAGES: [name: string, damage: (good: string) => string | Buffer, place: object][] = [
  ['truncated', (good) => good.slice(0, 200), { problem: 'cut-off', line: 11 }],
  ['of 0 bytes', () => '', { problem: 'empty', line: 1, column: 1 }],
  ['of white space only', () => ' \n\t\n', { problem: 'empty', line: 1, column: 1 }],
  ['null', () => 'null\n', { problem: 'wrong-type', line: 1, column: 1 }],
  ['a list', () => '[]', { problem: 'wrong-type', line: 1, column: 1 }],
  ['an empty object', () => '{}', { problem: 'missing', where: 'version', line: 1 }],
  ['with a byte order mark', (good) => `\uFEFF${good}`, { problem: 'byte-order-mark', line: 1, column: 1 }],
  [
    'with a wrong type',
    (good) => good.replace('"name": "Node beta"', '"name": 7'),
    { problem: 'wrong-type', where: 'nodes[1].name', line: 27, column: 15 },
  ],
  [
    'with a duplicate id',
    (good) => good.replace('"id": "beta"', '"id": "ALPHA"'),
    { problem: 'duplicate-id', where: 'nodes[1].id', line: 26 },
  ],
  [
    'with a duplicate address',
    (good) => good.replace('beta.example', 'alpha.example'),
    { problem: 'duplicate-address', where: 'nodes[1].host', line: 28 },
  ],
  [
    'with a key given twice',
    (good) => good.replace('"name": "Node beta"', '"id": "beta"'),
    { problem: 'duplicate-key', where: 'nodes[1].id', line: 27 },
  ],
  [
    'with a trailing comma',
    (good) => good.replace(/\}\n {2}\]/, '},\n  ]'),
    { problem: 'trailing-comma', line: 44 },
  ],
  [
    'with an unknown key',
    (good) => good.replace('"name": "Node beta"', '"name": "b", "nmae": "b"'),
    { problem: 'unknown-key', where: 'nodes[1].nmae', line: 27 },
  ],
  [
    'with a missing key',
    (good) => good.replace('"name": "Node beta",', ''),
    { problem: 'missing', where: 'nodes[1].name' },
  ],
  ['with text after the end', (good) => `${good}}`, { problem: 'not-json', line: 48, column: 1 }],
  [
    'of invalid UTF-8',
    (good) =>
      Buffer.concat([Buffer.from(good.slice(0, 30)), Buffer.from([0xc3, 0x28]), Buffer.from(good.slice(30))]),
    { problem: 'not-utf8', line: 3 },
  ],
  ['nested without end', () => '['.repeat(200_000), { problem: 'too-deep', line: 1 }],
  [
    'a version that never was',
    (good) => good.replace('"version": 3', '"version": 0'),
    { problem: 'unknown-version', where: 'version', line: 2 },
  ],
]

describe('a registry file that is damaged', () => {
  it.each(DAMAGES)(
    '%s stops the start, names file and place, and is not touched',
    async (_name, damage, place) => {
      const { path, text } = await goodRegistry()
      const damaged = damage(text)
      await writeFile(path, damaged)
      const { code, params } = await refusal(path)
      expect(code).toBe('registry-damaged')
      expect(params).toMatchObject({ file: 'registry.json', backup: 'registry.json.bak', ...place })
      expect(await readFile(path)).toEqual(Buffer.from(damaged))
      expect((await readdir(dirname(path))).sort()).toEqual(['registry.json', 'registry.json.bak'])
      await writeFile(path, await readFile(`${path}.bak`))
      expect((await open(path)).list()).toHaveLength(2)
    },
  )

  it('because it is a folder is refused', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    await mkdir(path)
    expect(await refusal(path)).toEqual({
      code: 'registry-damaged',
      params: { file: 'registry.json', problem: 'not-a-file' },
    })
  })

  it('because it has 100 MB is refused without being read', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    await writeFile(path, '')
    await truncate(path, 100 * 1024 * 1024)
    expect(await refusal(path)).toMatchObject({ code: 'registry-damaged', params: { problem: 'too-large' } })
  })

  it('because it may not be read is refused', async () => {
    const { path } = await goodRegistry()
    await chmod(path, 0)
    await chmod(dirname(path), 0o755)
    const refused = await asNobody(() => refusal(path))
    expect(refused).toMatchObject({ code: 'registry-damaged', params: { problem: 'no-permission' } })
  })

  it('because it is from a newer version is refused and says which', async () => {
    const { path, text } = await goodRegistry()
    const newer = text.replace('"version": 3', '"version": 9').replace('"revision"', '"something new"')
    await writeFile(path, newer)
    expect(await refusal(path)).toEqual({
      code: 'registry-newer',
      params: { file: 'registry.json', version: 9, supported: 3 },
    })
    expect(await readFile(path, 'utf8')).toBe(newer)
  })
})

describe('a registry that cannot be written', () => {
  it('stays as it was in the file and in memory, and works again later', async () => {
    const { path, text } = await goodRegistry()
    const registry = await open(path)
    await chmod(path, 0o644)
    await chmod(dirname(path), 0o555)
    await asNobody(async () => {
      await expect(registry.add(newNode('gamma'))).rejects.toMatchObject({
        code: 'registry-write-failed',
        params: { problem: 'EACCES' },
      })
    })
    expect(registry.list()).toHaveLength(2)
    expect(await readFile(path, 'utf8')).toBe(text)
    await chmod(dirname(path), 0o755)
    await registry.add(newNode('gamma'))
    expect(registry.list()).toHaveLength(3)
  })
})

/** Root may read and write everything: the work is done as another user then. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
