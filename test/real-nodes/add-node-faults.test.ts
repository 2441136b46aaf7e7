import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addNode } from '../../src/operations/add-node.ts'
import type { Outcome } from '../../src/operations/operation.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import type { FaultCode } from '../../src/provision/fault.ts'
import type { StepName } from '../../src/provision/step.ts'
import { en } from '../../src/text/en/index.ts'
import { sampleOf } from '../support/sample.ts'
import { type BareMachine, endedSteps, KEY, startBareMachine } from './bare-machine.ts'
import { must } from './command.ts'
import type { Undo } from './faults.ts'
import { killedAt } from './killed-ocm.ts'
import { approvedKey } from './product.ts'

const UNITS = '/home/oc/.config/systemd/user'

let bare: BareMachine

beforeAll(async () => {
  bare = await startBareMachine()
})
afterAll(() => bare?.stop())

const root = async (command: string) => {
  const { code, stderr } = await bare.node.root(command)
  expect([code, stderr]).toEqual([0, expect.anything()])
}

const takePort = () => bare.node.faults.portSquatted(bare.node.gatewayPort)

interface Case {
  readonly what: string
  readonly step: StepName
  readonly code: FaultCode
  readonly outcome?: Outcome
  /** Brings the fault about before the run, or as soon as `during` acts; what it returns takes it back. */
  readonly during?: StepName
  spoil(): Promise<Undo>
}

/** In an order in which those that fail late come now and then, so that a sample has some of each. */
const CASES: readonly Case[] = [
  {
    ...{ what: 'the port of the gateway is taken', step: 'validate', code: 'port-taken' },
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
    during: 'nodejs',
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
    during: 'configuration',
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
      return () => root(`chown -R oc: ${UNITS}`)
    },
  },
]

async function add(given: object = bare.input, during?: Case) {
  const told: string[] = []
  const tell = endedSteps(told)
  let brought: Promise<Undo> | undefined
  const report = await bare.product.run(addNode, given, (step) => {
    tell(step)
    if (step.step === during?.during && step.phase === 'acting') brought ??= during.spoil()
  })
  console.log(`${told.join('\n')}\n${report.outcome} ${JSON.stringify(report.data.fault)}`)
  return { report, undo: await brought }
}

describe('an addition that cannot go on', () => {
  test.each(sampleOf(CASES))(
    'stops when $what, and the machine is as it was',
    async (one) => {
      const undoBefore = one.during === undefined ? await one.spoil() : undefined
      const before = await bare.files()
      const { report, undo } = await add(bare.input, one)
      expect(report.data.fault).toMatchObject({ step: one.step, code: one.code })
      expect(report.outcome).toBe(one.outcome ?? 'failed')
      expect(report.data.registered).toBe(false)
      await undo?.()
      if (report.data.changed || bare.product.context.registry.list().length > 0) {
        const undone = await bare.product.run(undoAddNode, { id: 'bare' })
        expect(undone).toMatchObject({ outcome: 'done', data: { left: [], fault: null } })
      }
      expect(await bare.files()).toEqual(before)
      await undoBefore?.()
    },
    600_000,
  )

  test('goes on where a killed ocm left it', async () => {
    const { fleet, product, settings, input } = bare
    const { fingerprint } = await approvedKey(bare.node)
    const words = [
      'node',
      'add',
      input.id,
      input.host,
      '--secret',
      input.secret,
      '--accept-host-key',
      fingerprint,
    ]
    await killedAt(product, fleet, words, en['add-step.service'], settings)
    const { report } = await add({ id: 'bare' })
    expect(report).toMatchObject({ outcome: 'done', data: { fault: null, registered: true } })
    const again = report.data.steps.filter(({ state }) => state === 'done').map(({ name }) => name)
    expect(again).not.toEqual(expect.arrayContaining(['nodejs']))
    expect(again).toEqual(expect.arrayContaining(['service', 'registry', 'first-backup']))
    expect(JSON.stringify([report, product.log])).not.toContain(KEY)
  }, 600_000)
})
