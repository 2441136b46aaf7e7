import { type Answer, type Call, plainAnswer } from '../command.ts'
import { completionScript } from '../completion-scripts.ts'
import type { Shell } from '../shells.ts'

/** `ocm completion`: the script that a shell loads. */
export async function completion({ args }: Call): Promise<Answer> {
  const shell = args.required('shell') as Shell
  const script = completionScript(shell)
  return plainAnswer('done', { shell, script }, script)
}
