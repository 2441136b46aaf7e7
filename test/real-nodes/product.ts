import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Log } from '../../src/base/log.ts'
import { createContext, type OwnedContext } from '../../src/create-context.ts'
import type { Actor } from '../../src/operations/access.ts'
import type { Context } from '../../src/operations/context.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import type { NodeRow } from '../../src/operations/node-row.ts'
import type { Operation, Report } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { describeHostKey } from '../../src/ssh/host-keys.ts'
import type { Fleet, RealNode } from './fleet.ts'

export const ADMIN: Actor = {
  face: 'cli',
  id: 'tester',
  name: 'Tester',
  grants: [{ level: 'admin', tags: null }],
}

/** A line of the product's own log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

/** A live row of a list and when it was shown, in milliseconds after the list was asked for. */
export interface SeenRow {
  readonly row: NodeRow
  readonly afterMs: number
}

/** The product as users have it, with settings, registry and files of its own, on the nodes of a fleet. */
export interface Product extends OwnedContext {
  /** Where its registry and its state lie; a command line may work on them beside it. */
  readonly folder: string
  readonly log: readonly LogLine[]
  /** Runs an operation; one that has to be confirmed is planned and confirmed at once. */
  run<Input, Result, Step, Plan>(
    operation: Operation<Input, Result, Step, Plan>,
    input: unknown,
    onProgress?: (step: Step) => void,
  ): Promise<Report<Result>>
  /** Lists the fleet; every node's live row with the moment when a person would have seen it. */
  list(): Promise<ReadonlyMap<string, SeenRow>>
}

function collectingLog(lines: LogLine[]): Log {
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** The host key of a node as an admin would have approved it. */
export async function approvedKey(node: RealNode): Promise<NodeRecord['hostKeys'][number]> {
  const [, base64 = ''] = (await node.hostKey()).split(' ')
  const described = describeHostKey(Buffer.from(base64, 'base64'))
  return { ...described, approvedAt: new Date().toISOString(), approvedBy: 'cli:tester' }
}

async function register(context: Context, node: RealNode): Promise<void> {
  await context.registry.add({
    id: node.name,
    name: node.name,
    host: node.host,
    sshPort: node.port,
    sshUser: node.login,
    gatewayPort: node.gatewayPort,
    ocPath: null,
    tags: [],
    hostKeys: [await approvedKey(node)],
  })
}

/**
 * Opens the product on a fleet with default settings but for the time that a restart may take.
 * @param names the nodes that are registered; all of the fleet when left out
 * @param more settings that are not the default
 */
export async function openProduct(
  fleet: Fleet,
  names?: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Product> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-product-'))
  const settings = {
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: fleet.keyPath,
    // A gateway that shares its processor with the rest of a fleet and of the host starts slowly.
    OCM_RESTART_DEADLINE_MS: '300000',
    ...more,
  }
  const config = loadConfig(settings, { discord: 'optional' })
  const lines: LogLine[] = []
  const owned = await createContext(config, { log: collectingLog(lines) })
  const { context } = owned
  for (const node of fleet.nodes)
    if (names === undefined || names.includes(node.name)) await register(context, node)

  return {
    ...owned,
    folder,
    log: lines,
    async run(operation, input, onProgress) {
      const confirmed = operation.question ? await planOperation(context, ADMIN, operation, input) : undefined
      return runOperation(context, ADMIN, operation, input, {
        ...(confirmed ? { confirmed } : {}),
        ...(onProgress ? { onProgress } : {}),
      })
    },
    async list() {
      const asked = performance.now()
      const seen = new Map<string, SeenRow>()
      const take = ({ rows }: { rows: readonly NodeRow[] }) => {
        const afterMs = Math.round(performance.now() - asked)
        for (const row of rows)
          if (!row.pending && row.freshness === 'live' && !seen.has(row.id))
            seen.set(row.id, { row, afterMs })
      }
      const report = await runOperation(context, ADMIN, listNodes, {}, { onProgress: take })
      take(report.data)
      return seen
    },
    async close() {
      await owned.close()
      await fs.rm(folder, { recursive: true })
    },
  }
}
