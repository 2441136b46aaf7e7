import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/operations/operation.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import type { FaultCode } from '../../src/provision/fault.ts'
import type { StepName } from '../../src/provision/step.ts'
import { NODE, OPENCLAW } from './archives.ts'
import { addTo, type BareMachine, startBareMachine, UNIT } from './bare-machine.ts'
import { must } from './command.ts'
import type { Undo } from './faults.ts'

const ALL = process.env.OCM_ALL_REAL === '1'
const UNITS = '/home/oc/.config/systemd/user'
const OWN_UNIT = '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=default.target\\n'
const OWN_DROP_IN = '[Service]\\nLimitAS=100000000\\n'
const NO_START = '[Service]\\nExecStartPre=/bin/false\\n'
const PROGRAMS = '/home/oc/.local/share/ocm'
const ENTRY = 'lib/node_modules/openclaw/dist/index.js'
const OTHER_TOKEN = `[Service]\\nExecStart=\\nExecStart=${PROGRAMS}/node-${NODE}/bin/node ${PROGRAMS}/openclaw-${OPENCLAW}/${ENTRY} gateway --port 18789 --token another-one\\n`
const BANE = `while sleep 0.5; do systemctl --user kill --signal=KILL ${UNIT}; done`

let bare: BareMachine

beforeAll(async () => {
  bare = await startBareMachine()
})
afterAll(() => bare?.stop())

const root = async (command: string) => {
  await bare.asRoot(command)
}
const user = (command: string) => bare.asUser(command)
const takePort = () => bare.node.faults.portSquatted(bare.node.gatewayPort)

interface Case {
  readonly what: string
  readonly step: StepName
  readonly code: FaultCode
  readonly outcome?: Outcome
  /** Whether it is in the registry by then. */
  readonly registered?: true
  /** Runs each time, and not only with everything. */
  readonly always?: true
  /** Brings the fault about before the run, or as soon as `during` acts; what it returns takes it back. */
  readonly during?: StepName
  spoil(): Promise<Undo>
}

const CASES: readonly Case[] = [
  {
    ...{ what: 'the port of the gateway is taken', step: 'validate', code: 'port-taken' },
    always: true,
    spoil: takePort,
  },
  {
    ...{ what: 'the disk is full', step: 'validate', code: 'no-room' },
    async spoil() {
      await bare.node.machine.fillDisk()
      return () => bare.node.machine.growDisk()
    },
  },
  {
    ...{ what: 'there are no inodes', step: 'validate', code: 'no-inodes' },
    async spoil() {
      const disk = bare.node.machine.scratch('disk')
      await must('mount', ['-o', 'remount,nr_inodes=20000', disk])
      return () => must('mount', ['-o', 'remount,nr_inodes=3000000', disk]).then(() => undefined)
    },
  },
  {
    ...{
      what: 'the link is cut while Node.js is pushed',
      step: 'nodejs',
      code: 'silent',
      outcome: 'unknown',
    },
    ...{ during: 'nodejs', always: true },
    async spoil() {
      await bare.node.machine.linkDown()
      return async () => {
        await bare.node.machine.linkUp()
        await bare.node.machine.waitForSsh(30_000)
      }
    },
  },
  {
    ...{ what: 'the disk fills up while OpenClaw is pushed', step: 'openclaw', code: 'write-failed' },
    during: 'openclaw',
    async spoil() {
      await bare.node.machine.fillDisk()
      return () => bare.node.machine.growDisk()
    },
  },
  {
    ...{ what: 'the machine is of another architecture', step: 'ssh', code: 'wrong-machine' },
    async spoil() {
      await root(`printf '#!/bin/sh\\necho riscv64\\n' >/usr/local/bin/uname; chmod 755 /usr/local/bin/uname`)
      return () => root('rm /usr/local/bin/uname')
    },
  },
  {
    ...{ what: 'another program takes the port meanwhile', step: 'readiness', code: 'port-taken' },
    ...{ during: 'configuration', always: true },
    spoil: takePort,
  },
  {
    ...{ what: 'the key of the provider is gone', step: 'credentials', code: 'secret-missing' },
    during: 'configuration',
    async spoil() {
      await bare.secret(false)
      return () => bare.secret(true)
    },
  },
  {
    ...{ what: 'the units of the login belong to somebody else', step: 'service', code: 'service-refused' },
    async spoil() {
      await root(`mkdir -p ${UNITS} && chown -R root: ${UNITS}`)
      return () => root('rm -r /home/oc/.config')
    },
  },
  {
    ...{ what: 'the disk fills up while Node.js is pushed', step: 'nodejs', code: 'write-failed' },
    during: 'nodejs',
    async spoil() {
      await bare.node.machine.fillDisk()
      return () => bare.node.machine.growDisk()
    },
  },
  {
    ...{ what: 'the login is ended while OpenClaw is pushed', step: 'openclaw', code: 'silent' },
    ...{ during: 'openclaw', outcome: 'unknown' },
    async spoil() {
      await root('pkill -KILL -u oc -x sshd')
      return async () => undefined
    },
  },
  {
    ...{ what: 'OpenClaw refuses the configuration', step: 'configuration', code: 'config-refused' },
    async spoil() {
      await user(
        `umask 077; mkdir ~/.openclaw; echo '{"gateway":{"port":"none"}}' >~/.openclaw/openclaw.json`,
      )
      return async () => {
        await user('rm -r ~/.openclaw')
      }
    },
  },
  {
    ...{
      what: 'a unit of somebody else has the name of the gateway',
      step: 'service',
      code: 'service-foreign',
    },
    always: true,
    async spoil() {
      await user(`mkdir -p ${UNITS} && printf '${OWN_UNIT}' >${UNITS}/${UNIT}`)
      await user(`systemctl --user daemon-reload && systemctl --user enable --now ${UNIT}`)
      // And half of an OpenClaw: its variables are to be as they were as well.
      await user('umask 077; mkdir ~/.openclaw; echo OTHER=1 >~/.openclaw/.env')
      const seen = () => user(`systemctl --user show ${UNIT} -p MainPID -p ActiveState`)
      const before = await seen()
      return async () => {
        expect(await seen()).toBe(before)
        await user(`systemctl --user disable --now ${UNIT}`)
        await user('rm -r ~/.config ~/.openclaw && systemctl --user daemon-reload')
      }
    },
  },
  {
    ...{ what: 'the gateway dies whenever it starts', step: 'readiness', code: 'gateway-failed' },
    during: 'readiness',
    async spoil() {
      await user(`systemd-run --user --unit=bane sh -c '${BANE}'`)
      return async () => {
        await user('systemctl --user stop bane')
      }
    },
  },
  {
    ...{
      what: 'a drop-in of somebody else keeps the gateway down',
      step: 'service',
      code: 'service-refused',
    },
    async spoil() {
      await user(`mkdir -p ${UNITS}/${UNIT}.d && printf '${OWN_DROP_IN}' >${UNITS}/${UNIT}.d/own.conf`)
      await user('systemctl --user daemon-reload')
      return async () => {
        await user('rm -r ~/.config && systemctl --user daemon-reload')
      }
    },
  },
  {
    ...{ what: 'the gateway does nothing for 300 s', step: 'readiness', code: 'gateway-slow' },
    during: 'readiness',
    async spoil() {
      await bare.freeze()
      return async () => undefined
    },
  },
  {
    ...{ what: 'nothing may be run in the home', step: 'nodejs', code: 'node-broken' },
    async spoil() {
      await root('mount --bind /home/oc /home/oc && mount -o remount,bind,noexec /home/oc')
      return () => root('umount -l /home/oc')
    },
  },
  {
    ...{ what: 'the login may not linger and not become root', step: 'linger', code: 'linger-denied' },
    async spoil() {
      await root('loginctl disable-linger oc')
      return () => root('loginctl enable-linger oc')
    },
  },
  {
    ...{ what: 'systemd can no longer start the gateway', step: 'start', code: 'start-refused' },
    ...{ during: 'start', always: true },
    async spoil() {
      const folder = `${UNITS}/${UNIT}.d`
      // Before the step has looked: whether the gateway runs is the first thing that it asks.
      bare.node.machine.sshNow(
        `mkdir -p ${folder} && printf '${NO_START}' >${folder}/own.conf && systemctl --user daemon-reload && systemctl --user stop ${UNIT}`,
      )
      return async () => {
        await user(`rm -r ${folder} && systemctl --user daemon-reload`)
      }
    },
  },
  {
    ...{ what: 'the gateway now runs with another token', step: 'pairing', code: 'gateway-refuses' },
    during: 'readiness',
    async spoil() {
      const folder = `${UNITS}/${UNIT}.d`
      bare.node.machine.sshNow(
        `mkdir -p ${folder} && printf '${OTHER_TOKEN}' >${folder}/own.conf && systemctl --user daemon-reload && systemctl --user restart ${UNIT}`,
      )
      return async () => {
        await user(`rm -r ${folder} && systemctl --user daemon-reload`)
      }
    },
  },
  {
    ...{ what: 'somebody registers another node of that id', step: 'registry', code: 'not-registered' },
    during: 'readiness',
    async spoil() {
      const { registry } = bare.product.context
      const address = { host: '192.0.2.7', sshPort: 22, sshUser: 'oc', gatewayPort: 18_789, ocPath: null }
      await registry.add({ id: 'bare', name: 'Other', ...address, tags: [], hostKeys: [] })
      return async () => {
        expect(registry.get('bare').host).toBe(address.host)
        await registry.remove('bare')
      }
    },
  },
  {
    ...{ what: 'there is no room for the first backup', step: 'first-backup', code: 'backup-failed' },
    ...{ during: 'readiness', registered: true },
    async spoil() {
      const folder = path.join(bare.product.folder, 'backups')
      await mkdir(folder, { recursive: true })
      await must('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder])
      return () => must('umount', [folder]).then(() => undefined)
    },
  },
]

describe('an addition that cannot go on', () => {
  test.each(CASES.filter(({ always }) => ALL || always))(
    'stops when $what, and the machine is as it was',
    async (one) => {
      const undoBefore = one.during === undefined ? await one.spoil() : undefined
      try {
        const before = await bare.files()
        const { report, undo } = await addTo(bare, bare.input, one)
        await undo?.()
        const begun = report.data.changed || bare.product.context.registry.list().length > 0
        const undone = begun ? await bare.product.run(undoAddNode, { id: 'bare' }) : undefined
        expect(report).toMatchObject({
          outcome: one.outcome ?? 'failed',
          data: { fault: { step: one.step, code: one.code }, registered: one.registered ?? false },
        })
        if (begun) expect(undone).toMatchObject({ outcome: 'done', data: { left: [], fault: null } })
        expect(await bare.files()).toEqual(before)
      } finally {
        await undoBefore?.()
      }
    },
    600_000,
  )
})
