import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REGISTRY_VERSION, type RegistryData } from '../../../registry/schema.ts'
import type { Clock } from '../../base/clock.ts'
import { createEndings } from '../../base/endings.ts'
import type { Log } from '../../base/log.ts'
import { type App, createApp } from '../../create-app.ts'
import { loadConfig } from '../../settings/config.ts'
import { redirectOf } from '../../settings/http-config.ts'
import { type DiscordSandbox, startDiscord } from '../discord/start-discord.ts'
import { writeArchives } from '../nodes/archives.ts'
import type { NodeSpec, NodesSandbox, SandboxNode } from '../nodes/control.ts'
import { makeHostKey } from '../nodes/ssh/host-key.ts'
import { startNodes } from '../nodes/start-nodes.ts'

/** A token in the form of a bot's; it opens nothing but the embedded Discord. */
const TOKEN = 'embedded.discord.token-0123456789'
/** The same of its application, with which people sign in. */
export const CLIENT_SECRET = 'embedded-client-secret-0123456789'

/** A node of the sandbox and how the registry knows it. */
export interface SandboxNodeSpec extends NodeSpec {
  tags?: string[]
  /** False leaves the node for someone to register. */
  registered?: boolean
}

/** The real program between an embedded Discord and embedded nodes. */
export interface Sandbox {
  discord: DiscordSandbox
  nodes: NodesSandbox
  app: App
  folder: string
  /** Ends the program and builds it anew on the same data, as a restart of the bot does; with other settings where given. */
  restartApp(settings?: Record<string, string>): Promise<void>
  /** Ends everything and leaves nothing behind. Rejects when Discord refused something that no one expected. */
  close(): Promise<void>
}

/** People of the sandbox, each with the role of the same name. */
export const PEOPLE = { admin: 'Aoi', operator: 'Oskar', viewer: 'Vera' } as const

/**
 * Starts Discord, the nodes and the program, and resolves when the commands can be used.
 * @param options.settings settings by their names in .env.example, on top of what the sandbox needs
 */
export async function startSandbox(options: {
  nodes: SandboxNodeSpec[]
  settings?: Record<string, string>
  log?: Log
  port?: number
  /** The time of Discord, the nodes and the program alike. */
  clock?: Clock
}): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-sandbox-'))
  const time = options.clock ? { clock: options.clock } : {}
  const endings = createEndings()
  endings.add(() => rm(folder, { recursive: true, force: true }))
  try {
    const key = makeHostKey()
    const keyPath = join(folder, 'id_ed25519')
    await writeFile(keyPath, key.privateKey, { mode: 0o600 })
    const nodes = await startNodes({ nodes: options.nodes, authorizedKeys: [key.publicKey], ...time })
    endings.add(() => nodes.close())
    const discord = await startDiscord({
      token: TOKEN,
      guild: { name: 'Crab Works' },
      bot: { name: 'ocm' },
      roles: Object.keys(PEOPLE).map((name) => ({ name })),
      users: Object.entries(PEOPLE).map(([role, name]) => ({ name, roles: [role] })),
      channels: [{ name: 'fleet' }],
      clientSecret: CLIENT_SECRET,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...time,
    })
    endings.add(() => discord.close())
    await writeRegistry(join(folder, 'registry.json'), options.nodes, nodes.nodes)
    const bare = options.nodes.find((spec) => spec.bare)
    const programs = join(folder, 'program-source')
    if (bare) await writeArchives(programs, bare.version)
    const environment = {
      DISCORD_TOKEN: TOKEN,
      DISCORD_GUILD_ID: discord.ids.guild,
      DISCORD_CHANNEL_ID: discord.ids.channels.fleet,
      DISCORD_API_URL: discord.apiUrl,
      OCM_ADMINS: `role:${discord.ids.roles.admin}`,
      OCM_OPERATORS: `role:${discord.ids.roles.operator}`,
      OCM_VIEWERS: `role:${discord.ids.roles.viewer}`,
      OCM_DATA_DIR: folder,
      OCM_SSH_KEY: keyPath,
      OCM_SSH_AGENT: 'none',
      OCM_LOG_LEVEL: 'warn',
      ...(bare ? { OCM_PROGRAM_SOURCE: programs } : {}),
      ...options.settings,
    }
    const build = (more: Record<string, string> = {}) =>
      createApp(loadConfig({ ...environment, ...more }), {
        ...time,
        ...(options.log ? { log: options.log } : {}),
      })
    /** What a person enters in the developer portal, once it is known where the page is. */
    const start = async (app: App) => {
      await app.start()
      const address = await app.owned.context.signIns.address()
      if (address !== null) discord.oauth.allowRedirect(redirectOf(address))
    }
    const sandbox: Sandbox = {
      discord,
      nodes,
      app: await build(),
      folder,
      async restartApp(settings) {
        await sandbox.app.stop()
        sandbox.app = await build(settings)
        await start(sandbox.app)
      },
      close: () => endings.run(),
    }
    endings.add(() => sandbox.app.stop())
    await start(sandbox.app)
    return sandbox
  } catch (error) {
    await endings.run().catch(() => undefined)
    throw error
  }
}

/** Writes the registry as it is after someone has registered these nodes. */
export async function writeRegistry(
  path: string,
  specs: readonly SandboxNodeSpec[],
  nodes: readonly SandboxNode[],
): Promise<void> {
  const stamp = new Date().toISOString()
  const data: RegistryData = {
    version: REGISTRY_VERSION,
    revision: 0,
    jumps: {},
    nodes: specs.flatMap((spec) => {
      const node = nodes.find(({ id }) => id === spec.id)
      if (!node || spec.registered === false) return []
      const [type = '', key = ''] = node.hostPublicKey.split(' ')
      const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64')
      return [
        {
          id: spec.id,
          name: spec.name,
          host: node.host,
          sshPort: node.sshPort,
          sshUser: node.user,
          gatewayPort: node.gatewayPort,
          ocPath: null,
          unit: null,
          jump: null,
          tags: spec.tags ?? [],
          state: 'active',
          stateReason: null,
          maintenance: null,
          hostKeys: [
            {
              type,
              key,
              fingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
              approvedAt: stamp,
              approvedBy: 'sandbox',
            },
          ],
          agents: [],
          createdAt: stamp,
          updatedAt: stamp,
          retiredAt: null,
        },
      ]
    }),
  }
  await writeFile(path, `${JSON.stringify(data, null, 2)}\n`, { mode: 0o600 })
}
