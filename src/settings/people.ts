import type { PeopleMap } from '../operations/people.ts'
import { setting } from './forms.ts'

const ENTRY = /^([^\s=,+]{1,64})=(\S{1,512})$/
const IDENTITY = /^(?:discord:\d{17,20}|cli:[^\s,+:]{1,64}|token:[^\s,+:]{1,64})$/

/** People and the identities by which faces know them, such as `ada=discord:1234…+cli:ada, ben=discord:5678…`. */
export const people = setting((text, fail): PeopleMap => {
  const found = new Map<string, readonly string[]>()
  const taken = new Set<string>()
  for (const [index, entry] of text.split(',').entries()) {
    if (entry.trim() === '') continue
    const [, name = '', list = ''] = ENTRY.exec(entry.trim()) ?? []
    const identities = list.split('+')
    const valid = name !== '' && !found.has(name) && identities.every((one) => IDENTITY.test(one))
    // An identity of two people would let one of them approve what the other asked for.
    if (!valid || identities.some((one) => taken.has(one))) return fail('not-people', { entry: index + 1 })
    for (const one of identities) taken.add(one)
    found.set(name, identities)
  }
  return found
})
