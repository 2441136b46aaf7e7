/** What a step can have seen, and how that is written for programs; people read `add-seen.<code>` in their language. */
const PLAIN = {
  /** What the machine said, or a name or path as it is. */
  said: ({ text = '' }) => `${text}`,
  sudo: () => 'sudo',
  'no-sudo': () => 'no sudo',
  disk: ({ mb = '?' }) => `disk ${mb} MB`,
  inodes: ({ count = '?' }) => `inodes ${count}`,
  memory: ({ mb = '?' }) => `memory ${mb} MB`,
  checksum: ({ start = '' }) => `sha256 ${start}…`,
  'through-ocm': ({ registry = '' }) => `${registry}, ssh -R`,
  valid: ({ count = '?' }) => `valid, ${count} warnings`,
  'not-validated': () => 'openclaw.json (not validated: old release)',
  token: () => 'token',
  mode: ({ mode = '' }) => `mode ${mode}`,
  'unit-enabled': ({ unit = '' }) => `${unit} enabled`,
  lingers: () => 'Linger=yes',
  serving: () => 'serving',
  ready: () => 'ready',
  protocol: ({ protocol = '?' }) => `protocol ${protocol}`,
  backup: ({ id = '' }) => `backup ${id}`,
  files: ({ count = '?' }) => `${count} files`,
  agents: ({ count = '?' }) => `${count} ${count === 1 ? 'agent' : 'agents'}`,
} as const satisfies Readonly<Record<string, (params: Readonly<Record<string, string | number>>) => string>>

export type SeenCode = keyof typeof PLAIN
export const SEEN_CODES = Object.keys(PLAIN) as [SeenCode, ...SeenCode[]]

/** One thing that a step saw. Its texts are remote: redacted by whoever sets them. */
export interface Seen {
  code: SeenCode
  params: Record<string, string | number>
}

const TEXT = 300

/** Something that was seen, by its code. */
export function seen(code: SeenCode, params: Seen['params'] = {}): Seen {
  const bounded = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, TEXT) : value,
  ])
  return { code, params: Object.fromEntries(bounded) }
}

/** What was said as it is, each part by itself; what is null or empty is left out. */
export function saidAs(...parts: readonly (string | null | undefined | false)[]): Seen[] {
  return parts
    .filter((part) => typeof part === 'string' && part !== '')
    .map((text) => seen('said', { text: String(text) }))
}

/** What was seen in the words for programs, in one line. */
export function plainEvidence(found: readonly Seen[]): string {
  return found.map(({ code, params }) => PLAIN[code](params)).join(', ')
}
