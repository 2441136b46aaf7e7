import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { OPENCLAW } from './archives.ts'

const CACHE = process.env.OCM_REAL_CACHE ?? '/var/cache/ocm-real-nodes'

/** A registry of npm with what is installed in one folder. */
export interface LocalRegistry {
  readonly address: string
  /** Archives that were sent. */
  readonly sent: string[]
  close(): Promise<void>
}

interface Package {
  readonly folder: string
  /** Whether packages lie in it that it brings along. */
  readonly bundles: boolean
}

interface Locked {
  version: string
  inBundle?: boolean
  bundleDependencies?: string[]
}

/** Serves what `install` holds; else what one OpenClaw is made of, from the install that the real nodes run. */
export async function startLocalRegistry(
  install = path.join(CACHE, `openclaw-${OPENCLAW}`),
): Promise<LocalRegistry> {
  const packages = await packagesOf(install)
  const sent: string[] = []
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '').slice(1)
    const [, name = '', version] = /^(.+?)(?:\/-\/[^/]*?-(\d+\.\d+\.\d+[^/]*)\.tgz)?$/.exec(url) ?? []
    const found = packages.get(name)
    const one = version === undefined ? undefined : found?.get(version)
    if (one !== undefined) {
      sent.push(`${name}@${version}`)
      sendArchive(one, response)
    } else if (found === undefined || version !== undefined) response.writeHead(404).end()
    else
      documentOf(name, found, address).then(
        (text) => response.end(text),
        () => response.writeHead(500).end(),
      )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    sent,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function packagesOf(install: string): Promise<Map<string, Map<string, Package>>> {
  const lock = JSON.parse(await readFile(path.join(install, 'node_modules/.package-lock.json'), 'utf8'))
  const packages = new Map<string, Map<string, Package>>()
  for (const [place, one] of Object.entries(lock.packages as Record<string, Locked>)) {
    if (one.inBundle === true) continue
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const versions = packages.get(name) ?? new Map<string, Package>()
    versions.set(one.version, {
      folder: path.join(install, place),
      bundles: one.bundleDependencies !== undefined,
    })
    packages.set(name, versions)
  }
  return packages
}

async function documentOf(
  name: string,
  found: ReadonlyMap<string, Package>,
  address: string,
): Promise<string> {
  const versions: Record<string, object> = {}
  for (const [version, { folder }] of found) {
    const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
    const tarball = `${address}/${name}/-/${path.basename(name)}-${version}.tgz`
    versions[version] = { ...manifest, dist: { tarball } }
  }
  return JSON.stringify({ name, 'dist-tags': { latest: [...found.keys()].at(-1) }, versions })
}

function sendArchive({ folder, bundles }: Package, response: ServerResponse): void {
  const without = bundles ? [] : ['--exclude=./node_modules']
  const words = ['-I', 'gzip -1', '-cf', '-', '--transform', 's,^\\.,package,', ...without, '-C', folder, '.']
  const tar = spawn('tar', words, { stdio: ['ignore', 'pipe', 'ignore'] })
  tar.stdout.pipe(response)
  response.on('close', () => tar.kill())
}
