import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { auditEntriesIn } from '../support/audit.ts'
import { until } from '../support/until.ts'
import { type CliFleet, HOSTILE, startFleet } from './fleet.ts'
import { runHere } from './in-process.ts'

let fleet: CliFleet
beforeAll(async () => {
  fleet = await startFleet()
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'OCM_KNOWN_HOSTS']) vi.stubEnv(name, '')
  for (const [name, value] of Object.entries({ LANG: 'C.UTF-8', ...fleet.env })) vi.stubEnv(name, value)
}, 60_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await fleet?.close()
}, 60_000)

/** A run in this process whose answer is JSON. */
async function json(...args: string[]) {
  const { code, out, err } = await runHere([...args, '--json'])
  expect(err).toBe('')
  return { code, ...JSON.parse(out) }
}
const registered = (id: string) => fleet.sandbox.app.owned.context.registry.get(id)
const CONTROLS = new RegExp(
  `[${String.fromCharCode(0)}-\t\v-${String.fromCharCode(31)}\u007f-\u009f\u202a-\u202e]`,
)

describe('the program beside a running bot', () => {
  it('reads nodes like the bot does, for people and for programs', { timeout: 60_000 }, async () => {
    const list = await fleet.ocm(['node', 'list'])
    expect(list).toMatchObject({ code: 0, stderr: '' })
    const rows = list.stdout.split('\n')
    expect(rows.slice(1, 4).map((row) => row.split(' ')[0])).toEqual(['gone', 'beta', 'alpha'])
    expect(list.stdout).toMatch(/gone .*unreachable.*nothing accepts SSH/)
    expect(list.stdout).toMatch(/beta .*service down/)
    expect(list.stdout).toContain('89%')
    expect(await json('node', 'list', '--tag', 'prod')).toMatchObject({
      code: 0,
      schema: 'ocm/1',
      operation: 'list-nodes',
      outcome: 'done',
      exitCode: 0,
      data: { rows: [{ id: 'alpha', state: 'serving', freshness: 'live' }] },
      error: null,
    })
    const status = await runHere(['node', 'status', 'alpha', '--lang', 'ja'])
    expect(status.code).toBe(0)
    expect(status.out).toContain('稼働中')
    expect(status.out).toContain('agent:main:main')
    expect(status.out).toContain('@everyone')
    for (const text of [list.stdout, status.out]) expect(text).not.toMatch(CONTROLS)
    expect(HOSTILE).toMatch(CONTROLS)
    const gone = await runHere(['node', 'logs', 'gone'])
    expect(gone).toMatchObject({ code: 4, out: '' })
    expect(gone.err).toContain('cannot be reached over SSH')
  })

  it('tries the alert channel like the bot does, and says what Discord refuses', {
    timeout: 30_000,
  }, async () => {
    const { discord } = fleet.sandbox
    const passed = ['post', 'edit', 'thread', 'line', 'clean']
    const before = discord.requests().length
    expect(await json('alert', 'test')).toMatchObject({
      code: 0,
      operation: 'test-alerts',
      outcome: 'done',
      data: { channelId: discord.ids.channels.fleet, passed, failed: [], problem: null },
    })
    const made = discord.requests().slice(before)
    expect(made.some(({ method, path }) => method === 'POST' && path.endsWith('/threads'))).toBe(true)
    expect(made.at(-1)?.method).toBe('DELETE')
    discord.faults.rest({
      method: 'POST',
      path: /messages$/,
      times: 4,
      act: { kind: 'status', status: 403, body: { code: 50013, message: 'Missing Permissions' } },
    })
    const refused = await runHere(['alert', 'test', '--lang', 'ja'])
    expect(refused.code).toBe(4)
    expect(refused.out).toContain('Missing Permissions')
    discord.faults.clear()
    vi.stubEnv('DISCORD_TOKEN', '')
    const without = await runHere(['alert', 'test'])
    vi.stubEnv('DISCORD_TOKEN', fleet.env.DISCORD_TOKEN ?? '')
    expect(without.code).toBe(2)
  })

  it('draws the list anew as rows arrive where there is a terminal', { timeout: 30_000 }, async () => {
    const { code, out } = await runHere(['node', 'list'], { tty: true })
    expect(code).toBe(0)
    const frames = out.split('\u001b[J')
    expect(frames.length).toBeGreaterThan(1)
    expect(frames[0]).toContain('reading…')
    expect(frames.at(-1)).toMatch(/alpha.*serving/)
    expect(frames.at(-1)).not.toContain('reading…')
  })

  it('does nothing dangerous unasked, and then exactly what it showed', { timeout: 60_000 }, async () => {
    const fresh = fleet.sandbox.nodes.nodes.find(({ id }) => id === 'fresh')
    const register = ['node', 'register', 'fresh', fresh?.host ?? '', '--ssh-user', fresh?.user ?? '']
    register.push('--ssh-port', String(fresh?.sshPort))
    const asked = await runHere(['node', 'restart', 'alpha'])
    expect([asked.code, asked.out]).toEqual([6, ''])
    expect(asked.err).toContain('Nothing is running.')
    expect(asked.err).toContain('--yes')
    const declined = await runHere(['node', 'restart', 'alpha'], { tty: true, answer: 'n' })
    expect(declined.code).toBe(6)
    const refusal = await json(...register, '--yes')
    expect(refusal).toMatchObject({
      code: 6,
      operation: 'register-node',
      error: { code: 'host-key-unknown' },
    })
    const otherKey = await runHere([...register, '--accept-host-key', `SHA256:${'A'.repeat(43)}`])
    expect([otherKey.code, otherKey.out]).toEqual([6, ''])
    // It is registered nowhere: nothing of it can have changed, and no key of it can be approved anew.
    expect(otherKey.err).toContain('another host key than the one that was vouched for')
    expect(otherKey.err).not.toMatch(/has changed|node trust/)
    expect(() => registered('fresh')).toThrow()

    const restarted = await json('node', 'restart', 'alpha', '--yes', '--reason', 'test')
    expect(restarted).toMatchObject({ code: 0, operation: 'restart-node', outcome: 'done' })
    expect(restarted.data.after.pid).not.toBe(restarted.data.before.pid)
    const { fingerprint } = refusal.data.plan.hostKey
    expect((await runHere([...register, '--accept-host-key', fingerprint])).code).toBe(0)
    await until(() => {
      try {
        return registered('fresh').hostKeys[0]?.fingerprint === fingerprint
      } catch {
        return false
      }
    })
    const trust = ['node', 'trust', 'fresh']
    expect((await runHere([...trust, '--accept-host-key', `SHA256:${'A'.repeat(43)}`])).code).toBe(6)
    await fresh?.ssh.changeHostKey()
    const changed = await json(...trust, '--yes')
    expect(changed).toMatchObject({ code: 6, error: { code: 'host-key-unknown' } })
    expect(changed.data.plan.pinned).toEqual([fingerprint])
    const offered = changed.data.plan.offered.fingerprint
    const trusted = await runHere([...trust, '--accept-host-key', offered])
    expect(trusted.code).toBe(0)
    expect(trusted.err).toContain(`${fingerprint} → ${offered}`)
    expect(trusted.out).toMatch(/is approved\s+.*serving/)
  })

  it('shares its files with the bot: neither loses what the other wrote', { timeout: 90_000 }, async () => {
    const { context } = fleet.sandbox.app.owned
    const open = () => context.incidents.state().incidents.find(({ subject }) => subject.nodeId === 'beta')
    await until(() => open() !== undefined)
    const id = open()?.id ?? ''
    // The bot keeps writing the same files while the other processes do.
    const busy = new AbortController()
    const bot = (async () => {
      let writes = 0
      while (!busy.signal.aborted) {
        await context.registry.update('alpha', (node) => ({ ...node, tags: ['prod', `w${++writes % 9}`] }))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return writes
    })()
    const [retired, acked, muted] = await Promise.all([
      fleet.ocm(['node', 'retire', 'gone', '--yes', '--reason', 'broken disk']),
      fleet.ocm(['alert', 'ack', id.toLowerCase()]),
      runHere(['alert', 'mute', '--node', 'beta', '--for', '1h', '--lang', 'zh-CN']),
    ])
    busy.abort()
    expect(await bot).toBeGreaterThan(0)
    expect([retired.code, acked.code, muted.code]).toEqual([0, 0, 0])
    await until(() => registered('gone').state === 'retired')
    expect(registered('gone').stateReason).toBe('broken disk')
    await until(() => open()?.state === 'acknowledged')
    expect(context.incidents.state().mutes).toMatchObject([{ nodeId: 'beta' }])
    expect(muted.out).toContain('静音：beta')

    expect(await json('node', 'unretire', 'gone')).toMatchObject({
      outcome: 'done',
      data: { state: 'unreachable' },
    })
    await until(() => registered('gone').state === 'active')
    const entries = auditEntriesIn(fleet.sandbox.folder)
    expect(entries.filter(({ face }) => face === 'cli').map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['retire-node', 'acknowledge-incident', 'mute-alerts', 'unretire-node']),
    )
  })

  it('works on sessions and tells what they are afterwards', { timeout: 60_000 }, async () => {
    const list = await runHere(['session', 'list', 'alpha'])
    expect(list.out).toMatch(/agent:main:main +89% +150,000/)
    const prevent = await json('session', 'prevent', 'alpha', 'agent:main:main')
    expect(prevent).toMatchObject({ code: 6, data: { plan: { window: 200_000 } } })
    const unknown = await runHere(['session', 'reset', 'alpha', 'agent:man:main', '--yes'])
    expect(unknown.code).toBe(2)
    expect(unknown.err).toContain('Did you mean “agent:main:main”? See ocm session list alpha')
    const mistyped = await json('node', 'status', 'alhpa')
    expect(mistyped).toMatchObject({ code: 2, error: { code: 'unknown-node' } })
    expect(mistyped.error.next).toContain('Did you mean “alpha”? See ocm node list')
    const forgotten = await runHere(['alert', 'ack', 'I-999'])
    expect([forgotten.code, forgotten.err]).toEqual([2, expect.stringContaining('See ocm alert list')])
    const { outcome, data } = await json('session', 'compact', 'alpha', 'agent:main:main', '--yes')
    expect(outcome).toBe('done')
    expect(data.after.value).toBeLessThan(data.before.value)
    expect(data.transcript.saved).toBe(true)
  })

  it('ends cleanly when it is told to, and quietly when nobody reads on', { timeout: 60_000 }, async () => {
    const [stopped, unread] = await Promise.all([
      fleet.ocm(['node', 'logs', 'alpha', '--follow', '60'], {
        when: { shows: /./, act: (child) => child.kill('SIGINT') },
      }),
      fleet.ocm(['node', 'list'], { unread: true }),
    ])
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain('follow stopped')
    expect(unread).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('examines settings, Discord and every node', { timeout: 60_000 }, async () => {
    const { discord } = fleet.sandbox
    discord.expectRefusal({ status: 401 })
    const whole = await json('doctor')
    const { findings } = whole.data
    const codes = (area: string) =>
      findings.filter((one: { area: string }) => one.area === area).map((one: { code: string }) => one.code)
    expect(codes('discord')).toEqual([
      'doctor.discord.token-valid',
      'doctor.discord.guild-found',
      'doctor.discord.channel-found',
      'doctor.discord.permissions-complete',
      'doctor.discord.commands-registered',
    ])
    expect(codes('ssh')).toContain('doctor.ssh-key')
    expect(codes('data')).toEqual(['doctor.data-well', 'doctor.store-sound', 'doctor.store-sound'])
    const nodes = findings.filter((one: { area: string }) => one.area === 'nodes')
    expect(nodes).toContainEqual(expect.objectContaining({ subject: 'gone', level: 'problem' }))
    expect(nodes).toContainEqual(expect.objectContaining({ subject: 'alpha', code: 'doctor.node-well' }))
    expect(whole.code).toBe(4)
    vi.stubEnv('DISCORD_TOKEN', 'a-token-that-nobody-knows-123')
    const refused = await runHere(['doctor'])
    vi.stubEnv('DISCORD_TOKEN', fleet.env.DISCORD_TOKEN)
    expect(refused.out).toContain('Discord refuses DISCORD_TOKEN')
    expect(refused.out).not.toContain('a-token-that-nobody-knows')
  })

  it('completes node names from the registry', { timeout: 30_000 }, async () => {
    expect(await runHere(['__complete', '--', 'node', 'status', 'al'])).toMatchObject({
      code: 0,
      out: 'alpha\tAlpha 東京\n',
    })
  })
})
