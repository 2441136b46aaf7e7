import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { commands } from '../../src/cli/commands.ts'
import { createInk } from '../../src/cli/ink.ts'
import { widthOf } from '../../src/cli/width.ts'
import { jsonText } from '../../src/presenters/envelope.ts'
import { readEnvironment, terminalSettings } from '../../src/settings/environment.ts'
import { runHere as ocm } from './in-process.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-cli-'))
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'OCM_SSH_KEY', 'OCM_SSH_AGENT', 'DISCORD_TOKEN'])
    vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

/** The length and the name of the type, as every ed25519 key begins, in base64. */
const ED25519_START = 'AAAAC3NzaC1lZDI1NTE5AAAAI'

const OLD_REGISTRY = {
  nodes: [
    {
      id: 'one',
      name: 'One',
      host: '10.0.0.1',
      sshPort: 22,
      sshUser: 'oc',
      gatewayPort: 18789,
      token: 'tok-secret-1',
    },
    { id: 'two', host: '10.0.0.1', sshPort: 22, sshUser: 'oc' },
    { id: 'evil\u001b[31m$(id)\u202e', name: '\u001b]0;x\u0007@everyone', host: '10.0.0.3' },
    { id: 'four', host: '; rm -rf /' },
  ],
}

describe('the program', () => {
  it('explains itself in three languages, every line aligned by what terminals draw', async () => {
    for (const lang of LOCALES) {
      const { code, out } = await ocm(['help', '--lang', lang])
      expect(code).toBe(0)
      for (const { path } of commands) expect(out).toContain(`  ${path}`)
      const rows = out.split('\n').filter((line) => /^ {2}node /.test(line))
      const starts = rows.map((line) => widthOf(/^ {2}.*?\S {2,}/.exec(line)?.[0] ?? ''))
      expect(new Set(starts).size, lang).toBe(1)
    }
    expect((await ocm(['node', 'restart', '--help'])).out).toContain('ocm node restart NODE […]')
    expect((await ocm(['--version'])).out).toBe('ocm 9.9.9\n')
    expect((await ocm(['version'])).out).toBe('ocm 9.9.9\n')
    expect((await ocm(['node', 'ls', '--help'])).out).toContain('Also: ocm node ls')
    expect(await ocm(['help', 'nod'])).toMatchObject({ code: 2, out: '' })
  })

  it('answers a wrong line with one sentence, a suggestion and code 2', async () => {
    const { code, out, err } = await ocm(['node', 'lst'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(
      'ocm: There is no command “node lst”.\n  Next: Did you mean “node list”? See ocm node --help.\n',
    )
    expect((await ocm(['node', 'lst', '--lang', 'ja'])).err).toContain('「node list」のことですか？')
    expect(await ocm(['node'])).toMatchObject({ code: 2, out: '' })
  })

  it('prints errors as JSON too, and nothing else', async () => {
    const { code, out, err } = await ocm(['node', 'lst', '--json'])
    expect([code, err]).toEqual([2, ''])
    expect(JSON.parse(out)).toEqual({
      schema: 'ocm/1',
      operation: null,
      outcome: 'usage',
      exitCode: 2,
      operationId: null,
      startedAt: null,
      durationMs: null,
      data: null,
      error: {
        code: 'unknown-command',
        params: { command: 'node lst' },
        message: 'There is no command “node lst”.',
        next: 'Did you mean “node list”? See ocm node --help.',
        detail: null,
      },
    })
  })

  it('says which settings are wrong, all of them, and which key is missing', async () => {
    vi.stubEnv('OCM_LIST_DEADLINE_MS', 'soon')
    vi.stubEnv('OCM_LOG_LEVEL', 'loud')
    const wrong = await ocm(['node', 'list'])
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(
      /OCM_LIST_DEADLINE_MS[\s\S]*OCM_LOG_LEVEL|OCM_LOG_LEVEL[\s\S]*OCM_LIST_DEADLINE_MS/,
    )
    expect(wrong.err).toContain('Use one of: debug, info, warn, error, silent.')
    for (const chosen of [['--lang', 'ja'], []]) {
      vi.stubEnv('OCM_DEFAULT_LOCALE', 'ja')
      vi.stubEnv('LANG', 'C.UTF-8')
      const inJapanese = await ocm(['node', 'list', ...chosen])
      expect(inJapanese.err).toContain('OCM_LIST_DEADLINE_MS：整数ではありません。500～120000 ミリ秒')
    }
    vi.stubEnv('LANG', 'en_GB.UTF-8')
    expect((await ocm(['node', 'list'])).err).toContain('OCM_LOG_LEVEL is not one of the choices.')
    vi.unstubAllEnvs()
    vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
    vi.stubEnv('OCM_SSH_AGENT', 'none')
    const keyless = await ocm(['node', 'list', '--json'])
    expect(keyless.code).toBe(4)
    expect(JSON.parse(keyless.out)).toMatchObject({
      operation: 'list-nodes',
      error: { code: 'key-unusable' },
    })
  })
})

describe('a command that reaches no node and nobody on Discord', () => {
  it('lists from memory without an SSH key, whatever stands in the settings of Discord', async () => {
    vi.stubEnv('OCM_SSH_AGENT', 'none')
    vi.stubEnv('OCM_SSH_KEY', join(folder, 'no-such-key'))
    vi.stubEnv('DISCORD_TOKEN', 'too short')
    vi.stubEnv('DISCORD_GUILD_ID', 'my server')
    vi.stubEnv('OCM_ADMINS', 'me')
    vi.stubEnv('OCM_ALERT_ROLE', '@ops')
    for (const line of [
      ['node', 'list', '--cached'],
      ['alert', 'list'],
      ['alert', 'rule'],
      ['registry', 'show'],
    ])
      expect(await ocm(line), line.join(' ')).toMatchObject({ code: 0, err: '' })
    const needy = await ocm(['alert', 'test'])
    expect(needy.code).toBe(2)
    for (const name of ['DISCORD_TOKEN', 'DISCORD_GUILD_ID', 'OCM_ADMINS', 'OCM_ALERT_ROLE'])
      expect(needy.err).toContain(name)
  })

  it.each(['file', 'file/inside'])('says that the data folder is none: %s', async (path) => {
    await writeFile(join(folder, 'file'), '')
    vi.stubEnv('OCM_DATA_DIR', join(folder, path))
    const { code, err } = await ocm(['alert', 'list'])
    expect(code).toBe(2)
    expect(err).toContain('OCM_DATA_DIR does not name a folder')
  })

  it.skipIf(process.platform !== 'linux')('says that the data folder cannot be written', async () => {
    // Not even root may make a folder there.
    vi.stubEnv('OCM_DATA_DIR', '/sys/ocm')
    for (const line of [
      ['node', 'list', '--cached'],
      ['alert', 'mute', '--node', 'a', '--for', '1h'],
    ]) {
      const { code, err } = await ocm(line)
      expect(code).toBe(2)
      expect(err).toContain('OCM_DATA_DIR names a folder that ocm cannot write into: /sys/ocm')
      expect(err).toContain('chown')
    }
  })

  it('is examined by doctor as far as the settings go', async () => {
    vi.stubEnv('OCM_SSH_AGENT', 'none')
    vi.stubEnv('DISCORD_GUILD_ID', 'my server')
    const { code, out } = await ocm(['doctor', '--json'])
    expect(code).toBe(4)
    const found = JSON.parse(out).data.findings.map((one: { area: string; code: string }) => [
      one.area,
      one.code,
    ])
    expect(found).toContainEqual(['settings', 'setting.not-an-id'])
    expect(found).toContainEqual(['discord', 'doctor.skipped-settings'])
    expect(found).toContainEqual(['registry', 'doctor.registry-empty'])
  })
})

describe('ocm alert rule', () => {
  const names = (out: string) => out.split('\n').flatMap((line) => /^[a-z]+[A-Z][A-Za-z]+/.exec(line) ?? [])

  it('shows one rule or those of one kind, and takes a time where it counts minutes', async () => {
    expect(names((await ocm(['alert', 'rule', 'disk'])).out)).toEqual(['diskWarning', 'diskCritical'])
    expect(names((await ocm(['alert', 'rule', 'diskWarning'])).out)).toEqual(['diskWarning'])
    const set = JSON.parse((await ocm(['alert', 'rule', 'timeLeftWarning', '2h', '--json'])).out)
    expect(set).toMatchObject({ outcome: 'done', data: { thresholds: { timeLeftWarning: 120 } } })
    const share = JSON.parse((await ocm(['alert', 'rule', 'diskC', '97%', '--json'])).out)
    expect(share.data.thresholds).toEqual({ diskCritical: 97 })
    for (const line of [['disk', '90'], ['diskWarning', '2h'], ['disc']])
      expect(await ocm(['alert', 'rule', ...line]), line.join(' ')).toMatchObject({ code: 2, out: '' })
  })
})

describe('ocm registry', () => {
  const write = (name: string, text: string) =>
    writeFile(join(folder, name), text).then(() => join(folder, name))

  it('shows what an import will do, does nothing without a yes, and then takes in what it showed', async () => {
    const file = await write('old.json', JSON.stringify(OLD_REGISTRY))
    const dry = await ocm(['registry', 'import', file, '--dry-run', '--ssh-user', 'claw'])
    expect(dry.code).toBe(0)
    expect(dry.out).toContain('2 nodes will be taken in')
    expect(dry.out).toContain('the address occurs twice in the file')
    expect(dry.out).toContain('claw@10.0.0.3:22')
    for (const bad of ['tok-secret', '\u001b', '\u202e']) expect(dry.out).not.toContain(bad)

    const refused = await ocm(['registry', 'import', file])
    expect([refused.code, refused.out]).toEqual([6, ''])
    const asJson = await ocm(['registry', 'import', file, '--json'])
    expect([asJson.code, asJson.err]).toEqual([6, ''])
    expect(JSON.parse(asJson.out)).toMatchObject({
      operation: 'import-registry',
      outcome: 'refused',
      data: { plan: { add: [{ id: 'one' }, {}], secretsDropped: 1 } },
      error: { code: 'confirmation-needed' },
    })
    const declined = await ocm(['registry', 'import', file], { tty: true, answer: 'n' })
    expect(declined.code).toBe(6)
    expect((await ocm(['registry', 'show'])).out).toContain('No nodes yet')

    const done = await ocm(['registry', 'import', file, '--reason', 'move'], { tty: true, answer: 'y' })
    expect(done.code).toBe(0)
    const shown = JSON.parse((await ocm(['registry', 'show', '--json'])).out)
    expect(shown.data.nodes.map((node: { id: string }) => node.id)).toHaveLength(2)
    expect(JSON.stringify(shown)).not.toContain('tok-secret')
    const again = await ocm(['registry', 'import', file, '--yes'])
    expect(again.out).toContain('0 nodes taken in, 4 left out')
  })

  it('says how to approve many host keys at once, and approves those of a known_hosts file', async () => {
    const key = (letter: string) => `ssh-ed25519 ${ED25519_START}${letter.repeat(42)}A=`
    const fleet = ['one', 'two', 'three'].map((id, index) => ({
      id,
      host: `10.0.0.${index + 1}`,
      sshUser: 'oc',
    }))
    const file = await write('old.json', JSON.stringify({ nodes: fleet }))
    const known = await write(
      'known_hosts',
      `10.0.0.1,10.0.0.9 ${key('b')}\n10.0.0.2 ${key('c')}\n# 10.0.0.3\n`,
    )
    const taken = await ocm(['registry', 'import', file, '--yes'])
    for (const text of [taken.out, taken.err]) expect(text).toContain('OCM_KNOWN_HOSTS')
    expect(taken.out).toContain('The host keys of 3 nodes must still be approved')

    const asked = await ocm(['registry', 'approve', known])
    expect([asked.code, asked.out]).toEqual([6, ''])
    expect(asked.err).toMatch(/one +10\.0\.0\.1:22 +ssh-ed25519 +SHA256:/)
    expect(asked.err).toMatch(/Not in the file:\n +three +10\.0\.0\.3:22/)
    const done = await ocm(['registry', 'approve', known, '--yes'])
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('of 2 nodes are approved') })
    const { data } = JSON.parse((await ocm(['registry', 'show', '--json'])).out)
    expect(data.nodes.map((node: { hostKeys: unknown[] }) => node.hostKeys.length)).toEqual([1, 1, 0])
    expect(data.nodes[0].hostKeys[0].approvedBy).toMatch(/^cli:/)
    // What is approved stays: another key for the same address replaces nothing.
    await write('known_hosts', `10.0.0.1 ${key('d')}\n`)
    const again = JSON.parse((await ocm(['registry', 'approve', known, '--yes', '--json'])).out)
    expect(again).toMatchObject({ outcome: 'done', data: { approved: [], missing: 1 } })

    vi.stubEnv('OCM_KNOWN_HOSTS', join(folder, 'none'))
    expect(await ocm(['registry', 'approve', '--yes'])).toMatchObject({ code: 2, out: '' })
    expect((await ocm(['registry', 'import', file, '--dry-run'])).err).toContain(
      'OCM_KNOWN_HOSTS names a file',
    )
    vi.stubEnv('OCM_KNOWN_HOSTS', '')
    expect((await ocm(['registry', 'approve'])).err).toContain('“file” is missing')
  })

  it('names line and column of what is wrong in a registry', async () => {
    const file = await write(
      'broken.json',
      '{\n  "version": 1,\n  "revision": 0,\n  "nodes": [{ "id": 5 }]\n}\n',
    )
    const { code, err } = await ocm(['registry', 'check', file])
    expect(code).toBe(4)
    expect(err).toMatch(/line 4, column \d+: nodes\[0\]/)
    const { out } = await ocm(['registry', 'check', file, '--json'])
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'registry-damaged', params: { line: 4 } } })
    expect((await ocm(['registry', 'check', join(folder, 'none.json')])).code).toBe(4)
    const text = await ocm(['registry', 'import', await write('notes.txt', 'not a registry')])
    expect(text).toMatchObject({ code: 2, out: '' })
    expect(text.err).toContain('line 1, column 1')
  })
})

describe('ocm doctor', () => {
  it('names what is wrong on an empty machine, says how to mend it, and why it did not look further', async () => {
    vi.stubEnv('OCM_SSH_AGENT', 'none')
    const { code, out } = await ocm(['doctor', '--json'])
    expect(code).toBe(4)
    const { data } = JSON.parse(out)
    const levels = Object.fromEntries(
      data.findings.map((one: { code: string; level: string }) => [one.code, one.level]),
    )
    expect(levels).toMatchObject({
      'doctor.registry-empty': 'note',
      'doctor.ssh-unusable': 'problem',
      'doctor.skipped-discord': 'note',
      'doctor.skipped-ssh': 'note',
    })
    for (const one of data.findings)
      if (one.level === 'problem' || one.level === 'warning') expect(one.mend, one.code).toBeTruthy()
  })
})

describe('text that others wrote', () => {
  const corpus = [
    '\u001b[2J\u001b]0;x\u0007',
    '\u202eabc\u202c',
    'a\u0000b\r\nc',
    '\u009b31m',
    '🦞'.repeat(50_000),
  ]

  it('reaches a terminal only as plain text', () => {
    const ink = createInk('en', false, () => 0)
    for (const text of corpus) {
      const shown = ink.t('cli.usage.unknown-command', { command: text }) + ink.remote(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      expect(shown.length).toBeLessThan(5_000)
    }
  })

  it('is exact and harmless in JSON', () => {
    const text = jsonText({
      schema: 'ocm/1',
      operation: null,
      outcome: 'done',
      exitCode: 0,
      operationId: null,
      startedAt: null,
      durationMs: null,
      data: corpus,
      error: null,
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    expect(JSON.parse(text).data).toEqual(corpus)
  })
})

describe('the environment of a terminal', () => {
  it('names language and colours', () => {
    expect(terminalSettings({ LANG: 'ja_JP.UTF-8' })).toEqual({ language: 'ja_JP.UTF-8', colours: null })
    expect(terminalSettings({ LC_ALL: 'zh_CN', LANG: 'en' }).language).toBe('zh_CN')
    expect(terminalSettings({ NO_COLOR: '1' }).colours).toBe(false)
    expect(terminalSettings({ NO_COLOR: '1', FORCE_COLOR: '1' }).colours).toBe(true)
    expect(terminalSettings({ FORCE_COLOR: '0' }).colours).toBe(false)
    expect(terminalSettings({ TERM: 'dumb' }).colours).toBe(false)
  })

  it('takes a settings file under what is set already, and says when a named one is not there', async () => {
    const file = join(folder, 'settings')
    await writeFile(file, 'OCM_LOG_LEVEL=debug\nOCM_DATA_DIR="/srv/ocm"\n')
    expect(readEnvironment(file, { OCM_LOG_LEVEL: 'warn' }).values).toEqual({
      OCM_LOG_LEVEL: 'warn',
      OCM_DATA_DIR: '/srv/ocm',
    })
    expect(readEnvironment(join(folder, 'none'), {}).problems).toMatchObject([
      { name: '--settings', code: 'file-unreadable' },
    ])
    expect(await ocm(['node', 'list', '--settings', join(folder, 'none')])).toMatchObject({ code: 2 })
  })
})
