import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fresh } from '../../src/base/reading.ts'
import type { FaultCode } from '../../src/provision/fault.ts'
import { nodeFits } from '../../src/provision/node-fit.ts'
import { runSteps } from '../../src/provision/run-steps.ts'
import { openSources } from '../../src/provision/sources.ts'
import type { Machine, StepName } from '../../src/provision/step.ts'
import { nodejs } from '../../src/provision/steps/nodejs.ts'
import { openclaw } from '../../src/provision/steps/openclaw.ts'
import { ssh, validate } from '../../src/provision/steps/validate.ts'
import { type BareMachine, changedMachine, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

beforeAll(async () => {
  bare = await startBareMachine()
})
afterAll(() => bare?.close())

/** The machine, of which one line of what it says of itself is another. */
function saying(line: RegExp, other: string): Machine {
  const { machine } = bare.bench()
  return changedMachine(machine, {
    async exec(...given) {
      const result = await machine.exec(...given)
      return { ...result, stdout: result.stdout.replace(line, other) }
    },
  })
}

const look = (machine: Machine) =>
  runSteps([ssh, validate], bare.bench({ machine }), bare.run, {
    additions: bare.additions,
    witness: { told: () => undefined },
  })

describe('a machine that cannot become a node', () => {
  it.each<[what: string, line: RegExp, other: string, step: StepName, code: FaultCode, detail: string]>([
    ['has another C library', /^libc=.*$/m, 'libc=musl 1.2.5', 'ssh', 'wrong-machine', 'no glibc'],
    ['has 32 bits', /^bits=.*$/m, 'bits=32', 'ssh', 'wrong-machine', '32 bit'],
    ['lacks a program', /^home=/m, 'missing=od\nhome=', 'ssh', 'tools-missing', 'od'],
    ['has no systemd for its login', /^systemd=.*$/m, 'systemd=offline', 'ssh', 'no-user-services', ''],
    ['has little memory', /^memory=.*$/m, 'memory=500000', 'validate', 'no-memory', '512 MB < 900 MB'],
    ['has few inodes', /^inodes=.*$/m, 'inodes=44999', 'validate', 'no-inodes', '44999 < 45000'],
  ])('%s: it is told of so, and nothing is begun', async (_what, line, other, step, code, detail) => {
    const { fault, acted } = await look(saying(line, other))
    expect(fault).toMatchObject({ step, code })
    expect(fault?.detail ?? '').toContain(detail)
    expect(acted).toEqual([])
  })

  it.each([
    ['inodes', 'inodes=0'],
    ['memory', 'memory='],
  ])('is not one that does not tell of its %s', async (name, other) => {
    const { fault } = await look(saying(new RegExp(`^${name}=.*$`, 'm'), other))
    expect(fault).toBeNull()
  })
})

describe('programs that do not fit', () => {
  it('are told of where no archive has the Node.js', async () => {
    const empty = mkdtempSync(join(bare.folder, 'empty-'))
    const bench = bare.bench({ sources: openSources({ source: empty, cache: empty }) })
    await ssh.check(bench)
    await expect(nodejs.check(bench)).rejects.toMatchObject({ code: 'node-source' })
  })

  it('are told of where another OpenClaw is installed than the one that was asked for', async () => {
    const bench = bare.bench({}, { version: '2026.9.6' })
    await ssh.check(bench)
    const { snapshot } = bench
    if (snapshot === null) throw new Error('the machine was not looked at')
    const [binary, version] = [fresh('/usr/bin/openclaw', 'probe', 0), fresh('2026.6.8', 'probe', 0)]
    bench.snapshot = { ...snapshot, install: { ...snapshot.install, binary, version } }
    await expect(openclaw.check(bench)).rejects.toMatchObject({
      code: 'openclaw-other',
      detail: '2026.6.8 ≠ 2026.9.6',
    })
  })
})

describe('the Node.js that a machine has', () => {
  it.each([
    ['24.16.0', '2026.9.6', true],
    ['24.15.9', '2026.9.6', false],
    ['25.9.0', '2026.9.6', false],
    ['26.1.0', null, true],
    ['22.22.3', '2026.7.1', true],
    ['23.0.0', '2026.7.1', false],
    ['22.16.0', '2026.2.17', true],
    ['20.19.0', '2026.2.17', false],
  ])('%s runs OpenClaw %s: %s', (node, openclaw, fits) => {
    expect(nodeFits(node, openclaw)).toBe(fits)
  })
})
