import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { OperatorError } from '../base/errors.ts'
import { isSameSecret } from '../base/same-secret.ts'
import type { NodeListener } from '../ssh/node-listener.ts'
import { sh } from '../ssh/shell-quote.ts'
import { bounded } from './bounded.ts'
import { run, SHORT_MS } from './commands.ts'
import { Fault } from './fault.ts'
import { documentOf, type PackageRegistry, recordOf } from './package-registry.ts'
import type { Bench } from './step.ts'

/** OpenClaw with all that it needs is 230 MB. */
const MOST_BYTES = 2 * 1024 ** 3
/** npm opens 15. */
const MOST_STREAMS = 32
const SHOW_EVERY_MS = 500
/** 127.0.0.1, as the kernel lists it. */
const LOOPBACK = '0100007F'

/** A package (`/name`, `/@scope%2fname`), or one of its archives (`/name/-/name-1.0.0.tgz`); nothing else is asked for. */
const PATH =
  /^\/((?:@[a-z0-9~][\w.~-]{0,99}(?:\/|%2f))?[a-z0-9~][\w.~-]{0,199})(?:\/-\/([a-z0-9~@][\w.~+@-]{0,255}\.tgz))?$/i

/** A registry as the node sees it. */
export interface ServedRegistry {
  /** Its address on the loopback of the node, with a slash at its end. */
  readonly address: string
  /** What a file of npm has to say so that it is let in: it holds the secret of this run. */
  readonly npmrc: string
  /** Nobody is answered any more, and the port is given back. */
  close(): Promise<void>
}

/**
 * Lets the node ask one registry through the SSH connection: ocm listens on the loopback of the node, takes `GET` and
 * `HEAD` of packages from whoever knows a secret that is made for this run, and hands on nothing of theirs. Where sshd
 * would listen on other addresses as well, nobody is answered.
 * @throws Fault forward-refused; OperatorError
 */
export async function serveRegistry(bench: Bench, registry: PackageRegistry): Promise<ServedRegistry> {
  const { machine, signal, clock } = bench
  const end = new AbortController()
  const secret = randomBytes(32).toString('base64url')
  let [bytes, streams, shownAt] = [0, 0, Number.NEGATIVE_INFINITY]
  const count = (more: number) => {
    bytes += more
    if (bytes > MOST_BYTES) throw new Error('too large')
    if (clock.monotonic() - shownAt < SHOW_EVERY_MS) return
    shownAt = clock.monotonic()
    bench.show(bytes, null, 'bytes')
  }
  let address = ''
  const server = createServer((request, response) => {
    const allowed = AbortSignal.any([signal, end.signal])
    answer(request, response, { registry, secret, address, count, signal: allowed }).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 502)
    })
  })
  const listener = await machine
    .listen(
      (stream) => {
        if (end.signal.aborted || streams >= MOST_STREAMS) {
          stream.destroy()
          return
        }
        streams += 1
        stream.once('close', () => {
          streams -= 1
        })
        server.emit('connection', stream)
      },
      { deadlineMs: SHORT_MS, signal },
    )
    .catch((error: unknown) => {
      if (!(error instanceof OperatorError) || error.code !== 'forwarding-refused') throw error
      throw new Fault('forward-refused', 'AllowTcpForwarding', error)
    })
  const close = async () => {
    end.abort()
    await listener.close()
  }
  try {
    await requireLoopback(bench, listener)
  } catch (error) {
    await close()
    throw error
  }
  const place = `127.0.0.1:${listener.port}/`
  address = `http://${place}`
  return { address, npmrc: `registry=${address}\n//${place}:_authToken=${secret}\n`, close }
}

/** `GatewayPorts yes` makes every such port one of all addresses, whatever was asked for. */
async function requireLoopback(bench: Bench, { port }: NodeListener): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = `s/^ *[0-9]*: \\([0-9A-F]*\\):${hex} [0-9A-F]*:0000 0A .*/\\1/p`
  const { stdout } = await run(bench, sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed -n ${listening}`)
  const places = stdout.split('\n').filter(Boolean)
  if (places.length === 0 || places.some((place) => place !== LOOPBACK))
    throw new Fault('forward-refused', 'GatewayPorts')
}

interface Serving {
  registry: PackageRegistry
  secret: string
  /** Where the node finds what the registry has. */
  address: string
  count(bytes: number): void
  signal: AbortSignal
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { registry, secret, address, count, signal } = serving
  const { method, url = '', headers } = request
  if (!isSameSecret(headers.authorization ?? '', `Bearer ${secret}`)) return refuse(response, 401)
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405)
  const [path, name, file] = PATH.exec(url) ?? []
  if (path === undefined || name === undefined) return refuse(response, 403)
  const found = await registry.ask(method, path, signal)
  if (!found.ok || method === 'HEAD') {
    await found.body?.cancel()
    return refuse(response, found.status)
  }
  const type = found.headers.get('content-type') ?? 'application/octet-stream'
  if (file === undefined) {
    const text = JSON.stringify(ledHere(await documentOf(found), registry.address, address))
    count(Buffer.byteLength(text))
    response.writeHead(200, { 'content-type': type }).end(text)
    return
  }
  response.writeHead(200, { 'content-type': type })
  const counted = async function* () {
    for await (const chunk of bounded(found.body, MOST_BYTES)) {
      count(chunk.length)
      yield chunk
    }
  }
  await pipeline(counted(), response)
}

/** Archives of the registry are asked for here; what lies elsewhere stays there, and is not had. */
function ledHere(
  document: Record<string, unknown>,
  registry: string,
  address: string,
): Record<string, unknown> {
  for (const version of Object.values(recordOf(document.versions))) {
    const dist = recordOf(recordOf(version).dist)
    const { tarball } = dist
    if (typeof tarball === 'string' && tarball.startsWith(`${registry}/`))
      dist.tarball = `${address}${tarball.slice(registry.length + 1)}`
  }
  return document
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end()
}
