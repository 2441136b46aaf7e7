import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { packedPrograms } from '../../src/sandbox/nodes/host/home.ts'
import { VERSION } from './bare-machine.ts'

/** A registry of npm that has one package, `openclaw`. */
export interface PackageServer {
  address: string
  asked: { method: string; url: string; headers: IncomingHttpHeaders }[]
  /** From now on no archive comes to its end; resolves when one is asked for. */
  hold(): Promise<void>
  close(): Promise<void>
}

export async function startPackageServer(): Promise<PackageServer> {
  const archive = await openclawArchive()
  const asked: PackageServer['asked'] = []
  let held: (() => void) | null = null
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers })
    if (url === '/npm/openclaw') response.end(JSON.stringify(document()))
    else if (url === '/npm/away') response.writeHead(302, { location: 'http://192.0.2.1/away' }).end()
    else if (url !== `/npm/openclaw/-/openclaw-${VERSION}.tgz`) response.writeHead(404).end()
    else if (held === null) response.end(archive)
    else {
      response.write(archive.subarray(0, 100))
      held()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`
  const document = () => ({
    name: 'openclaw',
    'dist-tags': { latest: VERSION },
    versions: {
      [VERSION]: {
        bin: { openclaw: 'openclaw.mjs' },
        dist: {
          tarball: `${address}/openclaw/-/openclaw-${VERSION}.tgz`,
          integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
        },
      },
      '2020.1.1': { dist: { tarball: 'http://192.0.2.1/openclaw/-/openclaw-2020.1.1.tgz' } },
    },
  })
  return {
    address,
    asked,
    hold: () =>
      new Promise((resolve) => {
        held = resolve
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function openclawArchive(): Promise<Buffer> {
  const programs = packedPrograms(VERSION)
  const tar = pack()
  tar.entry({ name: 'package/openclaw.mjs', mode: 0o755 }, programs.openclaw)
  tar.entry({ name: 'package/package.json' }, programs.package)
  tar.entry({ name: 'package/dist/index.js' }, programs.entry)
  tar.finalize()
  return await buffer(tar.pipe(createGzip()))
}
