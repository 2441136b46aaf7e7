import { request } from 'node:http'
import type { Interaction } from 'discord.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PageState } from '../../../src/sandbox/discord/control.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { emulator, type Stage, stage } from './bot.ts'

let on: Stage
let base: URL

beforeAll(async () => {
  const pong = async (interaction: Interaction) => {
    if (interaction.isChatInputCommand()) await interaction.reply('pong')
  }
  on = await stage(pong, { clock: createFakeClock() })
  await on.client.application?.commands.set([{ name: 'ping', description: 'Ping' }])
  base = new URL(on.discord.pageUrl)
})

afterAll(() => on.close())

async function call(
  method: string,
  params: unknown,
): Promise<{ ok: boolean; result?: unknown; error?: string }> {
  const response = await fetch(new URL('/page/call', base), {
    method: 'POST',
    body: JSON.stringify({ method, params }),
  })
  return (await response.json()) as { ok: boolean }
}

async function state(): Promise<PageState> {
  const response = await fetch(new URL(`/page/state?${new URLSearchParams({ ...on.as('Vera') })}`, base))
  return (await response.json()) as PageState
}

function statusOf(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: base.port, path, headers, method }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('the page', () => {
  it('is served with a policy that lets in nothing from elsewhere', async () => {
    const response = await fetch(base)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('has no files outside its folder', async () => {
    for (const path of ['/page/static/..%2fcontrol.ts', '/page/static/../control.ts', '/page/static/nope.js'])
      expect(await statusOf(path, {})).toBe(404)
  })

  it('calls what the tests call, and sees what came of it', async () => {
    const before = (await state()).version
    expect(await call('slash', [on.as('Vera'), ['ping']])).toMatchObject({
      ok: true,
      result: { label: '/ping' },
    })
    await on.newest(on.as('Vera'), (one) => one.raw.content === 'pong')
    const after = await state()
    expect(after.version).toBeGreaterThan(before)
    expect(after).toMatchObject({ botOnline: true, botName: 'ops-bot', guildName: 'Demo', refusals: [] })
    expect(after.messages.at(-1)?.invokedBy).toMatchObject({ userName: 'Vera', label: '/ping' })
    expect(after.users.map((user) => user.name)).toEqual(['Ada', 'Oki', 'Vera'])
  })

  it('is told in words what cannot be done', async () => {
    expect(await call('slash', [on.as('Vera'), ['nope']])).toEqual({
      ok: false,
      error: 'There is no command /nope',
    })
    expect((await call('slash', ['Vera'])).error).toContain('Malformed call')
    expect((await call('constructor', [])).error).toContain('Malformed call')
  })

  it('hears of changes', async () => {
    const response = await fetch(new URL('/page/events', base))
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = await reader?.read()
    const version = Number(/"version":(\d+)/.exec(first?.value ?? '')?.[1])
    on.discord.say(on.as('Ada'), 'news')
    const second = await reader?.read()
    expect(Number(/"version":(\d+)/.exec(second?.value ?? '')?.[1])).toBeGreaterThan(version)
    await reader?.cancel()
  })

  it('answers only this machine, by its own name', async () => {
    expect(await statusOf('/', { host: 'evil.example:80' })).toBe(403)
    expect(await statusOf('/page/state', { host: `127.0.0.1.evil.example:${base.port}` })).toBe(403)
    expect(await statusOf('/page/call', { origin: 'http://evil.example' }, 'POST')).toBe(403)
    expect(await statusOf('/', { host: `localhost:${base.port}` })).toBe(200)
  })

  it('can be left out', async () => {
    const discord = await emulator({ page: false })
    expect((await fetch(discord.pageUrl)).status).toBe(404)
    await discord.close()
  })
})
