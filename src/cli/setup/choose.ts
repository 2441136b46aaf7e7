import type { Named } from '../../discord/surroundings.ts'

/**
 * The id that a person means: an id itself, a number of the list that was shown, or a name of it, with or without its
 * sign. What is nothing of that is returned as it was typed; the setting refuses it.
 */
export function idOf(typed: string, shown: readonly Named[]): string {
  const at = /^\d{1,3}$/.test(typed) ? shown[Number(typed) - 1] : undefined
  if (at !== undefined) return at.id
  const bare = typed.replace(/^[#@]/, '').toLowerCase()
  const named = shown.filter(({ name }) => name.toLowerCase() === bare)
  return named.length === 1 && named[0] ? named[0].id : typed
}

/** A list of permissions as `OCM_ADMINS` takes it, of ids, numbers or names of roles, and of what is written so already. */
export function grantsOf(typed: string, roles: readonly Named[]): string {
  const entries = typed.split(',').flatMap((entry) => entry.trim() || [])
  return entries
    .map((entry) => {
      if (/^(?:role|user):|^everyone(?:@|$)/i.test(entry)) return entry
      const id = idOf(entry, roles)
      return /^\d{17,20}$/.test(id) ? `role:${id}` : entry
    })
    .join(',')
}
