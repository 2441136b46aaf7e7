import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { TarFault, TarReader } from '../../src/backup/tar-reader.ts'
import { damaged, KINDS, share } from '../fuzz/inputs.ts'
import { scratchFolder } from './store-kit.ts'
import { archive, entry, pax } from './tar-parts.ts'

const { parameters, timeout } = share(KINDS)

interface Seen {
  name: string
  link: string
  type: string
  mode: number
  mtime: number
  size: number
  content: string
}

/** What an archive holds, read in pieces of so many bytes; null where it is refused. */
function read(bytes: Buffer, piece = bytes.length): Seen[] | null {
  const found: Seen[] = []
  const asText = (text: string, isText: boolean) => (isText ? text : Buffer.from(text, 'latin1').toString())
  const reader = new TarReader({
    header({ name, isNameText, link, isLinkText, type, mode, mtime, size }) {
      const names = { name: asText(name, isNameText), link: asText(link, isLinkText) }
      found.push({ ...names, type, mode, mtime, size, content: '' })
    },
    content(part) {
      const last = found.at(-1)
      if (last) last.content += part.toString('latin1')
    },
    end() {
      expect(found.at(-1)?.content.length).toBe(found.at(-1)?.size)
    },
  })
  try {
    for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece))
  } catch (error) {
    if (error instanceof TarFault) return null
    throw error
  }
  return reader.isBetween ? found : null
}

const TYPES: Record<string, string> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  'contiguous-file': '7',
}

/** The same by tar-stream. */
async function readByLibrary(bytes: Buffer): Promise<Seen[] | null> {
  const found: Seen[] = []
  const parser = extract()
  Readable.from([bytes]).pipe(parser as unknown as NodeJS.WritableStream)
  try {
    for await (const part of parser) {
      const { name, linkname, type, mode, mtime, size } = part.header
      let content = ''
      for await (const chunk of part) content += (chunk as Buffer).toString('latin1')
      found.push({
        name,
        link: linkname ?? '',
        type: TYPES[type ?? ''] ?? '?',
        mode: mode ?? 0,
        mtime: (mtime?.getTime() ?? 0) / 1_000,
        size: size ?? 0,
        content,
      })
    }
    return found
  } catch {
    return null
  }
}

const SAMPLE = archive(
  entry('a/', { type: '5' }),
  entry('L', { type: 'L', content: `${'long/'.repeat(40)}\0` }),
  entry('cut', { content: 'x'.repeat(513) }),
  pax({ path: `c/${'b'.repeat(120)}`, size: '3' }),
  entry('c', { content: 'yyy' }),
  entry('K', { type: 'K', content: `${'to/'.repeat(50)}\0` }),
  entry('l', { type: '2', link: 'd' }),
  entry('e'),
)

/** Sums every header anew, wherever one may begin: what is damaged shall get past that. */
function summed(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512)
    if (block.toString('latin1', 257, 262) !== 'ustar') continue
    block.fill(' ', 148, 156)
    const sum = block.reduce((total, byte) => total + byte, 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  }
  return bytes
}

describe('an archive that comes in pieces', () => {
  it('is the same however it is cut', () => {
    const whole = read(SAMPLE)
    expect(whole?.map(({ name, size }) => [name, size])).toEqual([
      ['a/', 0],
      ['long/'.repeat(40), 513],
      [`c/${'b'.repeat(120)}`, 3],
      ['l', 0],
      ['e', 0],
    ])
    for (const piece of [1, 7, 100, 511, 512, 513, 1_024, 4_000]) expect(read(SAMPLE, piece)).toEqual(whole)
  })

  it.each(['gnu', 'ustar', 'pax'])('of GNU tar, %s, is what tar-stream makes of it', async (format) => {
    const folder = await scratchFolder()
    const deep = join(folder, 'one', ...Array.from({ length: 9 }, (_, at) => `${at}-a-folder-with-a-name`))
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(deep, 'empty'), '')
    writeFileSync(join(deep, 'not so small'), Buffer.alloc(70_000, 'x'))
    writeFileSync(join(folder, 'one', 'ümlaut'), 'y')
    symlinkSync('0-a-folder-with-a-name', join(folder, 'one', 'link'))
    const bytes = execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', 'one'])
    const seen = read(bytes, 10_000)
    expect(seen?.length).toBe(14)
    expect(seen).toEqual(await readByLibrary(bytes))
  })

  it('has sizes and times that no octal number holds', () => {
    const bytes = entry('a', { size: 0 })
    bytes.set([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1], 124)
    bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], 136)
    const found: number[] = []
    const reader = new TarReader({
      header: ({ size, mtime }) => found.push(size, mtime),
      content: () => undefined,
      end: () => undefined,
    })
    reader.push(summed(bytes.toString('latin1')))
    expect(found).toEqual([2 ** 33 + 1, -2])
    expect(reader.isBetween).toBe(false)
  })

  it.each([
    ['a size that is no number', 124, '0000000000x'],
    ['a size below nothing', 124, '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe'],
    ['a size in base 256 of another sign', 124, '\x81\0\0\0\0\0\0\0\0\0\0\x01'],
    ['a mode that is no number', 100, '-000644'],
  ])('is refused with %s', (_, at, text) => {
    const bytes = entry('a')
    bytes.write(text, at, 'latin1')
    expect(read(summed(archive(bytes).toString('latin1')))).toBeNull()
  })

  it.each(['5 a=b\n', '0 a=b\n', '99 a=b\n', ' 6 a=b\n', '4 a\n', '6 a=b ', '1e1 a=bcde\n', '6 a=b\nx'])(
    'is refused with a pax record like %j',
    (record) => {
      expect(read(archive(entry('x', { type: 'x', content: record }), entry('a')))).toBeNull()
    },
  )

  it('holds what tar-stream finds in it wherever it is damaged, or is refused', { timeout }, async () => {
    const property = fc.asyncProperty(damaged(SAMPLE.toString('latin1')), async (text) => {
      const bytes = summed(text)
      const seen = read(bytes)
      if (seen === null || seen.some(({ type }) => !/[0-7]/.test(type))) return
      expect(seen).toEqual(await readByLibrary(bytes))
    })
    await fc.assert(property, parameters)
  })
})
