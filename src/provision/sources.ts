import { createWriteStream } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { compareVersions } from '../openclaw/versions.ts'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { hashFile } from '../state/hash-file.ts'
import { bounded } from './bounded.ts'
import { Fault } from './fault.ts'
import { compareDotted, NODE_LINE } from './node-fit.ts'

/** An archive on the machine of ocm whose checksum was proven. */
export interface Archive {
  path: string
  version: string
  bytes: number
  sha256: string
}

/** Where the programs for a new node come from. */
export interface SourcesPort {
  /** The newest Node.js 24 for an architecture. @throws Fault node-source, checksum */
  nodejs(arch: 'x64' | 'arm64', signal: AbortSignal): Promise<Archive>
  /** An installed prefix of OpenClaw, packed; null when there is none. @throws Fault checksum */
  openclaw(version: string | null, arch: 'x64' | 'arm64', signal: AbortSignal): Promise<Archive | null>
}

/** Where the archives of Node.js are listed with their checksums; a folder works the same. */
export const NODEJS_SOURCE = `https://nodejs.org/dist/latest-v${NODE_LINE}.x`

/** The list of checksums as nodejs.org publishes it; the same name in a folder. */
const SUMS = 'SHASUMS256.txt'
const MOST_SUMS = 1024 * 1024
const MOST_ARCHIVE = 1024 * 1024 * 1024
const FETCH_MS = 600_000
/** Archives of earlier versions that stay in the cache. */
const KEPT = 2

/**
 * Archives from a folder or an `https:` address, kept in `cache`. An archive is used only when its SHA-256 is the one of
 * the list beside it; one that came from elsewhere is first written beside its name and renamed when it was proven.
 */
export function openSources({ source, cache }: { source: string; cache: string }): SourcesPort {
  return {
    async nodejs(arch, signal) {
      const name = new RegExp(`^node-v(${NODE_LINE}\\.\\d+\\.\\d+)-linux-${arch}\\.tar\\.gz$`)
      const listed = await sumsOf(source, signal).catch((error: unknown) => {
        throw new Fault('node-source', shown(source), error)
      })
      const newest = pick(listed, name, null, compareDotted)
      if (newest === undefined)
        throw new Fault('node-source', `${shown(source)}: node-v${NODE_LINE}.*-linux-${arch}`)
      const path = isRemote(source)
        ? await fetched(source, cache, newest, signal).catch((error: unknown) => {
            if (error instanceof Fault) throw error
            throw new Fault('node-source', shown(source), error)
          })
        : join(source, newest.file)
      return await proven(path, newest)
    },
    async openclaw(version, arch, signal) {
      const name = new RegExp(`^openclaw-(\\d{4}\\.\\d+\\.\\d+(?:-[0-9A-Za-z.]+)?)-linux-${arch}\\.tar\\.gz$`)
      for (const folder of isRemote(source) ? [cache] : [source, cache]) {
        const listed = await sumsOf(folder, signal).catch(() => [])
        const found = pick(listed, name, version, compareVersions)
        if (found !== undefined) return await proven(join(folder, found.file), found)
      }
      return null
    },
  }
}

interface Listed {
  file: string
  sha256: string
  version: string
}

function isRemote(source: string): boolean {
  return source.startsWith('https://')
}

/** Without what might be a password in an address. */
function shown(source: string): string {
  return source.replace(/\/\/[^/@]*@/, '//')
}

/** `<sha256>  <file>` a line, as sha256sum writes and reads it. */
async function sumsOf(source: string, signal: AbortSignal): Promise<Omit<Listed, 'version'>[]> {
  const text = isRemote(source)
    ? await textAt(`${source}/${SUMS}`, signal)
    : await readFile(join(source, SUMS), 'utf8')
  return text
    .slice(0, MOST_SUMS)
    .split('\n')
    .flatMap((line) => {
      const [, sha256, file] = /^([0-9a-f]{64}) [ *]([\w.-]+)$/.exec(line.trim()) ?? []
      return sha256 === undefined || file === undefined ? [] : [{ sha256, file }]
    })
}

function pick(
  listed: readonly Omit<Listed, 'version'>[],
  name: RegExp,
  wanted: string | null,
  compare: (a: string, b: string) => number,
): Listed | undefined {
  return listed
    .flatMap((one) => {
      const version = name.exec(one.file)?.[1]
      return version === undefined || (wanted !== null && version !== wanted) ? [] : [{ ...one, version }]
    })
    .toSorted((a, b) => compare(b.version, a.version))[0]
}

async function textAt(address: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]) })
  if (!answer.ok) throw new Error(`${answer.status}`)
  return await answer.text()
}

/** Brings an archive into the cache. What is there under its name was proven when it was put there, and is again. */
async function fetched(source: string, cache: string, wanted: Listed, signal: AbortSignal): Promise<string> {
  const path = join(cache, wanted.file)
  if (await stat(path).catch(() => null)) return path
  await makePrivateFolder(cache)
  const part = `${path}.part`
  const answer = await fetch(`${source}/${wanted.file}`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]),
  })
  if (!answer.ok || answer.body === null) throw new Error(`${answer.status}`)
  try {
    await pipeline(bounded(answer.body, MOST_ARCHIVE), createWriteStream(part, { mode: 0o600 }))
    await proven(part, wanted)
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
  await forgetOlder(cache, wanted)
  return path
}

async function forgetOlder(cache: string, { file, version }: Listed): Promise<void> {
  const like = file.split(version)
  const names = (await readdir(cache)).filter(
    (name) => name !== file && name.startsWith(like[0] ?? file) && name.endsWith(like[1] ?? file),
  )
  const old = names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })).slice(KEPT - 1)
  await Promise.all(old.map((name) => rm(join(cache, name), { force: true })))
}

/** @throws Fault checksum, node-source */
async function proven(path: string, { file, sha256, version }: Listed): Promise<Archive> {
  const found = await hashFile(path).catch((error: unknown) => {
    throw new Fault(file.startsWith('node-') ? 'node-source' : 'openclaw-source', file, error)
  })
  if (found.sha256 !== sha256) throw new Fault('checksum', file)
  return { path, version, ...found }
}
