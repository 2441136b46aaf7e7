import { expect, it } from 'vitest'
import { lookToLint } from '../../src/openclaw/lint-look.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import { reasonOfError } from '../../src/openclaw/reasons.ts'

const UNIT = { state: null, unit: { name: 'openclaw-gateway.service', level: 'user' } } as const

/** What is said of a node whose shell answers with this. */
async function saidOf(answer: (command: string) => { code: number; stdout: string }) {
  const link = {
    nodeId: 'n1',
    exec: async ({ shellText }: { shellText: string }) => ({ ...answer(shellText), stderr: '' }),
  } as unknown as NodeLink
  return lookToLint(link, UNIT, { deadlineMs: 1_000 }).then(() => null, reasonOfError)
}
const markerIn = (command: string) => /printf '%s modes\\n' '?([0-9a-f-]{36})/.exec(command)?.[1] ?? ''

it('tells a command that failed from a shell that runs none', async () => {
  expect(await saidOf(() => ({ code: 0, stdout: 'This account is not available.\n' }))).toEqual({
    code: 'commands-refused',
  })
  const brokeOff = await saidOf((command) => ({ code: 137, stdout: `${markerIn(command)} modes\n` }))
  expect(brokeOff).toEqual({ code: 'command-failed', params: { exitCode: 137 } })
})
