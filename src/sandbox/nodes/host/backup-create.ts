import { createWriteStream, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { DatabaseSync } from '@photostructure/sqlite'
import { pack } from 'tar-stream'
import type { OpenClawState } from '../openclaw/state.ts'
import type { Json } from '../recorded.ts'

/** What OpenClaw leaves out (2026.9.6, run): what it can make anew, and what changes all the time. */
const LEFT_OUT = [/^tmp$/, /^plugin-skills$/, /^cache\/control-ui-assets$/, /\.log$/, /\.(?:pid|sock|tmp)$/]

/**
 * Writes the archive of `openclaw backup create`: payload and manifest below a folder with the name of the archive, databases as
 * copies.
 */
export async function createBackup(
  { stateDirectory, version }: OpenClawState,
  output: string,
): Promise<Json> {
  const createdAt = new Date().toISOString()
  const root = `${createdAt.replaceAll(':', '-').replace('Z', '+00-00')}-openclaw-backup`
  const archivePath = join(output, `${root}.tar.gz`)
  const assets = [
    {
      kind: 'state',
      sourcePath: stateDirectory,
      archivePath: `${root}/payload/posix${stateDirectory}`,
    },
  ]
  const archive = pack()
  const manifest = { schemaVersion: 1, createdAt, archiveRoot: root, runtimeVersion: version, assets }
  archive.entry({ name: `${root}/manifest.json` }, JSON.stringify(manifest, null, 2))
  addFolder(archive, `${root}/payload/posix`, stateDirectory, '', join(output, 'copy.sqlite'))
  archive.finalize()
  await pipeline(
    archive as unknown as NodeJS.ReadableStream,
    createGzip(),
    createWriteStream(archivePath, { mode: 0o600 }),
  )
  return { createdAt, archiveRoot: root, archivePath, dryRun: false, verified: false, assets, skipped: [] }
}

function addFolder(
  archive: ReturnType<typeof pack>,
  prefix: string,
  state: string,
  folder: string,
  copy: string,
): void {
  const at = join(state, folder)
  const { mode, mtime } = lstatSync(at)
  archive.entry({ name: `${prefix}${at}/`, type: 'directory', mode: mode & 0o777, mtime })
  for (const name of readdirSync(at)) {
    const inner = folder === '' ? name : `${folder}/${name}`
    const path = join(state, inner)
    const found = lstatSync(path)
    const header = { name: `${prefix}${path}`, mode: found.mode & 0o777, mtime: found.mtime }
    if (LEFT_OUT.some((pattern) => pattern.test(inner)) || /\.sqlite-(?:wal|shm|journal)$/.test(name))
      continue
    if (found.isDirectory()) addFolder(archive, prefix, state, inner, copy)
    else if (found.isSymbolicLink())
      archive.entry({ ...header, type: 'symlink', linkname: readlinkSync(path) })
    else if (found.isFile()) archive.entry(header, contentOf(path, copy))
  }
}

function contentOf(path: string, copy: string): Buffer {
  if (!path.endsWith('.sqlite')) return readFileSync(path)
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    db.prepare('VACUUM INTO ?').run(copy)
    return readFileSync(copy)
  } finally {
    db.close()
    rmSync(copy, { force: true })
  }
}
