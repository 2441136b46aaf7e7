import { execFile } from 'node:child_process'
import { OperatorError } from '../base/errors.ts'
import { UNIT, type UnitLevel } from './unit.ts'

/** Why ocm cannot be made a service. Each has its texts, `service-problem.<why>` and `service-remedy.<why>`. */
export type ServiceProblem = 'no-systemd' | 'not-root' | 'sources' | 'in-a-home' | 'no-settings' | 'no-key'

/** The time that a unit has to become ready, and a little more. */
const LONGEST_MS = 150_000
const LOG_LINES = '15'

/** @returns an error that says why, and what next */
export function serviceImpossible(why: ServiceProblem, params: Record<string, string> = {}): OperatorError {
  return new OperatorError('service-impossible', { why, ...params })
}

/** What a program of the machine answered. */
interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program of the machine; no shell reads its words. @returns null when there is no such program */
export function runProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Ran | null> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: LONGEST_MS, signal }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(new OperatorError('cancelled', {}))
      if (error?.code === 'ENOENT') return resolve(null)
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr })
    })
  })
}

/** @throws OperatorError service-impossible, service-failed with what the program said */
export async function mustRun(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const ran = await runProgram(program, args, signal)
  if (ran === null) throw serviceImpossible('no-systemd')
  if (ran.code === 0) return ran.stdout
  throw new OperatorError(
    'service-failed',
    { command: [program, ...args].join(' ') },
    { detail: ran.stderr.trim() },
  )
}

/** The words of `systemctl` for a level. */
export function systemctl(level: UnitLevel, ...words: string[]): readonly string[] {
  return level === 'user' ? ['--user', ...words] : words
}

/** The last lines of the log of the service; empty when they cannot be read. */
export async function lastLines(level: UnitLevel, signal: AbortSignal): Promise<string> {
  const args = [
    ...(level === 'user' ? ['--user'] : []),
    '--unit',
    UNIT,
    '--lines',
    LOG_LINES,
    '--output',
    'cat',
  ]
  return (await runProgram('journalctl', args, signal))?.stdout.trim() ?? ''
}

/** What systemd says of the service. */
export interface ServiceState {
  installed: boolean
  /** As systemd names them: `active`, `activating`, `failed`, …, and the finer one. */
  active: string
  sub: string
  result: string
  restarts: number
  pid: number | null
  /** What ocm last said of itself. */
  status: string
}

/** @returns null when no systemd can be asked */
export async function serviceState(level: UnitLevel, signal: AbortSignal): Promise<ServiceState | null> {
  const asked = 'LoadState,ActiveState,SubState,Result,NRestarts,MainPID,StatusText'
  const ran = await runProgram('systemctl', systemctl(level, 'show', UNIT, '--property', asked), signal)
  if (ran === null || ran.code !== 0) return null
  const values = new Map(
    ran.stdout
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const pid = Number(values.get('MainPID') ?? 0)
  return {
    installed: values.get('LoadState') === 'loaded',
    active: values.get('ActiveState') ?? '',
    sub: values.get('SubState') ?? '',
    result: values.get('Result') ?? '',
    restarts: Number(values.get('NRestarts') ?? 0),
    pid: pid > 0 ? pid : null,
    status: values.get('StatusText') ?? '',
  }
}
