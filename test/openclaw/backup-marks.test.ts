import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseMarks } from '../../src/openclaw/backup/marks.ts'

const MARK = 'abcdefghijklmno+'
const listOf = (...lines: (string | Buffer)[]) => {
  const parts = lines.flatMap((line) => [Buffer.from('\0'), Buffer.from(line)])
  return gzipSync(Buffer.concat(parts.slice(1)))
}
const parse = (packed: Buffer) => parseMarks(packed, new Map())
const noUtf8 = (kind: string) => Buffer.concat([Buffer.from(`${kind}${MARK}home/`), Buffer.from([0xff])])

describe('the marks of files', () => {
  it.each([
    ['in ASCII alone', 'home/a b\n'],
    ['in any script', 'home/日本語'],
  ])('are read with names %s', async (_, name) => {
    expect(await parse(listOf(`+${MARK}${name}`, `=${MARK}home/z`))).toEqual([
      { path: name, mark: MARK, same: false },
      { path: 'home/z', mark: MARK, same: true },
    ])
    expect(await parse(listOf())).toEqual([])
  })

  it('leave out a name that is no UTF-8, unless its file is to be taken from an earlier backup', async () => {
    expect(await parse(listOf(noUtf8('+'), `+${MARK}home/z`))).toHaveLength(1)
    await expect(parse(listOf(noUtf8('=')))).rejects.toThrow('the same as a file that no backup holds')
  })

  it.each(['', '=', `?${MARK}home/a`, `+${MARK.slice(1)}`, `+${MARK.replace('a', '!')}home/a`])(
    'are not read from %j',
    async (line) => {
      await expect(parse(listOf(`+${MARK}home/z`, line, `+${MARK}home/z`))).rejects.toThrow('not a list')
    },
  )
})
