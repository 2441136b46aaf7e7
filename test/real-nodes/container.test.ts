import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { must } from './command.ts'
import { buildImage, type Image } from './container-root.ts'

const TOKEN = 'a-token-of-the-emulator'
const DOCKERFILE = path.join(import.meta.dirname, '../../Dockerfile')

let folder = ''
let image: Image
let discord: DiscordSandbox
beforeAll(async () => {
  await must(path.join(import.meta.dirname, 'prepare.sh'), [], { timeoutMs: 600_000 })
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-container-'))
  image = await buildImage(await fs.readFile(DOCKERFILE, 'utf8'))
  discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada' }],
    roles: [{ name: 'ops team' }],
    channels: [{ name: 'fleet' }],
    page: false,
  })
})
afterAll(async () => {
  await discord?.close()
  await image?.remove()
  await fs.rm(folder, { recursive: true, force: true })
})

/** The folders that compose.yaml mounts, as docs/setup.md has them made. */
async function mounts(): Promise<{ data: string; secrets: string }> {
  const data = path.join(folder, 'data')
  const secrets = path.join(folder, 'secrets')
  await must('install', ['-d', '-o', '1000', '-g', '1000', '-m', '0700', data])
  await fs.mkdir(secrets)
  await fs.writeFile(path.join(secrets, 'DISCORD_TOKEN'), TOKEN)
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(secrets, 'OCM_SSH_KEY')])
  await fs.writeFile(path.join(secrets, 'OCM_KNOWN_HOSTS'), '')
  await must('sh', ['-c', `chown 1000 ${secrets}/* && chmod 400 ${secrets}/*`])
  return { data, secrets }
}

describe('the image of the Dockerfile, built step by step', () => {
  test('runs the bot without rights on a root that cannot be written, and is healthy', async () => {
    const { data, secrets } = await mounts()
    const settings = {
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_GUILD_ID: discord.ids.guild,
      DISCORD_CHANNEL_ID: discord.ids.channels.fleet ?? '',
      OCM_ADMINS: `role:${discord.ids.roles['ops team']}`,
    }
    const container = image.start({ data, secrets, settings })
    await discord.botReady(60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${container.log()}`)
    })
    const status = await container.status()
    for (const line of [/^Uid:\s+1000\s+1000\s/m, /^Cap(?:Eff|Prm|Bnd):\s+0{16}$/m, /^NoNewPrivs:\s+1$/m])
      expect(status).toMatch(line)
    const who = await container.exec(['touch', '/opt/x', '/data/x'])
    expect(who.code).toBe(1)
    expect(who.stderr).toMatch(/^touch: [^\n]*\/opt\/x[^\n]*(?:Read-only file system|Permission denied)\n$/)
    expect(image.config.health).toEqual(['ocm', 'registry', 'show'])
    expect(await container.exec(image.config.health)).toMatchObject({ code: 0 })
    const checked = await container.exec(['ocm', 'doctor', '--json'])
    const findings: { level: string }[] = JSON.parse(checked.stdout).data.findings
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([])
    // 128 and the number of SIGTERM: it has ended as it was asked to.
    expect(await container.stop()).toBe(143)
    expect(container.log()).not.toContain(TOKEN)
    const { uid, mode } = await fs.stat(path.join(data, 'ocm.db'))
    expect([uid, mode & 0o077]).toEqual([1000, 0])
  })
})
