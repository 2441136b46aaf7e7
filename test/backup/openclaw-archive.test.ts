import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { plainTarOf } from '../../src/backup/openclaw-archive.ts'
import { walkArchive } from '../../src/backup/walk-archive.ts'
import { systemClock } from '../../src/base/clock.ts'
import { archive, entry, pax } from './tar-parts.ts'

const STATE = '/home/oc/.openclaw'
const TOP = 'now-openclaw-backup'
const inState = (name: string) => `${TOP}/payload/posix${STATE}/${name}`
const MANIFEST = entry(`${TOP}/manifest.json`, { content: '{"schemaVersion":1}' })

/** What comes out of an archive of OpenClaw once the parser of the store has walked it. */
async function walked(bytes: Buffer): Promise<string[]> {
  const tar = plainTarOf(Readable.from([bytes.subarray(0, 700), bytes.subarray(700)]), [{ real: STATE }])
  const limits = { roots: [STATE], entries: 1_000, fileBytes: 10_000, bytes: 100_000 }
  const intake = { clock: systemClock, rateLimit: null, onBytes: () => undefined }
  const found: string[] = []
  let text = ''
  for await (const parts of walkArchive(tar, limits, intake))
    for (const one of parts)
      if (one.kind === 'content') text += one.bytes.toString('utf8')
      else if (one.kind === 'end') {
        found.push(`${found.pop()} = ${text}`)
        text = ''
      } else found.push(`${one.kind} ${one.path}${one.kind === 'link' ? ` → ${one.target}` : ''}`)
  return found
}

const made = (...parts: Buffer[]) => gzipSync(archive(MANIFEST, ...parts))

describe('the archive of OpenClaw itself', () => {
  it('is taken with the names that its files have on the node, each folder before what is in it', async () => {
    const found = await walked(
      made(
        entry(inState('openclaw.json'), { content: '{}' }),
        entry(inState('workspace/notes/ä.md'), { content: 'hello' }),
        entry(`${inState('workspace/notes')}/`, { type: '5' }),
        entry(`${inState('empty')}/`, { type: '5' }),
        entry(inState('workspace/link'), { type: '2', link: 'notes' }),
      ),
    )
    const at = STATE.slice(1)
    expect(found).toEqual([
      `folder ${at}`,
      `file ${at}/openclaw.json = {}`,
      `folder ${at}/workspace`,
      `folder ${at}/workspace/notes`,
      expect.stringMatching(/^(file|left-out) .*\.md/),
      `folder ${at}/empty`,
      `link ${at}/workspace/link → notes`,
    ])
  })

  it.each<[string, Buffer, string]>([
    ['a name that climbs out', made(entry(inState('../../../../etc/passwd'))), 'climbs-out'],
    ['a name that climbs out of the payload', made(entry(`${TOP}/payload/posix/../x`)), 'climbs-out'],
    ['a place that was not asked for', made(entry(`${TOP}/payload/posix/etc/passwd`)), 'outside'],
    ['a second top folder', made(entry(`other/payload/posix${STATE}/x`)), 'outside'],
    ['a hard link', made(entry(inState('a'), { type: '1', link: '/etc/shadow' })), 'hard-link'],
    ['a device', made(entry(inState('a'), { type: '3' })), 'unknown-type'],
    ['an unknown kind', made(entry(inState('a'), { type: 'M' })), 'unknown-type'],
    [
      'a sparse file',
      made(pax({ 'GNU.sparse.major': '1', 'GNU.sparse.name': '/etc/passwd' }), entry(inState('a'))),
      'sparse',
    ],
    [
      'a file behind a link',
      made(entry(inState('a'), { type: '2', link: '/etc' }), entry(inState('a/b'))),
      'duplicate',
    ],
    ['the same name twice', made(entry(inState('a')), entry(inState('a'))), 'duplicate'],
    ['a file that is too large', made(entry(inState('a'), { content: 'x'.repeat(20_000) })), 'too-large'],
    ['no gzip', archive(MANIFEST), 'malformed'],
    ['nothing', gzipSync(archive()), 'malformed'],
    ['an end that is missing', made(entry(inState('a'))).subarray(0, -20), 'cut-off'],
  ])('with %s is refused as a whole', async (_, bytes, why) => {
    await expect(walked(bytes)).rejects.toMatchObject({ code: 'archive-refused', params: { why } })
  })
})
