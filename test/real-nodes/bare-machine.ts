import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type AddStep, addNode } from '../../src/operations/add-node.ts'
import type { StepName } from '../../src/provision/step.ts'
import { archives } from './archives.ts'
import type { Outcome } from './command.ts'
import type { Undo } from './faults.ts'
import { type Fleet, type NodeSpec, type RealNode, startFleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'

export const KEY = 'sk-ant-api03-a-key-that-nobody-may-see'
export const UNIT = 'openclaw-gateway.service'
const SECRET = 'ANTHROPIC_API_KEY'

/** A Debian with a login and nothing else, and the product with the archives to make a node of it. */
export interface BareMachine {
  readonly fleet: Fleet
  readonly node: RealNode
  readonly product: Product
  /** Settings of the product, for a process of it that runs beside. */
  readonly settings: Readonly<Record<string, string>>
  /** What `add-node` is asked. */
  readonly input: { id: string; host: string; secret: string }
  /** Puts the provider's key where the product looks for it, or takes it away. */
  secret(there: boolean): Promise<void>
  /** Every path that a login can write to, with what it is; a folder's size tells nothing. */
  files(): Promise<string[]>
  /** Runs a command there that has to succeed, and returns what it printed. */
  asUser(command: string): Promise<string>
  asRoot(command: string): Promise<string>
  /** The process of the gateway stands still; its port still accepts connections. */
  freeze(): Promise<void>
  stop(): Promise<void>
}

export async function startBareMachine(
  spec: Partial<NodeSpec> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<BareMachine> {
  const settings = { OCM_PROGRAM_SOURCE: await archives(), OCM_STATUS_DEADLINE_MS: '60000', ...more }
  const fleet = await startFleet({ nodes: [{ name: 'bare', openclaw: null, diskMb: 4096, ...spec }] })
  const node = fleet.node('bare')
  const product = await openProduct(fleet, [], settings)
  const file = path.join(product.folder, 'secrets', SECRET)
  const machine: BareMachine = {
    fleet,
    node,
    product,
    settings,
    input: { id: 'bare', host: `${node.login}@${node.host}`, secret: SECRET },
    async secret(there) {
      await mkdir(path.dirname(file), { recursive: true })
      await (there ? writeFile(file, KEY, { mode: 0o600 }) : rm(file))
    },
    async files() {
      const { stdout } = await node.root(
        `find /home /etc /root /opt /usr/local /var/lib/systemd/linger /tmp -xdev ! -path '/tmp/systemd-private-*' ! -path '/tmp/.X*' -printf '%p %y %m %u ' \\( -type d -printf '\\n' -o -printf '%s\\n' \\) 2>/dev/null | sort`,
      )
      return stdout.split('\n')
    },
    asUser: async (command) => said(command, await node.user(command)),
    asRoot: async (command) => said(command, await node.root(command)),
    async freeze() {
      await machine.asUser(`systemctl --user kill --kill-whom=main --signal=STOP ${UNIT}`)
    },
    async stop() {
      await product.close()
      await fleet.stop()
    },
  }
  await machine.secret(true)
  return machine
}

function said(command: string, { code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr || stdout}`)
  return stdout.trim()
}

/** What goes wrong while a step is at work. */
export interface FaultDuring {
  readonly during?: StepName
  spoil(): Promise<Undo>
}

/** Steps whose work is the pushing of an archive. */
const PUSHES: readonly StepName[] = ['nodejs', 'openclaw']

/** Steps of which nothing is seen but that they look. */
const LOOKS: readonly StepName[] = ['start', 'readiness', 'pairing']

/** Whether a step is at work: one that pushes when the stream has begun, one that looks from the first look on. */
function isAtWork({ step, phase, part }: AddStep): boolean {
  if (PUSHES.includes(step)) return (part?.done ?? 0) > 0
  return phase === (LOOKS.includes(step) ? 'checking' : 'acting')
}

/** Adds the machine; `undo` takes the fault back if it came about. */
export async function addTo({ product }: BareMachine, given: object, fault?: FaultDuring) {
  const told: string[] = []
  const tell = endedSteps(told)
  let brought: Promise<Undo> | undefined
  const report = await product.run(addNode, given, (step) => {
    tell(step)
    if (step.step === fault?.during && isAtWork(step)) brought ??= fault.spoil()
  })
  console.log(`${told.join('\n')}\n${report.outcome} ${JSON.stringify(report.data.fault)}`)
  return { report, undo: await brought }
}

/** A line for each step that has ended. */
export function endedSteps(told: string[]): (step: AddStep) => void {
  return ({ step, phase, state, tookMs, evidence }) => {
    if (phase === 'ended') told.push(`${step} ${state} ${(tookMs / 1000).toFixed(1)} s: ${evidence}`)
  }
}
