import fs from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Undo } from './faults.ts'
import type { Fleet, RealNode } from './fleet.ts'
import { openProduct } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

const NODE = 'boreas'
const CONFIG = '/etc/ssh/sshd_config.d/00-noise.conf'
const BASHRC = '/home/oc/.bashrc'
/** Ten kilobytes with all that could be taken for part of an answer. */
const NOISE = `\u001b[31mnoise\u001b[0m {"ok":true} begin end 0\n\u202e@everyone $(id)\n`.repeat(240)

let fleet: Fleet
let node: RealNode
const undos: Undo[] = []

beforeAll(async () => {
  fleet = await sharedFleet()
  node = fleet.node(NODE)
})
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

async function restartSshd(): Promise<void> {
  expect((await node.root('systemctl restart ssh')).code).toBe(0)
  await node.machine.waitForSsh(30_000)
}

/** Changes the settings of sshd until the test is over. */
async function configure(settings: string): Promise<void> {
  undos.push(async () => {
    await fs.rm(node.machine.file(CONFIG), { force: true })
    await restartSshd()
  })
  await fs.writeFile(node.machine.file(CONFIG), settings)
  await restartSshd()
}

/** Puts a file on the node until the test is over; one that is there is hidden meanwhile. */
async function place(inside: string, text: string): Promise<void> {
  const file = node.machine.file(inside)
  const before = await fs.readFile(file, 'utf8').catch(() => null)
  undos.push(() => (before === null ? fs.rm(file, { force: true }) : fs.writeFile(file, before)))
  await fs.writeFile(file, text)
}

/** What does not change from one look to the next. */
function lasting({ state, reason, install, host, service, agents, sessions }: NodeSnapshot) {
  return {
    state,
    reason,
    version: install.version.value,
    hostname: host.hostname.value,
    memory: host.memory.value?.totalBytes,
    disk: host.disk.value?.totalBytes,
    unit: service.unit.value,
    pid: service.pid.value,
    activeState: service.activeState.value,
    agents: agents.value?.map(({ id }) => id).sort(),
    sessions: sessions.value?.map(({ key, context }) => [key, context.used.value]).sort(),
  }
}

/** Reads the node over a new connection, twice: the first look starts the held shell, the second finds it. */
async function look() {
  const product = await openProduct(fleet, [NODE])
  try {
    const listed = (await product.list()).get(NODE)?.row
    const { data } = await product.run(nodeStatus, { node: NODE })
    const logs = await product.run(nodeLogs, { node: NODE, lines: 5 })
    return { listed: listed?.state, status: lasting(data.snapshot), logged: logs.outcome }
  } finally {
    await product.close()
  }
}

describe('a node whose shell says more than it is asked', () => {
  let quiet: Awaited<ReturnType<typeof look>>

  beforeAll(async () => {
    quiet = await look()
    expect(quiet).toMatchObject({ listed: 'serving', status: { state: 'serving', hostname: NODE } })
  })
  afterAll(async () => {
    expect(await look()).toEqual(quiet)
  })

  test('from .bashrc, which bash reads for ssh commands too, is read as truly as a quiet one', async () => {
    const rest = await fs.readFile(node.machine.file(BASHRC), 'utf8')
    await place('/home/oc/noise', NOISE)
    await place(BASHRC, `echo noise\ncat ~/noise\necho noise >&2\n${rest}`)
    expect((await node.ssh('echo answer')).stdout).toBe(`noise\n${NOISE}answer\n`)
    expect(await look()).toEqual(quiet)
  })

  test('from a forced command is read as truly as a quiet one', async () => {
    await place('/home/oc/noise', NOISE)
    await configure(
      'ForceCommand echo forced; cat ~/noise; echo forced >&2; exec sh -c "$SSH_ORIGINAL_COMMAND"\n',
    )
    expect((await node.ssh('echo answer')).stdout).toBe(`forced\n${NOISE}answer\n`)
    expect(await look()).toEqual(quiet)
  })

  test('from ten kilobytes of banner and message of the day is read as truly as a quiet one', async () => {
    await place('/etc/motd', NOISE)
    await place('/etc/noise', NOISE)
    await configure('Banner /etc/noise\nPrintMotd yes\n')
    expect((await node.ssh('echo answer')).stderr).toContain('noise')
    expect(await look()).toEqual(quiet)
  })
})
