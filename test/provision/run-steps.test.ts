import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import type { FaultCode } from '../../src/provision/fault.ts'
import { runSteps, undoSteps } from '../../src/provision/run-steps.ts'
import type { Bench, StepName } from '../../src/provision/step.ts'
import { MACHINE_STEPS } from '../../src/provision/steps.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { sampleOf } from '../support/sample.ts'
import { type BareMachine, KEY, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

beforeEach(async () => {
  bare = await startBareMachine()
})
afterEach(() => bare.close())

const witness = { told: () => undefined }
const node = () => bare.fleet.node('bare')
const bin = (name: string) => join(dirname(node().home), 'bin', name)

const go = (change: Partial<Bench> = {}, wanted = {}) =>
  runSteps(MACHINE_STEPS, bare.bench(change, wanted), bare.kept.at(-1) ?? bare.run, {
    additions: bare.additions,
    witness,
  })

/** Takes back what the journal tells, and begins a new one. */
async function undo() {
  const last = bare.kept.at(-1)
  if (last === undefined) throw new Error('nothing was begun')
  const undone = await undoSteps(bare.bench(), last, () => undefined)
  bare.kept.length = 0
  return undone
}

/** Puts a program before the one that is there; resolves the way back. */
function program(name: string, text: string): () => void {
  const path = bin(name)
  const had = existsSync(path)
  if (had) renameSync(path, `${path}.real`)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return () => {
    rmSync(path)
    if (had) renameSync(`${path}.real`, path)
  }
}

/** What the command line of OpenClaw and systemd are asked, by way of the embedded node. */
const asked = (cases: string) => program('.ask', `case "$*" in\n${cases}\nesac\nexec "$0.real" "$@"`)

function spoil(path: string, change: (text: string) => string): () => void {
  const text = readFileSync(path, 'latin1')
  writeFileSync(path, change(text), 'latin1')
  return () => writeFileSync(path, text, 'latin1')
}

type Case = [step: StepName, what: string, fault: FaultCode, spoil: () => () => void, change?: Partial<Bench>]

const archive = (name: string) => join(bare.archives, name)
const CASES: Case[] = [
  ['ssh', 'another architecture', 'wrong-machine', () => program('uname', 'echo riscv64')],
  ['validate', 'no room', 'no-room', () => program('df', 'echo x\necho "d 9 9 1000 9% /"')],
  ['nodejs', 'a damaged archive', 'checksum', () => spoil(archive('node-v24.21.0-linux-x64.tar.gz'), cut)],
  ['nodejs', 'a disk that fills up', 'write-failed', () => program('tar', 'head -c 50 >/dev/null; exit 2')],
  [
    'nodejs',
    'a disk that fills up, told of for each file',
    'write-failed',
    () => program('tar', 'head -c 50 >/dev/null; yes "tar: no room for it" | head -n 99999 >&2; exit 2'),
  ],
  [
    'openclaw',
    'no archive and no registry',
    'openclaw-source',
    () => spoil(archive('SHASUMS256.txt'), nodeOnly),
  ],
  [
    'configuration',
    'a configuration that OpenClaw refuses',
    'config-refused',
    () => asked(`"openclaw config validate"*) echo '{"valid":false}'; exit 1 ;;`),
  ],
  [
    'credentials',
    'a key that is not there',
    'secret-missing',
    () => {
      const path = join(bare.folder, 'secrets', 'ANTHROPIC_API_KEY')
      renameSync(path, `${path}.away`)
      return () => renameSync(`${path}.away`, path)
    },
  ],
  [
    'credentials',
    'a key that others can read',
    'secret-open',
    () => {
      const path = join(bare.folder, 'secrets', 'ANTHROPIC_API_KEY')
      chmodSync(path, 0o644)
      return () => chmodSync(path, 0o600)
    },
  ],
  [
    'service',
    'a unit that cannot be written',
    'service-refused',
    () => asked(`"openclaw gateway install"*) echo 'no bus' >&2; exit 1 ;;`),
  ],
  [
    'linger',
    'a login without root',
    'linger-denied',
    () => program('loginctl', 'case $1 in enable-linger) exit 1 ;; esac; exec "$0.real" "$@"'),
  ],
  [
    'start',
    'a unit that does not start',
    'start-refused',
    () =>
      asked(
        `"openclaw gateway install"*) "$0.real" "$@"; "$0.real" systemctl stop; exit 0 ;;\n"systemctl start"*) exit 1 ;;`,
      ),
  ],
  [
    'readiness',
    'a gateway that dies',
    'gateway-failed',
    () => {
      node().gateway.failStarts(1)
      return () => node().gateway.failStarts(null)
    },
  ],
  [
    'pairing',
    'a gateway that refuses the token',
    'gateway-refuses',
    () => () => undefined,
    { machine: 'refusing' as never },
  ],
]

function cut(text: string): string {
  return text.slice(0, text.length / 2)
}

function nodeOnly(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes('node-'))
    .join('\n')
}

/** A machine whose gateway does not know the token. */
function refusing(): Partial<Bench> {
  const { machine } = bare.bench()
  const refused = () => Promise.reject(new OperatorError('gateway-auth-failed', { node: 'bare' }))
  const { exec, upload, listen, snapshot } = machine
  return {
    machine: {
      exec: exec.bind(machine),
      upload: upload.bind(machine),
      listen: listen.bind(machine),
      snapshot: snapshot.bind(machine),
      hello: refused,
    },
  }
}

describe('a unit that was there before', () => {
  const unitFile = () => join(node().home, '.config/systemd/user/openclaw-gateway.service')
  const place = async (execStart: string) => {
    mkdirSync(dirname(unitFile()), { recursive: true })
    writeFileSync(unitFile(), `[Service]\nExecStart=${execStart}\n`)
    await bare
      .bench()
      .machine.exec(sh`XDG_RUNTIME_DIR=/run systemctl --user daemon-reload`, { deadlineMs: 10_000 })
  }

  it('and starts something else is nobody’s to write over, to start or to remove', async () => {
    await place('/usr/bin/python3 -m http.server 18789')
    const before = bare.files()
    const stopped = await go()
    expect(stopped.fault).toMatchObject({ step: 'service', code: 'service-foreign' })
    expect(stopped.fault?.detail).toContain('/usr/bin/python3')
    expect(stopped.acted).not.toContain('service')
    expect(await undo()).toEqual({ left: [], fault: null })
    expect(bare.files()).toEqual(before)
    expect(node().facts().ready).toBe(false)
  }, 60_000)

  it('and was off is enabled as it is, and off again after the undo', async () => {
    await go()
    const text = readFileSync(unitFile(), 'utf8')
    await bare
      .bench()
      .machine.exec(sh`XDG_RUNTIME_DIR=/run systemctl --user disable --now openclaw-gateway.service`, {
        deadlineMs: 30_000,
      })
    bare.kept.length = 0
    const ended = await go()
    expect(ended).toMatchObject({ fault: null, acted: ['service', 'start'] })
    expect(node().facts().ready).toBe(true)
    expect(await undo()).toEqual({ left: [], fault: null })
    expect(readFileSync(unitFile(), 'utf8')).toBe(text)
    const { stdout } = await bare
      .bench()
      .machine.exec(
        sh`XDG_RUNTIME_DIR=/run systemctl --user show openclaw-gateway.service -p ActiveState -p UnitFileState`,
        {
          deadlineMs: 10_000,
        },
      )
    expect(stdout.trim().split('\n').sort()).toEqual(['ActiveState=inactive', 'UnitFileState=disabled'])
  }, 120_000)
})

describe('a bare machine', () => {
  it('becomes a node that serves, step by step, and is as it was after the undo', async () => {
    const before = bare.files()
    const ended = await go()
    expect(ended.fault).toBeNull()
    expect(ended.state).toBe('done')
    expect(ended.steps.map(({ name, state }) => [name, state])).toEqual([
      ['ssh', 'satisfied'],
      ['validate', 'satisfied'],
      ['nodejs', 'done'],
      ['openclaw', 'done'],
      ['configuration', 'done'],
      ['credentials', 'done'],
      ['service', 'done'],
      ['linger', 'done'],
      ['start', 'satisfied'],
      ['readiness', 'satisfied'],
      ['pairing', 'not-needed'],
    ])
    const config = JSON.parse(readFileSync(join(node().home, '.openclaw/openclaw.json'), 'utf8'))
    expect(config.gateway.auth.token).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(node().home, '.openclaw/openclaw.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(node().home, '.openclaw/.env'), 'utf8')).toBe(`ANTHROPIC_API_KEY=${KEY}\n`)
    expect(node().facts().ready).toBe(true)
    const said = node().facts().commands.join('\n') + JSON.stringify(bare.kept)
    expect(said).not.toContain(KEY)
    expect(said).not.toContain(config.gateway.auth.token)
    const again = await go()
    expect(again.steps.map(({ state }) => state)).not.toContain('done')
    expect(await undo()).toEqual({ left: [], fault: null })
    expect(bare.files()).toEqual(before)
    expect(node().facts().ready).toBe(false)
  }, 180_000)

  it.each(sampleOf(CASES))(
    '%s: %s stops there, is taken back whole, and goes on once mended',
    async (step, _what, code, spoiled, change) => {
      const before = bare.files()
      const mend = spoiled()
      const failed = await go(change ? refusing() : {})
      expect(failed.fault).toMatchObject({ step, code })
      expect(failed.state).toBe('stopped')
      expect(await undo()).toEqual({ left: [], fault: null })
      expect(bare.files()).toEqual(before)
      await go(change ? refusing() : {})
      mend()
      const ended = await go()
      expect(ended.fault).toBeNull()
      expect(node().facts().ready).toBe(true)
    },
    180_000,
  )
})
