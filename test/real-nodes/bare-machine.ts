import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { AddStep } from '../../src/operations/add-node.ts'
import { archives } from './archives.ts'
import { type Fleet, type NodeSpec, type RealNode, startFleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'

export const KEY = 'sk-ant-api03-a-key-that-nobody-may-see'
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
  stop(): Promise<void>
}

export async function startBareMachine(spec: Partial<NodeSpec> = {}): Promise<BareMachine> {
  const settings = { OCM_PROGRAM_SOURCE: await archives(), OCM_STATUS_DEADLINE_MS: '60000' }
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
    async stop() {
      await product.close()
      await fleet.stop()
    },
  }
  await machine.secret(true)
  return machine
}

/** A line for each step that has ended. */
export function endedSteps(told: string[]): (step: AddStep) => void {
  return ({ step, phase, state, tookMs, evidence }) => {
    if (phase === 'ended') told.push(`${step} ${state} ${(tookMs / 1000).toFixed(1)} s: ${evidence}`)
  }
}
