import { OperatorError } from '../base/errors.ts'
import { redact } from '../base/redact.ts'
import type { ExecResult } from '../ssh/exec.ts'

/** The end of what a program of a node said is enough to see why it failed. */
const SHOWN = 1_500

/** @throws OperatorError remote-command-failed {node, exitCode}, with the end of stderr, where a command did not end with 0 */
export function endedWell(
  node: string,
  { code, signal, stderr }: Pick<ExecResult, 'code' | 'signal' | 'stderr'>,
): void {
  if (code === 0) return
  const params = { node, exitCode: code ?? signal ?? -1 }
  throw new OperatorError('remote-command-failed', params, { detail: redact(stderr.slice(-SHOWN)).text })
}
