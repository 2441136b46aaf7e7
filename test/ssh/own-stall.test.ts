import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Call } from '../../src/ssh/call.ts'
import { collect } from '../../src/ssh/exec.ts'
import type { Link, RemoteProcess } from '../../src/ssh/process.ts'

it('hears what a command printed while this process stood still, though the command has ended', async () => {
  // It has printed, and something that it left behind holds its output open.
  const child = spawn('sh', ['-c', 'echo whole; exec sleep 60'])
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill()
    await ended
  })
  const process = {
    channel: Object.assign(child.stdout, { stderr: child.stderr }),
    exit: () => ({ code: 0, signal: null }),
    onExit: (hear: () => void) => hear(),
    onClosed() {},
    closed: () => false,
    terminate() {},
  } as unknown as RemoteProcess
  const call = {
    node: 'n1',
    signal: new AbortController().signal,
    maxOutputBytes: 1_000,
    tookMs: () => 0,
  } as unknown as Call
  const result = collect(process, { clock: systemClock } as Link, call)
  spawnSync('sleep', ['1'])
  expect((await result).stdout).toBe('whole\n')
})
