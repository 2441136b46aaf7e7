import { describe, expect, it } from 'vitest'
import { movedConfig, movedEnvironment, movedPath } from '../../src/openclaw/restore/moved-state.ts'

const SAME = { before: '/home/oc', after: '/home/oc' }
const BOB = { before: '/home/oc', after: '/home/bob' }
const target = { gateway: { port: 18_795, auth: { mode: 'token', token: 'of-the-target' } } }

describe('a path of a backup on another machine', () => {
  it.each([
    ['/home/oc', '/home/bob'],
    ['/home/oc/.openclaw/workspace', '/home/bob/.openclaw/workspace'],
    ['/home/ocean/bots', '/home/ocean/bots'],
    ['/srv/home/oc', '/srv/home/oc'],
    ['~/bots', '~/bots'],
  ])('%s is %s', (before, after) => {
    expect(movedPath(before, BOB)).toBe(after)
  })
})

describe('a configuration for another machine', () => {
  const source = {
    gateway: { mode: 'local', port: 18_789, auth: { mode: 'token', token: 'of-the-original' } },
    agents: {
      defaults: { workspace: '/home/oc/.openclaw/workspace' },
      entries: { news: { workspace: '/home/oc/bots/news', agentDir: '/srv/agents/news' }, main: {} },
    },
    logging: { file: '/home/oc/log' },
    plugins: { load: { paths: ['/home/oc/plugins/one', './two'] } },
  }

  it('keeps the port and the secret of that machine, and no secret is told', () => {
    const { text, changes } = movedConfig(JSON.stringify(source), target, SAME)
    expect(JSON.parse(text)).toEqual({ ...source, gateway: { mode: 'local', ...target.gateway } })
    expect(changes).toEqual([
      { path: 'gateway.port', before: '18789', after: '18795' },
      { path: 'gateway.auth', before: null, after: null },
    ])
    expect(JSON.stringify(changes)).not.toContain('of-the')
  })

  it('has no port and no secret where that machine has none of its own', () => {
    expect(JSON.parse(movedConfig(JSON.stringify(source), {}, SAME).text).gateway).toEqual({ mode: 'local' })
    expect(JSON.parse(movedConfig('{}', {}, SAME).text)).toEqual({})
  })

  it('says every path below another home anew, and nothing else', () => {
    const { text, changes } = movedConfig(JSON.stringify(source), source, BOB)
    const moved = JSON.parse(text)
    expect(moved.agents).toEqual({
      defaults: { workspace: '/home/bob/.openclaw/workspace' },
      entries: { news: { workspace: '/home/bob/bots/news', agentDir: '/srv/agents/news' }, main: {} },
    })
    expect(moved.plugins.load.paths).toEqual(['/home/bob/plugins/one', './two'])
    expect(changes.map(({ path }) => path)).toEqual([
      'agents.defaults.workspace',
      'agents.entries.news.workspace',
      'logging.file',
      'plugins.load.paths.0',
    ])
  })

  it('is read as people write it, and one that is none is refused', () => {
    expect(
      JSON.parse(movedConfig('{ gateway: { port: 1, }, // mine\n }', target, SAME).text).gateway.port,
    ).toBe(18_795)
    expect(() => movedConfig('{ nonsense', target, SAME)).toThrow(SyntaxError)
    expect(movedConfig('{ "$include": "./more.json" }', {}, SAME).includes).toBe(true)
  })
})

describe('an environment file for another machine', () => {
  it('keeps the variables of that machine’s gateway and brings the others', () => {
    const text = 'OPENAI_API_KEY=a\nOPENCLAW_GATEWAY_TOKEN=original\nexport OPENCLAW_GATEWAY_PORT=1\n'
    const { text: moved, names } = movedEnvironment(text, 'OPENCLAW_GATEWAY_TOKEN=target\nOTHER=x\n', {})
    expect(moved).toBe('OPENAI_API_KEY=a\nOPENCLAW_GATEWAY_TOKEN=target\n')
    expect(names).toEqual(['OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_GATEWAY_PORT'])
  })

  it('counts what the secret of that machine refers to as its own', () => {
    const config = { gateway: { auth: { token: ['$', '{MY_SECRET}'].join('') } } }
    expect(movedEnvironment('MY_SECRET=original\n', 'MY_SECRET=target\n', config).text).toBe(
      'MY_SECRET=target\n',
    )
  })

  it('is none where neither machine has one', () => {
    expect(movedEnvironment(null, null, {})).toEqual({ text: null, names: [] })
  })
})
