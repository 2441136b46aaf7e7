import type { Actor } from './access.ts'

/** People by the names of the settings, each with the identities by which faces know them: `discord:ID`, `cli:ACCOUNT`. */
export type PeopleMap = ReadonlyMap<string, readonly string[]>

/** Who somebody is beyond the face that they use. */
export interface Who {
  /** `discord:ID`, `cli:ACCOUNT` or `token:ID`. */
  identity: string
  /** Their name in the settings; null where they are not named there. */
  person: string | null
}

/** The identity behind a face: a page has that of whoever made its link. */
export function identityOf({ face, via, id }: Pick<Actor, 'face' | 'via' | 'id'>): string {
  // The id of a token says already that it is one.
  return face === 'http' ? id : `${face === 'web' ? (via ?? 'web') : face}:${id}`
}

export function whoIs(actor: Pick<Actor, 'face' | 'via' | 'id'>, people: PeopleMap): Who {
  const identity = identityOf(actor)
  const named = [...people].find(([, identities]) => identities.includes(identity))
  return { identity, person: named?.[0] ?? null }
}

/**
 * Whether two identities are two people. Two Discord accounts are; a shell account or a token may be anybody's, so it
 * takes the settings to say whose it is. `unknown` counts as nobody's approval.
 */
export function compareWho(a: Who, b: Who, people: PeopleMap): 'same' | 'different' | 'unknown' {
  if (a.identity === b.identity) return 'same'
  if (a.person !== null && b.person !== null) return a.person === b.person ? 'same' : 'different'
  const accountsOfA = discordAccounts(a, people)
  const accountsOfB = discordAccounts(b, people)
  if (accountsOfA.length === 0 || accountsOfB.length === 0) return 'unknown'
  return accountsOfA.some((account) => accountsOfB.includes(account)) ? 'same' : 'different'
}

function discordAccounts({ identity, person }: Who, people: PeopleMap): readonly string[] {
  const known = person === null ? [identity] : (people.get(person) ?? [])
  return known.filter((one) => one.startsWith('discord:'))
}
