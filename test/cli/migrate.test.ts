import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { type CliFleet, startFleet } from './fleet.ts'

const IDS = ['01_PC_dell_server', '02_mini', '03_tower', '04_laptop']
const PAGE = new URL('../../docs/migrate.md', import.meta.url)

let fleet: CliFleet
let folder = ''
let remove: () => Promise<void> = () => Promise.resolve()
beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }]
  fleet = await startFleet(
    IDS.map((id) => ({ id, name: id, version: '2026.9.6', registered: false, agents })),
  )
  const program = await buildProgram()
  remove = program.remove
  folder = join(fleet.sandbox.folder, 'old')
  await mkdir(join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'bin/ocm'), `#!/bin/sh\nexec '${process.execPath}' '${program.main}' "$@"\n`, {
    mode: 0o755,
  })
  const { nodes } = fleet.sandbox.nodes
  const old = nodes.map(({ id, host, sshPort, user }) => ({
    ...{
      id,
      name: `Name of ${id}`,
      host,
      sshPort,
      sshUser: user,
      ocPath: '~/.openclaw',
      gatewayPort: 18_789,
    },
    ...(id === IDS[0] ? { sshPassword: 'not-to-be-copied' } : {}),
  }))
  await writeFile(join(folder, 'nodes-registry.json'), JSON.stringify({ nodes: old, retired: [] }))
  const known = nodes.map(({ host, sshPort, hostPublicKey }) => `[${host}]:${sshPort} ${hostPublicKey}\n`)
  await writeFile(join(folder, 'known_hosts'), known.join(''))
}, 60_000)
afterAll(async () => {
  await fleet?.close()
  await remove()
}, 60_000)

async function shell(lines: string) {
  const child = spawn('bash', ['-c', lines], {
    cwd: folder,
    env: { LANG: 'C.UTF-8', HOME: folder, ...fleet.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}

describe('the page on the former tool', () => {
  it('takes four nodes over by the commands that it shows', { timeout: 60_000 }, async () => {
    const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g)].map(
      ([, lines]) => lines ?? '',
    )
    expect(blocks).toHaveLength(2)
    const { code, out, err } = await shell(`set -o pipefail\n${blocks[0]}`)
    expect([code, err]).toEqual([0, expect.stringContaining('4 nodes will be taken in')])
    expect(out).toContain('Nothing was done.')
    expect(out, err).toContain('4 nodes taken in, 0 left out')
    expect(out + err).not.toContain('not-to-be-copied')
    const { registry } = fleet.sandbox.app.owned.context
    await until(() => registry.list().length === IDS.length)
    // Each key was taken from known_hosts, so that nobody has to approve one, and each node is read.
    expect(registry.list().every(({ hostKeys }) => hostKeys.length === 1)).toBe(true)
    for (const id of IDS) expect(out).toMatch(new RegExp(`${id}.*serving`))
    const again = await shell(blocks[1] ?? '')
    expect([again.code, again.err]).toEqual([0, expect.not.stringContaining('Something broke')])
  })
})
