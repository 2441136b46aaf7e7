import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ABOUT, openStore, scratchFolder } from './store-kit.ts'
import { archive, entry, pax } from './tar-parts.ts'

const ROOT = 'home/oc/.openclaw'

const inRoot = (name: string) => `${ROOT}/${name}`

const HOSTILE: [string, Buffer, string][] = [
  ['a name that climbs out', archive(entry(inRoot('../../.ssh/authorized_keys'))), 'climbs-out'],
  [
    'a long name that climbs out',
    archive(entry('L', { type: 'L', content: `${inRoot('..')}\0` }), entry('x')),
    'climbs-out',
  ],
  ['an absolute name', archive(entry(`/${ROOT}/x`)), 'absolute-path'],
  ['a place that was not asked for', archive(entry('etc/passwd')), 'outside'],
  ['a place beside the one asked for', archive(entry(`${ROOT}-other/x`)), 'outside'],
  [
    'a file behind a link',
    archive(entry(inRoot('a'), { type: '2', link: '/etc' }), entry(inRoot('a/passwd'))),
    'through-link',
  ],
  [
    'a link where files lie already',
    archive(entry(inRoot('a/b')), entry(inRoot('a'), { type: '2', link: '/etc' })),
    'duplicate',
  ],
  ['a file below a file', archive(entry(inRoot('a')), entry(inRoot('a/b'))), 'through-link'],
  ['the same name twice', archive(entry(inRoot('a')), entry(inRoot('a'))), 'duplicate'],
  ['the same name in two forms', archive(entry(inRoot('a')), entry(`./${inRoot('a')}`)), 'duplicate'],
  ['a name with an empty part', archive(entry(inRoot('a//b'))), 'bad-name'],
  ['a name with a dot for a part', archive(entry(inRoot('a/./b'))), 'bad-name'],
  ['a NUL in a name', archive(pax({ path: inRoot('a\0b') }), entry('x')), 'bad-name'],
  ['a hard link out', archive(entry(inRoot('a'), { type: '1', link: '/etc/shadow' })), 'hard-link'],
  ['a character device', archive(entry(inRoot('a'), { type: '3' })), 'special-file'],
  ['a block device', archive(entry(inRoot('a'), { type: '4' })), 'special-file'],
  ['a pipe', archive(entry(inRoot('a'), { type: '6' })), 'special-file'],
  ['an old GNU sparse file', archive(entry(inRoot('a'), { type: 'S' })), 'unknown-type'],
  [
    'a pax sparse file',
    archive(pax({ 'GNU.sparse.major': '1', 'GNU.sparse.name': '/etc/passwd' }), entry(inRoot('a'))),
    'sparse',
  ],
  ['a continued volume', archive(entry(inRoot('a'), { type: 'M' })), 'unknown-type'],
  ['a link with content', archive(entry(inRoot('a'), { type: '2', link: 'b', content: 'x' })), 'bad-size'],
  ['a file that is too large', archive(entry(inRoot('a'), { content: 'x'.repeat(2_000) })), 'too-large'],
  [
    'files that are too large together',
    archive(...['a', 'b', 'c', 'd'].map((name) => entry(inRoot(name), { content: 'x'.repeat(900) }))),
    'too-large',
  ],
  [
    'too many entries',
    archive(...Array.from({ length: 40 }, (_, at) => entry(inRoot(`f${at}`)))),
    'too-many-entries',
  ],
  [
    'a folder that is too deep',
    archive(pax({ path: inRoot(`${'a/'.repeat(200)}b`) }), entry('x')),
    'name-too-long',
  ],
  ['a broken checksum', archive(Buffer.from(entry(inRoot('a')).fill(0x37, 0, 3))), 'malformed'],
  ['no tar at all', Buffer.alloc(2_048, 'x'), 'malformed'],
  ['nothing', Buffer.alloc(0), 'cut-off'],
  ['an end between two entries', entry(inRoot('a'), { content: 'x' }), 'cut-off'],
  ['an end in a content', entry(inRoot('a'), { content: 'x'.repeat(900) }).subarray(0, 1_000), 'cut-off'],
  ['an end in the mark of the end', archive(entry(inRoot('a'))).subarray(0, 1_024), 'cut-off'],
]

const LIMITS = { entries: 32, fileBytes: 1_500, bytes: 3_000 }

describe('an archive that is not as it should be', () => {
  it.each(HOSTILE)('is refused as a whole: %s', async (_, bytes, why) => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const taken = store.receive('one', ABOUT, Readable.from([bytes]), { limits: LIMITS })
    await expect(taken).rejects.toMatchObject({ code: 'archive-refused', params: { why } })
    expect(await store.list()).toEqual([])
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
    expect(await readdir(join(folder, 'locks'))).toEqual([])
  })

  it('is refused however it comes in pieces', async () => {
    for (const [, bytes, why] of HOSTILE.slice(0, 12)) {
      const store = await openStore()
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
        bytes.subarray(at * 7, at * 7 + 7),
      )
      const taken = store.receive('one', ABOUT, Readable.from(pieces), { limits: LIMITS })
      await expect(taken).rejects.toMatchObject({ code: 'archive-refused', params: { why } })
    }
  })

  it('leaves out and names what no list can hold, and takes the rest', async () => {
    const store = await openStore()
    const bytes = archive(
      entry(inRoot('line\nbreak'), { content: 'x' }),
      entry(Buffer.from(`${ROOT}/caf\xe9`, 'latin1')),
      entry(inRoot('good'), { content: 'y' }),
    )
    const manifest = await store.receive('one', ABOUT, Readable.from([bytes]))
    expect(manifest.files).toBe(1)
    expect(manifest.leftOut).toEqual({
      count: 2,
      names: ['home/oc/.openclaw/line\\nbreak', 'home/oc/.openclaw/caf\u00e9'],
    })
    expect(await store.verify(manifest.id)).toMatchObject({ ok: true })
  })

  it('is told with the failure of its source, not as a bad archive', async () => {
    const store = await openStore()
    const source = Readable.from(
      (async function* () {
        yield entry(inRoot('a'), { content: 'x'.repeat(900) }).subarray(0, 600)
        throw new Error('the line is dead')
      })(),
    )
    await expect(store.receive('one', ABOUT, source)).rejects.toThrow('the line is dead')
    expect(await store.list()).toEqual([])
  })
})
