import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { packedPrograms } from './host/home.ts'
import { type OpenClawVersion, PROGRAMS } from './releases.ts'

const ARCHES = ['x64', 'arm64'] as const
const OPENCLAW = 'lib/node_modules/openclaw'

/** Archives of releases and their Node.js as they are published, with their list of checksums, for embedded nodes. */
export async function writeArchives(folder: string, ...versions: OpenClawVersion[]): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const sums = new Set<string>()
  for (const version of versions) await writeRelease(folder, version, sums)
  writeFileSync(join(folder, 'SHASUMS256.txt'), [...sums].join(''))
}

async function writeRelease(folder: string, version: OpenClawVersion, sums: Set<string>): Promise<void> {
  const programs = packedPrograms(version)
  const { node } = PROGRAMS[version]
  const write = async (name: string, entries: readonly [Partial<Header> & { name: string }, string][]) => {
    // Two releases may have one Node.js.
    if ([...sums].some((line) => line.endsWith(`  ${name}\n`))) return
    const bytes = await packed(entries)
    writeFileSync(join(folder, name), bytes)
    sums.add(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`)
  }
  for (const arch of ARCHES) {
    const root = `node-v${node}-linux-${arch}`
    await write(`${root}.tar.gz`, [[{ name: `${root}/bin/node`, mode: 0o755 }, programs.node]])
    await write(`openclaw-${version}-linux-${arch}.tar.gz`, [
      [{ name: 'bin/openclaw', type: 'symlink', linkname: `../${OPENCLAW}/openclaw.mjs` }, ''],
      [{ name: `${OPENCLAW}/openclaw.mjs`, mode: 0o755 }, programs.openclaw],
      [{ name: `${OPENCLAW}/package.json`, mode: 0o644 }, programs.package],
      [{ name: `${OPENCLAW}/dist/index.js`, mode: 0o644 }, programs.entry],
    ])
  }
}

async function packed(entries: readonly [Partial<Header> & { name: string }, string][]): Promise<Buffer> {
  const tar = pack()
  for (const [headers, content] of entries) tar.entry(headers, content)
  tar.finalize()
  return await buffer(tar.pipe(createGzip()))
}
