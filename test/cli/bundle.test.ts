import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chartInput } from '../chart/chart-input.ts'
import { converse } from '../support/conversation.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'

let built: BuiltProgram
let data = ''
beforeAll(async () => {
  built = await buildProgram()
  data = await mkdtemp(join(tmpdir(), 'ocm-bundle-'))
}, 60_000)
afterAll(async () => {
  await built?.remove()
  await rm(data, { recursive: true, force: true })
})

/** Runs one of the built files as a process of its own, with nothing set up. */
async function run(file: string, ...args: string[]) {
  return runWith({}, file, ...args)
}

async function runWith(settings: Record<string, string>, file: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(built.folder, file), ...args], {
    cwd: data,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: data,
      LANG: 'C.UTF-8',
      OCM_DATA_DIR: data,
      OCM_SSH_AGENT: 'none',
      ...settings,
    },
  })
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}

const isOf =
  (...folders: string[]) =>
  (file: string) =>
    folders.some((folder) => file.includes(folder))

/** Some packages have a file of their own in the build. */
function packageOf(path: string): string {
  return /packages\/((?:@[^/]+\/)?[^/]+?)(?:\/dist\/index)?\.cjs$/.exec(path)?.[1] ?? path
}

/** Everything that runs when these sources are asked for: they, what imports them, and so on; and their packages. */
function runsWith(...sources: string[]): { files: string[]; packages: string[] } {
  const { inputs } = built.parts
  const waiting = [...sources]
  const seen = new Set<string>()
  const packages = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const input = inputs[path]
    if (!input) throw new Error(`${path} is no part of the command line`)
    for (const { path: next, kind, external } of input.imports) {
      if (kind === 'dynamic-import') continue
      if (!external) waiting.push(next)
      else if (!next.startsWith('node:')) packages.add(packageOf(next))
    }
  }
  return { files: [...seen], packages: [...packages] }
}

const HELP = ['src/cli/main.ts']
const CACHED_LIST = [
  ...HELP,
  'src/settings/read-settings.ts',
  'src/create-context.ts',
  'src/cli/commands/node-list.ts',
]

describe('the command line as it is built', () => {
  it('starts the bot that lies beside it, which says what is not set', async () => {
    const { code, err, out } = await run('src/cli/main.js', 'start')
    expect([code, err + out]).toEqual([2, expect.stringContaining('DISCORD_TOKEN')])
  })

  it('says what it is made of, as scanners read it', async () => {
    const read = (name: string) => readFile(join(built.folder, name), 'utf8')
    const bill = JSON.parse(await read('sbom.cdx.json'))
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { name: 'ocm', licenses: [{ license: { id: 'MIT' } }] } },
    })
    const components: { name: string; version: string; purl: string; hashes?: unknown[] }[] = bill.components
    const licensed = [...(await read('THIRD-PARTY-LICENSES.txt')).matchAll(/^== (\S+) (\S+) \(/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    )
    const named = components.map(({ name, version }) => `${name} ${version}`)
    expect(named).toEqual(expect.arrayContaining(licensed))
    // Besides what is part of the build: what is installed beside it.
    expect(named.filter((one) => !licensed.includes(one)).map((one) => one.split(' ')[0])).toEqual([
      '@fontsource-variable/noto-sans-sc',
      '@napi-rs/canvas',
    ])
    expect(named.join()).not.toMatch(/vitest|typescript|esbuild/)
    expect(new Set(components.map(({ purl }) => purl)).size).toBe(components.length)
    for (const { name, purl, hashes } of components) {
      expect(purl, name).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/)
      expect(hashes, name).toMatchObject([{ content: expect.stringMatching(/^[0-9a-f]{40,128}$/) }])
    }
  })

  it('runs for its help and its completion only words and the table of commands', () => {
    const { files, packages } = runsWith(
      ...HELP,
      'src/cli/commands/help.ts',
      'src/cli/commands/completion.ts',
    )
    expect(packages).toEqual([])
    expect(files.filter(isOf('node_modules'))).toEqual([])
    const rooms = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))
    expect([...rooms].sort()).toEqual([
      'package.json',
      'src/base',
      'src/cli',
      'src/presenters',
      'src/settings',
      'src/text',
    ])
    expect(files.filter(isOf('src/settings/'))).not.toContain('src/settings/config.ts')
    // Texts are made of a string when a language is read.
    expect(files.filter(isOf('src/text/en/', 'src/text/ja/', 'src/text/zh-cn/'))).toEqual([])
  })

  it('runs neither SSH nor Discord nor the log for a list from memory', () => {
    const { files, packages } = runsWith(...CACHED_LIST)
    expect(files).toContain('src/operations/list-nodes.ts')
    expect(
      files.filter(isOf('src/discord/', 'commands/node/', 'src/ssh/pool.ts', 'src/ssh/keys.ts')),
    ).toEqual([])
    expect(packages).toEqual(['@photostructure/sqlite'])
  })

  it('asks for a package when a command first needs it', { timeout: 60_000 }, async () => {
    const watch = join(data, 'watch.cjs')
    await writeFile(
      watch,
      `const { Module } = require('node:module')
       const load = Module._load
       Module._load = function (name, ...rest) {
         const [, packed] = /packages\\/((?:@[^/]+\\/)?[^/]+?)(?:\\/dist\\/index)?\\.cjs$/.exec(name) ?? []
         if (packed || !/^(node:|[./])/.test(name)) process.stderr.write('needs ' + (packed ?? name) + '\\n')
         return load.call(this, name, ...rest)
       }`,
    )
    const needs = async (...line: string[]) => {
      const { err } = await runWith({ NODE_OPTIONS: `--require ${watch}` }, 'src/cli/main.js', ...line)
      return ['ssh2', 'discord.js', 'pino', '@photostructure/sqlite'].filter((name) =>
        err.includes(`needs ${name}\n`),
      )
    }
    expect(await needs('help')).toEqual([])
    expect(await needs('completion', 'fish')).toEqual([])
    expect(await needs('node', 'list', '--cached')).toEqual(['@photostructure/sqlite'])
    expect(await needs('node', 'list')).toContain('ssh2')
  })

  it('is compiled already for the Node that built it, and runs without that too', {
    timeout: 60_000,
  }, async () => {
    const compiled = join(built.folder, 'src/cli/ocm.compiled')
    const bytes = await readFile(compiled)
    expect(bytes.length).toBeGreaterThan(100_000)
    for (const other of [Buffer.from('of another V8'), null]) {
      if (other === null) await rm(compiled)
      else await writeFile(compiled, other)
      expect(await run('src/cli/main.js', 'version')).toMatchObject({ code: 0, err: '' })
    }
    await writeFile(compiled, bytes)
  })

  it('asks a person at a terminal', { timeout: 60_000 }, async () => {
    const shape = join(data, 'import.json')
    await writeFile(
      shape,
      JSON.stringify({ nodes: [{ id: 'n1', name: 'n1', host: '10.0.0.1', sshUser: 'oc' }] }),
    )
    const line = `'${process.execPath}' '${built.main}' registry import '${shape}'`
    const child = spawn('script', ['-qfec', line, '/dev/null'], {
      cwd: data,
      env: { PATH: process.env.PATH ?? '', HOME: data, LANG: 'C.UTF-8', OCM_DATA_DIR: join(data, 'asked') },
    })
    const { code, shown } = await converse(child, [['Type y', 'y']])
    expect([code, shown]).toEqual([0, expect.stringContaining('1 node taken in')])
  })

  it('holds nothing of the sandbox', () => {
    const files = Object.keys(built.parts.inputs)
    expect(files).toContain('src/cli/doctor/nodes.ts')
    expect(files.filter(isOf('sandbox', 'test/', 'tsx'))).toEqual([])
  })

  it('runs from its files alone', { timeout: 60_000 }, async () => {
    const help = await run('src/cli/main.js', 'help', '--lang', 'ja')
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toContain('  node list')
    const list = await run('src/cli/main.js', 'node', 'list', '--cached', '--json')
    expect(list).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(list.out)).toMatchObject({ outcome: 'done', data: { total: 0 } })
    expect((await run('src/cli/main.js', '--version')).out).toMatch(/^ocm \d+\.\d+\.\d+\n$/)
    const examined = await run('src/cli/main.js', 'doctor')
    expect(examined).toMatchObject({ code: 4, err: '' })
  })
})

describe('the bot as it is built', () => {
  it('starts, and says what its settings lack', { timeout: 60_000 }, async () => {
    const { code, err } = await run('src/main.js')
    expect(code).toBe(2)
    for (const name of ['.env', 'DISCORD_TOKEN', 'DISCORD_GUILD_ID', 'DISCORD_CHANNEL_ID', 'OCM_SSH_KEY'])
      expect(err).toContain(`  ${name} `)
    expect(err).not.toContain('node:')
  })

  it('says everything at once to somebody who sets it up', { timeout: 60_000 }, async () => {
    await writeFile(
      join(data, '.env'),
      `DISCORD_TOKEN=${'t'.repeat(30)}\nDISCORD_GUILD_ID=123456789012345678\n`,
    )
    await chmod(join(data, '.env'), 0o644)
    await writeFile(join(data, 'taken'), '')
    const settings = {
      OCM_DATA_DIR: join(data, 'taken'),
      OCM_SSH_KEY: join(data, 'no-key'),
      DISCORD_CHANNEL_ID: '223456789012345678',
    }
    const { code, err } = await runWith(settings, 'src/main.js')
    await rm(join(data, '.env'))
    expect(code).toBe(2)
    expect(
      err
        .split('\n')
        .slice(1, -1)
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual(['OCM_DATA_DIR', 'OCM_SSH_KEY', '.env', 'OCM_ADMINS'])
    expect(err).toContain('the key file does not exist')
    expect(err).toContain('chmod 600')
  })

  it('draws a chart in the thread that lies beside it', { timeout: 60_000 }, async () => {
    const worker = new Worker(join(built.folder, 'src/draw-worker.js'), {
      workerData: chartInput(),
      execArgv: [],
    })
    const [png] = (await once(worker, 'message')) as [Uint8Array]
    expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG')
    await worker.terminate()
  })
})

describe('how a run ends', () => {
  it('is told by code 1 when ocm itself broke, with the place for who asks for it', {
    timeout: 60_000,
  }, async () => {
    const broken = join(data, 'broken.cjs')
    await writeFile(
      broken,
      `require('node:crypto').randomUUID = () => { throw new TypeError('a fault of ocm') }
       require('node:module').syncBuiltinESMExports()`,
    )
    const settings = { NODE_OPTIONS: `--require ${broken}` }
    const json = await runWith(settings, 'src/cli/main.js', 'node', 'list', '--cached', '--json')
    expect(json).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(json.out)).toMatchObject({
      outcome: 'internal',
      exitCode: 1,
      error: { code: 'internal' },
    })
    const plain = await runWith(settings, 'src/cli/main.js', 'node', 'list', '--cached', '--verbose')
    expect(plain).toMatchObject({ code: 1, out: '' })
    expect(plain.err).toContain('ocm: Something broke inside ocm.')
    expect(plain.err).toContain('TypeError: a fault of ocm')
  })

  it('is no error when the reader of its output leaves early', { timeout: 60_000 }, async () => {
    const line = `'${process.execPath}' '${built.main}' help --lang en | head -1; echo "\${PIPESTATUS[0]}"`
    const child = spawn('bash', ['-c', line], { cwd: data, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
    await once(child, 'close')
    expect(printed).toEqual({ out: 'ocm runs the OpenClaw nodes of a fleet.\n0\n', err: '' })
  })
})
