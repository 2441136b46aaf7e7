import type { Clock } from '../base/clock.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Seen } from './evidence.ts'
import type { MachineFacts } from './look.ts'
import type { PackageRegistry } from './package-registry.ts'
import type { SecretsPort } from './secrets.ts'
import type { SourcesPort } from './sources.ts'

/** The steps from a bare machine to a serving node, in their order. */
export const STEP_NAMES = [
  'ssh',
  'validate',
  'nodejs',
  'openclaw',
  'configuration',
  'credentials',
  'service',
  'linger',
  'start',
  'readiness',
  'pairing',
  'registry',
  'first-backup',
] as const
export type StepName = (typeof STEP_NAMES)[number]

/** The machine that becomes a node: what a link to it can do. */
export type Machine = Pick<NodeLink, 'exec' | 'upload' | 'listen' | 'hello' | 'snapshot'>

/** What the node is to be. */
export interface Wanted {
  id: string
  host: string
  sshPort: number
  sshUser: string
  gatewayPort: number
  /** Which OpenClaw; null takes the one that is there, else the newest of the source. */
  version: string | null
  /** `provider/model` of the first agent; null leaves it to OpenClaw. */
  model: string | null
  /** Name of a secret on the machine of ocm; null for none. */
  secret: string | null
}

/** What stands before the first change; what a step undoes is measured against it. */
export interface Before {
  home: string
  uid: number
  /** Paths that this run may make and that were not there; see {@link footprint}. */
  absent: string[]
  /** Whether the provider's key that is wanted was there. */
  hadKey: boolean
}

/** What the steps of one run work on. */
export interface Bench {
  readonly wanted: Wanted
  readonly machine: Machine
  readonly clock: Clock
  readonly sources: SourcesPort
  /** Which registry the machine may be let ask through ocm, as the last way; null for none. */
  readonly registry: PackageRegistry | null
  readonly secrets: SecretsPort
  readonly signal: AbortSignal
  /** Takes out of what the machine said whatever must not be seen, and bounds it. */
  clean(text: string): string
  /** Tells how far a step is; `total` in the unit of `done`, null when it is not known. */
  show(done: number, total: number | null, unit: 'bytes' | 'ms'): void
  /** Kept in the journal from the first look on. */
  before: Before | null
  /** What the last look found. */
  facts: MachineFacts | null
  snapshot: NodeSnapshot | null
  /** Executables of this node as the steps found or made them. */
  nodeBinary: string | null
  openclaw: string | null
  openclawVersion: string | null
  /** Folders of programs that this run makes; kept in the journal before the step acts. */
  readonly made: string[]
}

/** What a check found, with what shows it. */
export type Found = { state: 'missing' } | { state: 'satisfied' | 'not-needed'; seen: Seen[] }

/** One step: looks, acts, and believes only what it sees afterwards. */
export interface Step {
  readonly name: StepName
  /**
   * The commands that it runs where it has to act, as a person could type them.
   * @param registry the address that the machine may be let ask through ocm; null for none
   */
  commands(wanted: Wanted, registry: string | null): string[]
  /** Looks and changes nothing. @throws Fault, OperatorError */
  check(bench: Bench): Promise<Found>
  /** Safe to repeat after it was cut at any point. @throws Fault, OperatorError */
  act(bench: Bench): Promise<void>
  /** Sees the effect. @throws Fault, OperatorError */
  verify(bench: Bench): Promise<Seen[]>
}

/** A step that only looks. */
export function lookingStep(
  name: StepName,
  check: (bench: Bench) => Promise<Found>,
  commands: (wanted: Wanted) => string[] = () => [],
): Step {
  const nothing = () => Promise.reject(new Error(`${name} has nothing to do`))
  return { name, commands, check, act: nothing, verify: nothing }
}
