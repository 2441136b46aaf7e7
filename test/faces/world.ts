import type { AuditEntry } from '../../src/operations/audit.ts'
import type { Context } from '../../src/operations/context.ts'
import { createToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { type Sandbox, type SandboxNodeSpec, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../support/fleet.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { settingsBeside } from '../support/sandbox-settings.ts'

export type Face = 'discord' | 'cli' | 'http'

/** Nothing listens there: what an operation comes to is the same each time it is asked for, and nothing is changed by it. */
const NODES: SandboxNodeSpec[] = [
  { id: 'gone', name: 'Gone', version: '2026.9.6', tags: ['lost'], state: 'down', agents: [{ id: 'main' }] },
]

/** One ocm with a Discord, a shell and an API. */
export interface World {
  sandbox: Sandbox
  /** What a shell beside this ocm has in its environment. */
  env: Record<string, string>
  /** Of programs, by their level. */
  tokens: Record<'admin' | 'viewer', string>
  context(): Context
  /** The public key that no node has. */
  publicKey: string
  /** Everything that was written to the audit, the oldest first. */
  audit(): Promise<AuditEntry[]>
  close(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const settings = { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '600000' }
  const sandbox = await startSandbox({
    nodes: NODES,
    settings: { ...settings, OCM_HTTP_LISTEN: '127.0.0.1:0' },
  })
  const context = () => sandbox.app.owned.context
  const tokenOf = async (level: 'admin' | 'viewer') => {
    const input = { name: `${level} of a program`, level, minutes: 600 }
    return (await runOperation(context(), actor('admin'), createToken, input)).data.token
  }
  return {
    sandbox,
    context,
    env: {
      ...settings,
      ...settingsBeside(sandbox),
      OCM_DEFAULT_LOCALE: 'en',
    },
    tokens: { admin: await tokenOf('admin'), viewer: await tokenOf('viewer') },
    publicKey: makeKeyPair().public,
    async audit() {
      const lines = await context().audit.after(0, 10_000)
      return lines.map(({ seq: _seq, prev: _prev, hash: _hash, ...entry }) => entry)
    },
    close: () => sandbox.close(),
  }
}
