import { z } from 'zod'
import type { RetentionPolicy } from '../backup/retention.ts'
import type { ErrorParams } from '../base/errors.ts'
import type { ConfigProblemCode } from './config-error.ts'

/** Reports what is wrong with a setting; the value that is returned then is never used. */
type Fail = (code: ConfigProblemCode, params?: ErrorParams) => never

/** A setting that `read` makes a value of, or refuses. */
export function setting<T>(read: (text: string, fail: Fail) => T) {
  return z.string().transform(
    (text, context): T =>
      read(text, (code, params = {}) => {
        context.addIssue({ code: 'custom', params: { problem: code, params } })
        return z.NEVER
      }),
  )
}

/** A setting of one form, taken as it is. */
export function matching(form: RegExp, code: ConfigProblemCode) {
  return setting((text, fail) => (form.test(text) ? text : fail(code)))
}

export const snowflake = matching(/^\d{17,20}$/, 'not-an-id')

/** Ids of Discord, separated by commas or spaces. */
export const snowflakes = setting((text, fail): readonly string[] => {
  const ids = text.split(/[\s,]+/).filter(Boolean)
  return ids.every((id) => /^\d{17,20}$/.test(id)) ? ids : fail('not-an-id')
})

const QUIET_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

export const quietHours = setting((text, fail) => {
  const times = QUIET_HOURS.exec(text)?.slice(1).map(Number)
  if (!times) return fail('not-a-span')
  const [fromHour = 0, from = 0, toHour = 0, to = 0] = times
  return { from: fromHour * 60 + from, to: toHour * 60 + to }
})

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/

/** Minutes after midnight; `none` is null. */
export const timeOfDay = setting((text, fail): number | null => {
  if (text === 'none') return null
  const time = TIME_OF_DAY.exec(text)
  return time === null ? fail('not-a-time') : Number(time[1]) * 60 + Number(time[2])
})

const RETENTION = /^(last|daily|weekly|monthly)=(\d{1,4})$/
const MOST_KEPT = 1_000

/** How many backups of a node stay; what is not named is 0, `all` is null. */
export const retention = setting((text, fail): RetentionPolicy | null => {
  if (text === 'all') return null
  const parts = text.split(/[\s,]+/).map((part) => RETENTION.exec(part))
  const counts = new Map(parts.map((part) => [part?.[1], Number(part?.[2])]))
  const valid = [...counts.values()].every((count) => count <= MOST_KEPT)
  if (!valid || counts.size < parts.length || ![...counts.values()].some((count) => count > 0))
    return fail('not-a-retention')
  const count = (name: keyof RetentionPolicy) => counts.get(name) ?? 0
  return { last: count('last'), daily: count('daily'), weekly: count('weekly'), monthly: count('monthly') }
})

/** A native recipient of age; its check sum is looked at when it is used. */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/

/** Public keys of age. */
export const recipients = setting((text, fail): readonly string[] => {
  const keys = text.split(/[\s,]+/).filter(Boolean)
  return keys.every((key) => RECIPIENT.test(key)) ? keys : fail('not-a-recipient')
})

/** The id of a node, or `own`. */
export const nodeName = matching(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'not-a-node')

/** Every name that the runtime has the rules of: those of the IANA database, and their aliases. */
export const timeZone = setting((text, fail) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return fail('not-a-zone')
  }
})

export function milliseconds(fallback: number, min: number, max: number) {
  return wholeNumber(fallback, min, max, 'milliseconds')
}

/** @param unit has its text, `setting.unit.<unit>` */
export function wholeNumber(
  fallback: number,
  min: number,
  max: number,
  unit: 'milliseconds' | 'nodes' | 'connections' | 'megabytes',
) {
  // As text: a number would be shown with the grouping of a language, which cannot be typed.
  const params = { min: String(min), max: String(max), fallback: String(fallback), unit }
  return setting((text, fail) => {
    if (!/^\d{1,10}$/.test(text)) return fail('not-a-number', params)
    const value = Number(text)
    return value >= min && value <= max ? value : fail('out-of-range', params)
  }).default(fallback)
}

export function choice<const T extends readonly string[]>(values: T) {
  const params = { choices: values.join(', ') }
  return setting((text, fail): T[number] => (values.includes(text) ? text : fail('not-a-choice', params)))
}

const LISTEN = /^(?:(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+)):)?(\d{1,5})$/i
const LOOPBACK = '127.0.0.1'

/** An address to listen on; a port alone is one of this machine only. */
export const listenAddress = setting((text, fail) => {
  const [, ipv6, host, port] = LISTEN.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535) return fail('not-a-listen-address')
  return { host: ipv6 ?? host ?? LOOPBACK, port: Number(port) }
})

const HOST_NAME = /^[a-z0-9.-]{1,253}$/i

/** Names of hosts, without ports. */
export const hostNames = setting((text, fail): readonly string[] => {
  const names = text.split(/[\s,]+/).filter(Boolean)
  return names.every((name) => HOST_NAME.test(name)) ? names : fail('not-a-host-name')
})

/** The address of a site of its own: its scheme, its name and its port, and no path. */
export const pageAddress = setting((text, fail) => {
  const parsed = z.url({ protocol: /^https?$/ }).safeParse(text)
  if (!parsed.success) return fail('not-an-address')
  const { origin, href, username } = new URL(text)
  return href === `${origin}/` && username === '' ? origin : fail('not-an-address')
})

const OWN_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

/** The address of a registry of packages, over TLS unless it is of this machine; `none` is null. */
export const npmRegistry = setting((text, fail): string | null => {
  if (text === 'none') return null
  if (!z.url({ protocol: /^https?$/ }).safeParse(text).success) return fail('not-a-registry')
  const { protocol, hostname, username, password, search, hash, href } = new URL(text)
  const isBare = `${username}${password}${search}${hash}` === ''
  const isSafe = protocol === 'https:' || OWN_HOSTS.includes(hostname)
  return isBare && isSafe ? href.replace(/\/+$/, '') : fail('not-a-registry')
})

/** The absolute path of a file, or an address that takes requests. */
export const fileOrAddress = setting((text, fail) => {
  if (/^\/[^\0]*[^/\0]$/.test(text)) return { kind: 'file' as const, path: text }
  if (!isWebAddress(text)) return fail('not-a-file-or-address')
  return hasLogin(text) ? fail('address-with-login') : { kind: 'webhook' as const, url: text }
})

export const apiUrl = setting((text, fail) => {
  if (!isWebAddress(text)) return fail('not-an-address')
  return hasLogin(text) ? fail('address-with-login') : text
})

function isWebAddress(text: string): boolean {
  return z.url({ protocol: /^https?$/ }).safeParse(text).success
}

/** Whether a user or a password stands in an address: no request can be sent to it then (WHATWG Fetch, section 5.4). */
function hasLogin(address: string): boolean {
  const { username, password } = new URL(address)
  return `${username}${password}` !== ''
}
