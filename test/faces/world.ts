import { userInfo } from 'node:os'
import type { Actor } from '../../src/operations/access.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import type { Context } from '../../src/operations/context.ts'
import { createToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import {
  PEOPLE,
  type Sandbox,
  type SandboxNodeSpec,
  startSandbox,
} from '../../src/sandbox/stage/start-sandbox.ts'
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
  /** Who asks as an admin through a face. */
  actorOf(face: Face): Actor
  /** The public key that no node has. */
  publicKey: string
  /** Everything that was written to the audit, the oldest first. */
  audit(): Promise<AuditEntry[]>
  /** Ends the program and builds it anew with other settings, for the shell too. */
  restart(settings: Record<string, string>): Promise<void>
  close(): Promise<void>
}

/** @param options.settings on top of what every world has */
export async function startWorld(
  options: { nodes?: SandboxNodeSpec[]; settings?: Record<string, string> } = {},
): Promise<World> {
  const settings = { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '600000', ...options.settings }
  const sandbox = await startSandbox({
    nodes: options.nodes ?? NODES,
    settings: { ...settings, OCM_HTTP_LISTEN: '127.0.0.1:0' },
  })
  const context = () => sandbox.app.owned.context
  const env: Record<string, string> = { ...settings, ...settingsBeside(sandbox), OCM_DEFAULT_LOCALE: 'en' }
  const tokenOf = async (level: 'admin' | 'viewer') => {
    const input = { name: `${level} of a program`, level, minutes: 600 }
    return (await runOperation(context(), actor('admin'), createToken, input)).data
  }
  const [admin, viewer] = [await tokenOf('admin'), await tokenOf('viewer')]
  return {
    sandbox,
    context,
    env,
    tokens: { admin: admin.token, viewer: viewer.token },
    actorOf(face) {
      const { users } = sandbox.discord.ids
      const id = { discord: users[PEOPLE.admin] ?? '', cli: userInfo().username, http: `token:${admin.id}` }[
        face
      ]
      return { ...actor('admin'), face, id }
    },
    publicKey: makeKeyPair().public,
    async audit() {
      const lines = await context().audit.after(0, 10_000)
      return lines.map(({ seq: _seq, prev: _prev, hash: _hash, ...entry }) => entry)
    },
    async restart(more) {
      Object.assign(env, more)
      await sandbox.restartApp(more)
    },
    close: () => sandbox.close(),
  }
}
