import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFleet, startFleet } from './fleet.ts'

let fleet: CliFleet
let address: string

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'bare', name: 'Bare', version: '2026.9.6', agents: [], bare: true, registered: false },
  ])
  const { user, host, sshPort } = fleet.sandbox.nodes.node('bare')
  address = `${user}@${host}:${sshPort}`
}, 60_000)
afterAll(() => fleet?.close())

test('--dry-run prints the host key and every command, and does nothing', async () => {
  const machine = fleet.sandbox.nodes.node('bare')
  const words = ['node', 'add', 'fresh', address, '--gateway-port', '18790', '--dry-run']
  const { code, stdout } = await fleet.ocm(words)
  expect(code).toBe(0)
  for (const part of [
    machine.fingerprint,
    'uname -m',
    'tar -xzf -',
    'openclaw config validate --json',
    'openclaw gateway install --port 18790 --json',
    `sudo loginctl enable-linger ${machine.user}`,
    'systemctl --user start openclaw-gateway.service',
    'GET http://127.0.0.1:18790/readyz',
  ])
    expect(stdout).toContain(part)
  expect(stdout).toMatch(/\S\n$/)
  const { stdout: json } = await fleet.ocm([...words, '--json'])
  expect(JSON.parse(json)).toMatchObject({ outcome: 'done', data: { plan: { wanted: { id: 'fresh' } } } })
  expect(machine.facts().commands).toEqual([])
  expect(fleet.sandbox.app.owned.context.registry.list()).toEqual([])
  const { stderr } = await fleet.ocm(['node', 'add', 'fresh'])
  expect(stderr).toContain('There is no unfinished addition')
}, 60_000)
