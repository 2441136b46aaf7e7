import { openclawCommand } from '../openclaw/cli.ts'
import type { ExecResult } from '../ssh/exec.ts'
import { type ShellCommand, sh } from '../ssh/shell-quote.ts'
import { Fault, type FaultCode } from './fault.ts'
import type { MachineFacts } from './look.ts'
import type { Before, Bench } from './step.ts'

/** What a healthy machine does at once; one under load needs far longer. */
export const SHORT_MS = 120_000
/** Starting OpenClaw's command line takes 1 to 10 s, minutes where the disk is slow. */
export const CLI_MS = 300_000
const DETAIL = 600

/** Runs a command; what it printed is part of the fault when it does not end with 0. */
export async function must(
  bench: Bench,
  command: ShellCommand,
  fault: FaultCode,
  limits: { deadlineMs?: number; stdin?: string } = {},
): Promise<ExecResult> {
  const result = await run(bench, command, limits)
  if (result.code !== 0) throw new Fault(fault, said(bench, result))
  return result
}

export function run(
  { machine, signal }: Bench,
  command: ShellCommand,
  { deadlineMs = SHORT_MS, stdin }: { deadlineMs?: number; stdin?: string } = {},
): Promise<ExecResult> {
  return machine.exec(command, { deadlineMs, signal, ...(stdin === undefined ? {} : { stdin }) })
}

/** The end of what a command printed, without secrets. */
export function said(bench: Pick<Bench, 'clean'>, { stderr, stdout, code }: ExecResult): string {
  const text = (stderr.trim() || stdout.trim()).slice(-DETAIL)
  return bench.clean(text === '' ? `exit ${code}` : text)
}

/** `openclaw` of this node with arguments. */
export function openclaw(bench: Bench, args: readonly string[]): ShellCommand {
  if (bench.openclaw === null) throw new Fault('openclaw-broken')
  const command = openclawCommand(
    { binary: bench.openclaw, nodeBinary: bench.nodeBinary, statePath: null },
    args,
  )
  return sh`umask 077; ${RUNTIME}${command}`
}

/** `systemctl --user` with the runtime directory that it needs. */
export function systemctl(rest: ShellCommand): ShellCommand {
  return sh`${RUNTIME}LC_ALL=C systemctl --user ${rest}`
}

const RUNTIME = sh`: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u)}"; export XDG_RUNTIME_DIR; `

/** What the machine looked like before the first change. */
export function beforeOf({ before }: Bench): Before {
  if (before === null) throw new Error('the machine was not looked at')
  return before
}

/** What the last look found. */
export function factsOf({ facts }: Bench): MachineFacts {
  if (facts === null) throw new Error('the machine was not looked at')
  return facts
}
