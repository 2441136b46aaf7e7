import { PEOPLE, type Sandbox } from '../../../src/sandbox/stage/start-sandbox.ts'

const MINUTE_MS = 60_000

/** A link that signs somebody of the sandbox in, in English, as the bot hands it out. */
export async function linkFor(sandbox: Sandbox, role: keyof typeof PEOPLE): Promise<string> {
  const { signIns } = sandbox.app.owned.context
  const person = {
    via: 'discord',
    id: sandbox.discord.ids.users[PEOPLE[role]] ?? '',
    name: PEOPLE[role],
  } as const
  const { secret } = await signIns.createLink({ ...person, grants: null, language: 'en' }, MINUTE_MS)
  return `${await signIns.address()}/#login=${secret}`
}
