import type { AccessLevel, Grant } from '../operations/access.ts'
import { setting } from './forms.ts'

/** Who a grant is for: a Discord role, a Discord user, or everyone who can see the commands. */
export type Subject = { kind: 'role' | 'user'; id: string } | { kind: 'everyone' }

/** A permission from the settings. */
export interface GrantRule {
  subject: Subject
  grant: Grant
}

/** A list such as `role:1234…@prod, user:5678…`. */
export function grantList(level: AccessLevel) {
  return setting((text, fail) =>
    text.split(',').flatMap((entry, index) => {
      const trimmed = entry.trim()
      if (trimmed === '') return []
      return parseGrant(level, trimmed) ?? fail('grant-unreadable', { entry: index + 1 })
    }),
  ).default([])
}

function parseGrant(level: AccessLevel, entry: string): GrantRule | null {
  const match = /^(?:(role|user):(\d{17,20})|everyone)(?:@([a-z0-9_.-]+(?:\+[a-z0-9_.-]+)*))?$/i.exec(entry)
  if (match === null) return null
  const [, kind, id, tags] = match
  const grant: Grant = { level, tags: tags === undefined ? null : tags.split('+') }
  if (kind === undefined || id === undefined) return { subject: { kind: 'everyone' }, grant }
  return { subject: { kind: kind.toLowerCase() === 'role' ? 'role' : 'user', id }, grant }
}
