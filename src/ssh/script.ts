import { OperatorError } from '../base/errors.ts'
import type { Call } from './call.ts'
import { runExec } from './exec.ts'
import { createMarker, createReader, oneShot } from './frame.ts'
import type { HeldShell } from './held-shell.ts'
import { type Link, outputLimit } from './process.ts'
import type { ScriptResult, ScriptText } from './ssh.ts'

/** What shell start-up files may add to the output of a fresh shell. */
const NOISE_ALLOWANCE = 256 * 1024

/** Runs a script in the held shell, or in a new one when that is not to be had; see {@link SshSession.script}. */
export async function runScript(
  link: Link,
  shell: HeldShell,
  script: ScriptText,
  args: readonly string[],
  call: Call,
): Promise<ScriptResult> {
  const answer = await shell.run(script, args, call)
  if (answer.kind === 'answer') {
    return { stdout: answer.stdout, code: answer.code, tookMs: call.tookMs(), via: 'shell' }
  }
  const marker = createMarker()
  const roomy: Call = { ...call, maxOutputBytes: call.maxOutputBytes + NOISE_ALLOWANCE }
  const result = await runExec(link, oneShot(marker, script, args), roomy, undefined)
  const found = createReader(marker, Number.POSITIVE_INFINITY).take(Buffer.from(result.stdout, 'utf8'))
  if (found === null) {
    const exitCode = result.code ?? result.signal ?? -1
    // A script always answers in its frame: one without was never run.
    const params = { node: call.node, exitCode, reason: 'commands-refused' }
    throw new OperatorError('remote-command-failed', params, { detail: result.stderr })
  }
  if (Buffer.byteLength(found.stdout) > call.maxOutputBytes) throw outputLimit(call)
  return { ...found, tookMs: call.tookMs(), via: 'exec' }
}
