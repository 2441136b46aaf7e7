import { type Answer, type Call, plainAnswer } from '../command.ts'

/** `ocm version`, and `--version` anywhere. */
export async function version(call: Call): Promise<Answer> {
  return plainAnswer('done', { version: call.version }, `ocm ${call.version}\n`)
}
