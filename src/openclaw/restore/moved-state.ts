import { parseConfigText } from '../config-document.ts'

/** The login's home on the machine of the backup and on the other one. */
export interface Homes {
  before: string
  after: string
}

/** A setting that is another one on the other machine; null where it is absent, and of secrets. */
export interface MovedSetting {
  /** Names and indexes from the root, joined by dots. */
  path: string
  before: string | null
  after: string | null
}

/** A configuration for another machine. */
export interface MovedConfig {
  text: string
  changes: MovedSetting[]
  /** It is composed of other files too; what they hold was not looked at. */
  includes: boolean
}

type Settings = Record<string, unknown>

/** Variables of a gateway's environment that are its machine's own. */
const OWN_VARIABLES = ['OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_GATEWAY_PASSWORD', 'OPENCLAW_GATEWAY_PORT']
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** A path on the machine of the backup as it is called on the other one. */
export function movedPath(path: string, { before, after }: Homes): string {
  if (path === before) return after
  return path.startsWith(`${before}/`) ? `${after}${path.slice(before.length)}` : path
}

/**
 * Makes the configuration of one machine that of another: its gateway keeps the port and the secret that the other machine
 * has, and every text that is a path below the old home is one below the new home. Pure.
 * @param target the configuration that the other machine has now, with its included files
 * @throws SyntaxError when `text` is no configuration
 */
export function movedConfig(text: string, target: unknown, homes: Homes): MovedConfig {
  const document = settingsOf(parseConfigText(text))
  const changes: MovedSetting[] = []
  const moved = settingsOf(homes.before === homes.after ? document : movedValue(document, [], homes, changes))
  const own = settingsOf(settingsOf(target).gateway)
  const gateway: Settings = { ...settingsOf(moved.gateway) }
  for (const name of ['port', 'auth'] as const) {
    const [before, after] = [gateway[name], own[name]]
    if (JSON.stringify(before) === JSON.stringify(after)) continue
    if (after === undefined) delete gateway[name]
    else gateway[name] = after
    const shown = (value: unknown) => (name === 'auth' || value === undefined ? null : String(value))
    changes.push({ path: `gateway.${name}`, before: shown(before), after: shown(after) })
  }
  const whole =
    Object.keys(gateway).length === 0 && moved.gateway === undefined ? moved : { ...moved, gateway }
  return { text: `${JSON.stringify(whole, null, 2)}\n`, changes, includes: text.includes('$include') }
}

function movedValue(value: unknown, at: readonly string[], homes: Homes, changes: MovedSetting[]): unknown {
  if (typeof value === 'string') {
    const after = movedPath(value, homes)
    if (after !== value) changes.push({ path: at.join('.'), before: value, after })
    return after
  }
  if (Array.isArray(value))
    return value.map((item, index) => movedValue(item, [...at, String(index)], homes, changes))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, movedValue(item, [...at, key], homes, changes)]),
  )
}

function settingsOf(value: unknown): Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : {}
}

/**
 * The lines of an environment file for another machine: what is a machine's own comes from the file there, all else from the
 * backup. Pure; null where there is nothing to write.
 * @param target the configuration there: variables that its gateway's secret refers to are its own too
 */
export function movedEnvironment(
  text: string | null,
  there: string | null,
  target: unknown,
): { text: string | null; names: string[] } {
  const secret = JSON.stringify(settingsOf(settingsOf(target).gateway).auth ?? null)
  const own = new Set([
    ...OWN_VARIABLES,
    ...[...secret.matchAll(REFERENCE)].flatMap(([, name]) => name ?? []),
  ])
  const nameOf = (line: string) => /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=/.exec(line.trim())?.[1] ?? ''
  const linesOf = (file: string | null) =>
    file === null || file === '' ? [] : file.replace(/\n$/, '').split('\n')
  const left = linesOf(text).filter((line) => !own.has(nameOf(line)))
  const kept = linesOf(there).filter((line) => own.has(nameOf(line)))
  const names = [...linesOf(text), ...kept].map(nameOf).filter((name) => own.has(name))
  const all = [...left, ...kept]
  return {
    text: all.length === 0 && text === null ? null : all.map((line) => `${line}\n`).join(''),
    names: [...new Set(names)],
  }
}
