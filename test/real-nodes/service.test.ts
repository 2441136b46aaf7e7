import fs from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textOf } from '../support/room.ts'
import { QUICK, type ServiceMachine, startServiceMachine, TOKEN } from './service-machine.ts'

const HOUR_MS = 3_600_000
/** A pass a second, an interval of the watchdog, and a busy machine. */
const SOON = { timeout: 60_000, interval: 1_000 }

let at: ServiceMachine
beforeAll(async () => {
  at = await startServiceMachine()
})
afterAll(() => at?.stop())

/** The messages about the incident of the one node. */
const told = () =>
  at.messages().filter((one) => /Oak/.test(textOf(one)) && /cannot be reached/.test(textOf(one)))
const journal = async () => (await at.node.root('journalctl --unit ocm --output cat')).stdout

/** Waits until the service has looked at all nodes after `since` by its own clock. */
const passedAfter = (since: number) => expect.poll(() => at.lastPass(), SOON).toBeGreaterThan(since)

describe('ocm on a machine where nothing but Node is installed', () => {
  test('is set up, becomes a service, and comes back from a kill', async () => {
    await at.openTunnel()
    const options = await at.prepareSettings(QUICK)
    // The commands are not registered before the bot has run: a warning, and nothing else.
    expect(await at.ocm(`init ${options}`, { input: TOKEN })).toMatch(/^3\n[\s\S]*0 problems/)
    expect(await at.ocm('service install --yes')).toMatch(/^0\n[\s\S]*ocm\.service: active/)
    const first = await at.back(null)
    const environment = await at.node.root(`tr '\\0' '\\n' < /proc/${first}/environ`)
    expect(environment.stdout).toContain('CREDENTIALS_DIRECTORY=')
    expect(environment.stdout).not.toContain(TOKEN)
    expect((await at.node.root('stat -c "%a %U" /etc/ocm /etc/ocm/* /var/lib/ocm/.')).stdout).not.toMatch(
      /^\d*[1-7] /m,
    )
    const judged = await at.node.root('systemd-analyze security --threshold=20 ocm')
    expect(judged.code, judged.stdout).toBe(0)
    const seen = await at.node.root('cd / && runuser -u ocm -- ocm doctor --settings /etc/ocm/ocm.env --json')
    const findings: { level: string; code: string }[] = JSON.parse(seen.stdout).data.findings
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([])

    const file = await at.registryFile()
    const taken = await at.node.root(
      `cd / && runuser -u ocm -- ocm registry import ${file} --yes --settings /etc/ocm/ocm.env`,
    )
    expect(taken.code, taken.stderr).toBe(0)
    await expect.poll(() => told().length, SOON).toBe(1)

    await at.node.root(`kill -9 ${first}`)
    await at.back(first)
    expect((await at.state()).restarts).toBe(1)
    await passedAfter(Date.now())
    expect([told().length, at.sentTwice()]).toEqual([1, []])
  })

  test('comes back from a power cut, and tells nothing again', async () => {
    const { pid } = await at.state()
    await at.closeTunnel()
    await at.node.machine.powerOff()
    await at.node.machine.powerOn()
    await at.openTunnel()
    await at.back(pid)
    await passedAfter(Date.now() + 3_000)
    expect([told().length, at.sentTwice()]).toEqual([1, []])
  })

  test('is started anew by the watchdog when it is frozen', async () => {
    const { pid } = await at.state()
    await at.override(['WatchdogSec=15', 'RestartSec=1'])
    const quick = await at.back(pid)
    await passedAfter(Date.now())
    await at.node.root(`kill -STOP ${quick}`)
    await at.back(quick)
    expect(await journal()).toMatch(/watchdog timeout/i)
    await passedAfter(Date.now())
    expect(at.sentTwice()).toEqual([])
  })

  test('stays up on a full disk, says so, and goes on by itself when there is room again', async () => {
    const { pid } = await at.state()
    await at.node.machine.fillDisk()
    try {
      await expect.poll(async () => /data-disk-full/.test(await journal()), SOON).toBe(true)
    } finally {
      await at.node.machine.growDisk()
    }
    await passedAfter(Date.now() + 3_000)
    expect((await at.state()).pid).toBe(pid)
    expect([told().length, at.sentTwice()]).toEqual([1, []])
  })

  test('stays calm when its clock jumps, and through a day of a few seconds for every four hours', async () => {
    await at.moveClock('+0')
    await at.override([...at.clockLines, 'RestartSec=1'])
    const pid = await at.back(null)
    await passedAfter(Date.now())
    const sent = at.messages().length
    for (const by of [25 * HOUR_MS, -25 * HOUR_MS]) {
      await at.moveClock(`${by < 0 ? '' : '+'}${by / HOUR_MS}h`)
      await expect
        .poll(async () => Math.abs((await at.lastPass()) - Date.now() - by), SOON)
        .toBeLessThan(60_000)
    }
    for (let hour = 4; hour <= 24; hour += 4) {
      await at.moveClock(`+${hour}h`)
      await passedAfter(Date.now() + hour * HOUR_MS)
    }
    expect((await at.state()).pid).toBe(pid)
    // The same trouble all day was told already. It may be brought up once more because nobody took it.
    expect(at.messages().length - sent).toBeLessThanOrEqual(1)
    expect(at.sentTwice()).toEqual([])
    await at.moveClock('+0')
  })

  test('is taken away without its data', async () => {
    expect(await at.ocm('service uninstall --yes')).toMatch(/^0\n/)
    expect(await at.ocm('service status')).toContain('not installed')
    expect((await at.node.root('ls /etc/ocm /var/lib/ocm/ocm.db')).code).toBe(0)
  })

  test('is the service of an account without root, and comes back from a kill and from a power cut', async () => {
    const { node } = at
    const options = await at.prepareSettings(QUICK, '/home/oc')
    expect(await at.ocm(`init ${options}`, { input: TOKEN, user: true })).toMatch(/^[03]\n[\s\S]*0 problems/)
    expect(await at.ocm('service install --user --yes', { user: true })).toMatch(
      /^0\n[\s\S]*ocm\.service: active/,
    )
    const first = await at.back(null, '--user')
    await node.user(`kill -9 ${first}`)
    const second = await at.back(first, '--user')
    await at.closeTunnel()
    await node.machine.powerOff()
    await node.machine.powerOn()
    await at.openTunnel()
    await at.back(second, '--user')
    expect((await fs.stat(node.machine.file('/home/oc/.env'))).mode & 0o077).toBe(0)
    expect(await at.ocm('service uninstall --user --yes', { user: true })).toMatch(/^0\n/)
    expect(at.sentTwice()).toEqual([])
  })
})
