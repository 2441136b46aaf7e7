import { OperatorError } from '../src/base/errors.ts'
import type { UnreadableProblem } from '../src/state/guarded-file.ts'
import {
  type JsonDocument,
  type JsonFault,
  type JsonProblem,
  parseJsonText,
  schemaFault,
} from '../src/state/json-text.ts'
import { jumpOf } from './jumps.ts'
import { MIGRATIONS, type Migration, migrate } from './migrations.ts'
import {
  type JumpHost,
  type NodeRecord,
  REGISTRY_VERSION,
  type RegistryData,
  registryDataSchema,
} from './schema.ts'

/** More than a hundred thousand nodes fit; a larger file is something else. */
export const REGISTRY_MAX_BYTES = 32 * 1024 * 1024

/** Everything that can be wrong with a registry file. */
export type RegistryProblem =
  | JsonProblem
  | UnreadableProblem
  | 'duplicate-id'
  | 'duplicate-address'
  | 'unknown-version'
  | 'file-missing'

/** Where and what; `line` and `column` count from 1 and are 0 when the file could not be read at all. */
export interface RegistryFault extends Omit<JsonFault, 'problem'> {
  problem: RegistryProblem
}

/** A registry file that was read, or what stands against it. */
export type ParsedRegistry =
  | { kind: 'data'; data: RegistryData; fileVersion: number }
  | { kind: 'fault'; fault: RegistryFault }
  | { kind: 'newer'; fileVersion: number }

/** A registry without nodes, as a new installation starts. */
export function emptyRegistry(): RegistryData {
  return { version: REGISTRY_VERSION, revision: 0, nodes: [], jumps: {} }
}

/** Reads the content of a registry file: strict JSON, known version, migrated, valid, unique. Pure. */
export function parseRegistry(
  bytes: Uint8Array,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
): ParsedRegistry {
  const parsed = parseJsonText(bytes)
  if ('fault' in parsed) return { kind: 'fault', fault: parsed.fault }
  const { document } = parsed
  if (!isObject(document.value)) return { kind: 'fault', fault: document.faultAt([], 'wrong-type') }
  const version = document.value.version
  if (version === undefined) return { kind: 'fault', fault: document.faultAt(['version'], 'missing') }
  if (!Number.isInteger(version) || typeof version !== 'number')
    return { kind: 'fault', fault: document.faultAt(['version'], 'wrong-type') }
  if (version > REGISTRY_VERSION) return { kind: 'newer', fileVersion: version }
  const current = migrate(document.value, version, migrations)
  if (current === null)
    return {
      kind: 'fault',
      fault: { ...document.faultAt(['version'], 'wrong-type'), problem: 'unknown-version' },
    }
  const result = registryDataSchema.safeParse(current)
  if (!result.success) return { kind: 'fault', fault: schemaFault(document, result.error) }
  const clash = findClash(result.data)
  if (clash !== null) return { kind: 'fault', fault: clashFault(document, clash) }
  return { kind: 'data', data: result.data, fileVersion: version }
}

/** Two nodes that cannot both be; `first` and `second` are their places in the list. */
export interface Clash {
  kind: 'id' | 'address'
  first: number
  second: number
}

/**
 * Ids are unique whatever their case, because people type them and file systems fold them; an address (host, SSH port,
 * login user, state directory and jump host) belongs to one node that is not retired.
 */
export function findClash({ nodes, jumps }: Pick<RegistryData, 'nodes' | 'jumps'>): Clash | null {
  const ids = new Map<string, number>()
  const addresses = new Map<string, number>()
  for (const [index, node] of nodes.entries()) {
    const sameId = ids.get(node.id.toLowerCase())
    if (sameId !== undefined) return { kind: 'id', first: sameId, second: index }
    ids.set(node.id.toLowerCase(), index)
    if (node.state === 'retired') continue
    const address = addressOf(node, jumpOf(node, jumps))
    const sameAddress = addresses.get(address)
    if (sameAddress !== undefined) return { kind: 'address', first: sameAddress, second: index }
    addresses.set(address, index)
  }
  return null
}

/** OpenClaw's state directory where none is named. */
const DEFAULT_STATE_DIRECTORY = '~/.openclaw'

/**
 * What makes two records the same gateway: user, host, SSH port, OpenClaw's state directory and the jump host: behind
 * another one the same address is another machine. One login may run several gateways, each in a directory of its own.
 */
export function addressOf(
  node: Pick<NodeRecord, 'host' | 'sshPort' | 'sshUser' | 'ocPath'>,
  jump: Pick<JumpHost, 'host' | 'port'> | null,
): string {
  const way = jump === null ? '' : ` via ${jump.host.toLowerCase()}:${jump.port}`
  return `${node.sshUser}@${node.host.toLowerCase()}:${node.sshPort} ${stateDirectoryOf(node)}${way}`
}

/** The directory as a path from the login's home where it lies in the usual one: both spellings are the same place. */
function stateDirectoryOf({ ocPath, sshUser }: Pick<NodeRecord, 'ocPath' | 'sshUser'>): string {
  const path = (ocPath ?? DEFAULT_STATE_DIRECTORY).replace(/(?<=.)\/+$/, '')
  const homes = [`/home/${sshUser}/`, `/Users/${sshUser}/`, ...(sshUser === 'root' ? ['/root/'] : [])]
  const home = homes.find((one) => path.startsWith(one))
  return home === undefined ? path : `~/${path.slice(home.length)}`
}

/**
 * The error of a file that cannot be used. `file` and `backup` are names for people, not paths to open; what is not
 * known (a place in a file that could not be read, a copy that does not exist) is left out.
 */
export function damagedError(
  code: 'registry-damaged' | 'registry-edited',
  names: { file: string; backup: string | null },
  fault: RegistryFault,
  cause?: unknown,
): OperatorError {
  const { line, column, problem, where } = fault
  const params = {
    file: names.file,
    problem,
    ...(line > 0 ? { line, column } : {}),
    ...(where === '' ? {} : { where }),
    ...(names.backup === null ? {} : { backup: names.backup }),
  }
  return new OperatorError(code, params, cause === undefined ? {} : { cause })
}

function clashFault(document: JsonDocument, clash: Clash): RegistryFault {
  const field = clash.kind === 'id' ? 'id' : 'host'
  const fault = document.faultAt(['nodes', clash.second, field], 'bad-format')
  return { ...fault, problem: clash.kind === 'id' ? 'duplicate-id' : 'duplicate-address' }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
