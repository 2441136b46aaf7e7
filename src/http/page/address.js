/** What the address says: the view, and how the fleet is filtered, sorted and grouped, or what the audit is looked through for. */

const DEFAULTS = { q: '', state: '', tag: '', sort: 'worst', group: '' }
/** What the audit is looked through for. */
const AUDIT = ['who', 'node', 'operation', 'since', 'run', 'before']
/** Views that need nothing more than their name. */
const OWN_VIEWS = ['checks', 'audit', 'approvals', 'rules', 'alerts']
const SORTS = ['worst', 'name', 'context', 'backup', 'version']

/** @returns {{view: 'fleet' | 'node' | 'checks' | 'audit' | 'approvals' | 'rules' | 'alerts', id: string | null, filter: typeof DEFAULTS, audit: Record<string, string>}} */
export function readAddress(hash = location.hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view, ...rest] = path.split('/')
  const asked = new URLSearchParams(query)
  const filter = Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, usual]) => [name, asked.get(name) ?? usual]),
  )
  if (!SORTS.includes(filter.sort)) filter.sort = DEFAULTS.sort
  if (filter.group !== 'tag') filter.group = ''
  const audit = Object.fromEntries(AUDIT.map((name) => [name, asked.get(name) ?? '']))
  if (view === 'node' && rest[0]) return { view: 'node', id: decoded(rest[0]), filter, audit }
  return { view: OWN_VIEWS.includes(view) ? view : 'fleet', id: null, filter, audit }
}

/** The address of the fleet under a filter; what is usual is left out. */
export function fleetAddress(filter) {
  const kept = Object.entries(filter).filter(([name, value]) => value !== DEFAULTS[name])
  return kept.length === 0 ? '#/' : `#/?${new URLSearchParams(kept)}`
}

/** The address of the audit, looked through for this. */
export function auditAddress(wanted) {
  const kept = Object.entries(wanted).filter(([, value]) => value !== '')
  return kept.length === 0 ? '#/audit' : `#/audit?${new URLSearchParams(kept)}`
}

export function nodeAddress(id) {
  return `#/node/${encodeURIComponent(id)}`
}

/** The secret of a link that signs in; null without one. {@link forgetSecret} has to follow. */
export function findSecret() {
  const secret = /^#\/?login=(.+)$/.exec(location.hash)?.[1]
  return secret === undefined ? null : decoded(secret)
}

/** Takes the secret out of the address, so that it stays in no history. */
export function forgetSecret() {
  history.replaceState(null, '', `${location.pathname}#/`)
}

/** What was refused on the way back from where one signs in; null when nothing was. Taken out of the address. */
export function takeRefusal() {
  const [, code, seconds] = /^#\/?refused=([a-z-]{1,40})(?:\.(\d{1,5}))?$/.exec(location.hash) ?? []
  if (code === undefined) return null
  history.replaceState(null, '', `${location.pathname}#/`)
  return { code, params: seconds === undefined ? {} : { seconds: Number(seconds) } }
}

/** A text of an address, as it is where it is not encoded. */
export function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
