import { setting } from './forms.ts'

/** Which key file logs in to the nodes with a tag. */
export interface TagKey {
  tag: string
  path: string
}

const ENTRY = /^([a-z0-9][a-z0-9_.-]{0,31})=(\S.*)$/i

/** What of a list such as `prod=~/.ssh/ocm-prod, eu=~/.ssh/ocm-eu` can be read. */
export function tagKeysIn(text: string): TagKey[] {
  return entriesOf(text).flatMap((entry) => {
    const [, tag, path] = ENTRY.exec(entry) ?? []
    return tag === undefined || path === undefined ? [] : [{ tag, path }]
  })
}

/** Keys by tag, each tag once. */
export const tagKeys = setting((text, fail): readonly TagKey[] => {
  const found = new Set<string>()
  for (const [index, entry] of entriesOf(text).entries()) {
    const [one] = tagKeysIn(entry)
    if (one === undefined || found.has(one.tag)) return fail('not-tag-keys', { entry: index + 1 })
    found.add(one.tag)
  }
  return tagKeysIn(text)
})

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
