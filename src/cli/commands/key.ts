import { OperatorError } from '../../base/errors.ts'
import { type RestrictedKeyResult, restrictKey } from '../../operations/restrict-key.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { fileOrInput } from '../file-or-input.ts'

/** `ocm key restrict`: a program for the node's shell that puts the key there, restricted; it can be read before it is run. */
export async function restrict(call: Call): Promise<Answer> {
  const { args, out, signal, terminal } = call
  const refusal = (cause: unknown) => new OperatorError('invalid-input', { field: '--public-key' }, { cause })
  const publicKey = await fileOrInput(args.required('public-key'), terminal, refusal)
  const context = await call.open('none')
  const input = { node: args.required('node'), publicKey }
  const report = await runOperation(context, call.actor, restrictKey, input, { signal })
  return answerOf(report, installer(report.data, out))
}

/** What puts the program and the line where they belong, with what a person has to know before. */
function installer(key: RestrictedKeyResult, { t }: Ink): string {
  const comment = (text: string) =>
    text
      .split('\n')
      .map((line) => `# ${line}\n`)
      .join('')
  return [
    '#!/bin/sh\n',
    comment(t('cli.key.restrict', { node: key.nodeId })),
    key.withoutProgram ? comment(t('cli.key.without-program', { node: key.nodeId })) : '',
    comment(`${t('cli.key.sshd')}\n${key.sshdConfig.trimEnd()}`),
    key.installer,
  ].join('')
}
