import type { Actor } from '../operations/access.ts'
import type { GrantRule } from '../settings/grants.ts'

/** Who used a command or a button, with the roles of that moment. */
export interface Member {
  userId: string
  name: string
  roleIds: readonly string[]
}

/** The actor for one interaction. Never kept: a role may be taken away between a question and its answer. */
export function actorOf(member: Member, rules: readonly GrantRule[]): Actor {
  const covers = ({ subject }: GrantRule) => {
    if (subject.kind === 'everyone') return true
    return subject.kind === 'user' ? subject.id === member.userId : member.roleIds.includes(subject.id)
  }
  return {
    face: 'discord',
    id: member.userId,
    name: member.name,
    grants: rules.filter(covers).map(({ grant }) => grant),
  }
}
