import { compareVersions } from '../openclaw/versions.ts'
import { bounded } from './bounded.ts'
import { Fault } from './fault.ts'

/** The registry of npm when the settings name no other. */
export const NPM_REGISTRY = 'https://registry.npmjs.org'

/** As npm asks: of a package the short document, with what an installation needs. */
const ACCEPT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*; q=0.5'
const ASK_MS = 60_000
const MOST_DOCUMENT = 32 * 1024 * 1024
const MOST_HOPS = 3

/** The one registry that ocm asks for packages. Nothing that says who asks is sent there. */
export interface PackageRegistry {
  /** Without a slash at its end. */
  readonly address: string
  /** The OpenClaw that it has: the wanted one, else its newest release. @throws Fault openclaw-source */
  openclaw(wanted: string | null, signal: AbortSignal): Promise<string>
  /** Asks for a path; follows it nowhere but within the same site. */
  ask(method: 'GET' | 'HEAD', path: string, signal: AbortSignal): Promise<Response>
}

/** Opens the registry at an address; nothing is asked yet. */
export function openPackageRegistry(address: string): PackageRegistry {
  const ask: PackageRegistry['ask'] = async (method, path, signal) => {
    let url = new URL(`${address}${path}`)
    for (let hops = 0; hops <= MOST_HOPS; hops += 1) {
      const answer = await fetch(url, { method, redirect: 'manual', headers: { accept: ACCEPT }, signal })
      const to = answer.headers.get('location')
      if (answer.status < 300 || answer.status >= 400 || to === null) return answer
      await answer.body?.cancel()
      const next = new URL(to, url)
      if (next.origin !== url.origin) throw new Error(`${url.host} leads elsewhere`)
      url = next
    }
    throw new Error('leads in a circle')
  }
  return {
    address,
    ask,
    async openclaw(wanted, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
      const answer = await ask('GET', '/openclaw', limit).catch((error: unknown) => {
        signal.throwIfAborted()
        throw new Fault('openclaw-source', address, error)
      })
      if (!answer.ok) throw new Fault('openclaw-source', `${address}: ${answer.status}`)
      const document = await documentOf(answer).catch((error: unknown) => {
        throw new Fault('openclaw-source', address, error)
      })
      const versions = Object.keys(recordOf(document.versions))
      const latest = recordOf(document['dist-tags']).latest
      const released = versions.filter((version) => /^\d+\.\d+\.\d+$/.test(version))
      const newest =
        versions.find((version) => version === latest) ?? released.toSorted(compareVersions).at(-1)
      const found = wanted === null ? newest : versions.find((version) => version === wanted)
      if (found === undefined)
        throw new Fault('openclaw-source', `${address}: openclaw@${wanted ?? 'latest'}`)
      return found
    },
  }
}

/** The document of a package. @throws Error when it is too large or none */
export async function documentOf(answer: Response): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bounded(answer.body, MOST_DOCUMENT)) chunks.push(chunk)
  return recordOf(JSON.parse(Buffer.concat(chunks).toString('utf8')))
}

/** What a document holds under a name, where that is an object; else nothing. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
