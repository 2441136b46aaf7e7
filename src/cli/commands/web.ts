import { runOperation } from '../../operations/run-operation.ts'
import { webLogin } from '../../operations/web-login.ts'
import { webLoginResult } from '../../presenters/web-login.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { resultText } from '../views/told.ts'

/** `ocm web login`: prints a link that signs in to the page of the running bot, this once. */
export async function login(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const input = { language: call.out.locale }
  const report = await runOperation(context, call.actor, webLogin, input, { signal: call.signal })
  const told = webLoginResult(report.data, call.out, report.data.url)
  return answerOf(report, resultText(told, report, call.out))
}
