import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must, run } from './command.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'

const MAIN = path.join(import.meta.dirname, '../../src/cli/main.ts')

let fleet: Fleet
let node: RealNode
let folder = ''
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-restricted-'))
  fleet = await startFleet({
    nodes: [{ name: 'gate', openclaw: '2026.9.6', sessions: [{ agent: 'main', tokens: 15_000 }] }],
  })
  node = fleet.node('gate')
  for (const name of ['daily', 'nobody'])
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)])
  await fs.writeFile(path.join(folder, 'known_hosts'), `${node.host} ${await node.hostKey()}\n`)
})
afterAll(async () => {
  await fleet?.stop()
  await fs.rm(folder, { recursive: true, force: true })
})

const key = (name: string) => path.join(folder, name)

/** A command of ocm as people type it, by this key unless `more` names others. */
async function ocm(line: string, keyPath: string, more: Readonly<Record<string, string>> = {}) {
  const settings: Record<string, string> = {
    OCM_DATA_DIR: path.join(folder, 'data'),
    OCM_KNOWN_HOSTS: path.join(folder, 'known_hosts'),
    OCM_SSH_AGENT: 'none',
    OCM_SSH_KEY: keyPath,
    OCM_RESTART_DEADLINE_MS: '300000',
    OCM_LIST_DEADLINE_MS: '30000',
    LANG: 'C.UTF-8',
    ...more,
  }
  const env = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const words = [...env, process.execPath, '--import', 'tsx', MAIN, ...line.split(' ')]
  return run('env', words, { timeoutMs: 360_000 })
}
const daily = (line: string, more: Readonly<Record<string, string>> = {}) => ocm(line, key('daily'), more)
const gateway = async () => (await node.user('systemctl --user show -P MainPID openclaw-gateway')).stdout
const register = () => `node register gate ${node.login}@${node.host} --yes`

describe('ocm by a restricted key, on a real node', () => {
  test('takes the node in, lists it, reads its sessions and its log, and restarts it', async () => {
    expect(await ocm(register(), fleet.keyPath)).toMatchObject({ code: 0 })
    await expect
      .poll(async () => (await ocm('node list', fleet.keyPath)).stdout, { timeout: 60_000 })
      .toMatch(/serving/)
    const made = await daily(`key restrict gate --public-key ${key('daily.pub')}`, {
      OCM_SSH_KEY: fleet.keyPath,
    })
    expect(made).toMatchObject({ code: 0 })
    expect(await node.ssh('sh', { input: made.stdout })).toMatchObject({ code: 0 })
    const sshd = made.stdout.match(/^# (?:Match User|\s+Allow)[^\n]*$/gm)?.map((line) => line.slice(2)) ?? []
    expect(sshd).toHaveLength(3)
    await node.machine.writeAs(0, '/etc/ssh/sshd_config.d/ocm.conf', `${sshd.join('\n')}\n`)
    expect(await node.root('sshd -t && systemctl reload ssh')).toMatchObject({ code: 0 })
    expect(await ocm('node remove gate --yes', fleet.keyPath)).toMatchObject({ code: 0 })

    expect(await daily(register())).toMatchObject({ code: 0 })
    const listed = await daily('node list')
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/gate[\s\S]*serving/)])
    const status = await daily('node status gate --json')
    const { snapshot } = JSON.parse(status.stdout).data
    expect([status.code, snapshot.state, snapshot.install.version.value]).toEqual([0, 'serving', '2026.9.6'])
    const sessions = await daily('session list gate')
    expect([sessions.code, sessions.stdout]).toEqual([0, expect.stringContaining('main')])
    const logs = await daily('node logs gate --lines 5')
    expect([logs.code, logs.stdout.trim().split('\n').length]).toEqual([0, expect.any(Number)])
    expect(logs.stdout).not.toBe('')
    const before = await gateway()
    const restarted = await daily('node restart gate --yes')
    expect(restarted, restarted.stderr).toMatchObject({ code: 0 })
    expect(await gateway()).not.toBe(before)
  })

  test('is told which key it takes before anything is tried, and does it with that one', async () => {
    const before = await gateway()
    for (const line of [
      'node backup gate',
      'node update gate --to 2026.9.7 --yes',
      'node decommission gate --confirm gate --yes',
    ]) {
      const refused = await daily(line)
      expect([line, refused.code, refused.stderr]).toEqual([
        line,
        6,
        expect.stringContaining('OCM_SSH_FULL_KEY='),
      ])
    }
    const whole = { OCM_SSH_FULL_KEY: fleet.keyPath }
    const saved = await daily('node backup gate --json', whole)
    expect(saved, saved.stderr).toMatchObject({ code: 0 })
    const { backup } = JSON.parse(saved.stdout).data
    const restore = await daily(`node restore gate --backup ${backup.id} --yes`)
    expect([restore.code, restore.stderr]).toEqual([6, expect.stringContaining('OCM_SSH_FULL_KEY=')])
    expect(await gateway()).toBe(before)
    const restored = await daily(`node restore gate --backup ${backup.id} --yes`, whole)
    expect(restored, restored.stdout + restored.stderr).toMatchObject({ code: 0 })
    expect(await gateway()).not.toBe(before)
    const { snapshot } = JSON.parse((await daily('node status gate --json')).stdout).data
    expect(snapshot.state).toBe('serving')
    const wrong = await daily('node list', { OCM_SSH_FULL_KEY: key('missing') })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('OCM_SSH_FULL_KEY')])
  })

  test('is the key of a tag, for the nodes that have it alone', async () => {
    const byTag = { OCM_SSH_KEYS: `prod=${key('daily')}` }
    const serving = async () => /serving/.test((await ocm('node list', key('nobody'), byTag)).stdout)
    expect(await serving()).toBe(false)
    expect(await daily('node edit gate --tag prod --yes')).toMatchObject({ code: 0 })
    expect(await serving()).toBe(true)
  })
})
