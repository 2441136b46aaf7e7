import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { parseAddress } from '../../registry/address-text.ts'
import { hostSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'

/** What OpenSSH makes of one alias. */
export interface AliasTarget {
  alias: string
  host: string
  port: number
  user: string
  /** The jump host, itself looked up; null for the direct way. */
  jump: { host: string; port: number; user: string } | null
}

/** Why an alias cannot be taken in: only one jump host is known here, and no command that makes the way. */
export type AliasProblem = 'jump-chain' | 'proxy-command' | 'host-invalid'

const run = promisify(execFile)
const ANSWER_MS = 5_000
const PRINTED_BYTES = 1024 * 1024
/** OpenSSH's own limit on nested includes. */
const DEEPEST = 16
const AT_ONCE = 4
const MOST_ALIASES = 5_000

/**
 * The aliases that an ssh_config names one by one, in order, with those of the files that it includes. Patterns name none.
 * @throws OperatorError import-unreadable
 */
export async function aliasesIn(file: string, depth = 0): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw unreadable(file, missing ? 'file-missing' : 'file-unreadable', error)
  })
  const found = new Set<string>()
  for (const { aliases, includes } of namedIn(text)) {
    for (const alias of aliases) found.add(alias)
    if (includes.length > 0 && depth < DEEPEST)
      for (const alias of await includedAliases(includes, depth + 1)) found.add(alias)
  }
  return [...found].slice(0, MOST_ALIASES)
}

/** The aliases that the lines of an ssh_config name one by one, and the files that they include, in order. */
export function namedIn(text: string): { aliases: string[]; includes: string[] }[] {
  return text.split(/\r?\n/).map((line) => {
    const { keyword, words } = lineOf(line)
    return {
      aliases: keyword === 'host' ? words.filter((word) => hostSchema.safeParse(word).success) : [],
      includes: keyword === 'include' ? words : [],
    }
  })
}

function lineOf(line: string): { keyword: string; words: string[] } {
  const [, keyword = '', rest = ''] = /^([A-Za-z]+)(?:\s*=|\s)(.*)$/.exec(line.trim()) ?? []
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  return { keyword: keyword.toLowerCase(), words }
}

/** As OpenSSH does, a file that cannot be read is left out. */
async function includedAliases(patterns: readonly string[], depth: number): Promise<string[]> {
  const files = (await Promise.all(patterns.map(filesOf))).flat()
  const each = await Promise.all(files.map((file) => aliasesIn(file, depth).catch(() => [])))
  return each.flat()
}

/** The files that an Include names: below ~/.ssh where it is no absolute path, with wildcards in the last part. */
async function filesOf(pattern: string): Promise<string[]> {
  const bare = pattern.startsWith('~/') ? join(homedir(), pattern.slice(2)) : pattern
  const path = isAbsolute(bare) ? bare : join(homedir(), '.ssh', bare)
  if (!/[*?]/.test(path)) return [path]
  const wanted = new RegExp(
    `^${basename(path)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')}$`,
  )
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .filter((name) => wanted.test(name))
    .sort()
    .map((name) => join(dirname(path), name))
}

/**
 * What `ssh -G` prints for an alias: OpenSSH itself reads the file, so that Include, Match and tokens mean what they mean
 * there. Runs without a shell.
 * @throws OperatorError import-unreadable when ssh is not there or does not take the file
 */
export async function readAlias(
  file: string,
  alias: string,
  signal?: AbortSignal,
): Promise<AliasTarget | { alias: string; problem: AliasProblem }> {
  const first = await printed(file, alias, signal)
  const target = targetIn(first)
  if (target === null) return { alias, problem: 'host-invalid' }
  const spec = first.get('proxyjump') ?? 'none'
  if (spec === 'none') {
    const command = first.get('proxycommand') ?? 'none'
    return command === 'none' ? { alias, ...target, jump: null } : { alias, problem: 'proxy-command' }
  }
  const hop = parseAddress(spec)
  if (hop === null) return { alias, problem: 'jump-chain' }
  const second = await printed(file, hop.host, signal)
  const jump = targetIn(second)
  if (jump === null) return { alias, problem: 'host-invalid' }
  if ((second.get('proxyjump') ?? 'none') !== 'none') return { alias, problem: 'jump-chain' }
  if ((second.get('proxycommand') ?? 'none') !== 'none') return { alias, problem: 'proxy-command' }
  return {
    alias,
    ...target,
    jump: {
      ...jump,
      ...(hop.user === null ? {} : { user: hop.user }),
      ...(hop.port === null ? {} : { port: hop.port }),
    },
  }
}

/** {@link readAlias} of every alias of a file. @throws OperatorError import-unreadable */
export async function readAliases(file: string, signal?: AbortSignal): ReturnType<typeof readMany> {
  return readMany(file, await aliasesIn(file), signal)
}

async function readMany(
  file: string,
  aliases: readonly string[],
  signal?: AbortSignal,
): Promise<Awaited<ReturnType<typeof readAlias>>[]> {
  const limit = pLimit(AT_ONCE)
  return Promise.all(aliases.map((alias) => limit(() => readAlias(file, alias, signal))))
}

async function printed(file: string, host: string, signal?: AbortSignal): Promise<Map<string, string>> {
  if (!hostSchema.safeParse(host).success) throw unreadable(file, 'ssh-refused')
  try {
    const options = { timeout: ANSWER_MS, maxBuffer: PRINTED_BYTES, ...(signal ? { signal } : {}) }
    const { stdout } = await run('ssh', ['-G', '-F', resolve(file), host], options)
    const values = new Map<string, string>()
    for (const line of stdout.split('\n')) {
      const at = line.indexOf(' ')
      const name = line.slice(0, at)
      if (at > 0 && !values.has(name)) values.set(name, line.slice(at + 1).trim())
    }
    return values
  } catch (error) {
    if (signal?.aborted) throw new OperatorError('cancelled', {}, { cause: error })
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw unreadable(file, missing ? 'ssh-missing' : 'ssh-refused', error)
  }
}

function targetIn(values: ReadonlyMap<string, string>): { host: string; port: number; user: string } | null {
  const address = parseAddress(
    `${values.get('user') ?? ''}@${bracketed(values.get('hostname') ?? '')}:${values.get('port') ?? ''}`,
  )
  if (address?.user == null || address.port === null) return null
  return { host: address.host, port: address.port, user: address.user }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function unreadable(file: string, problem: string, cause?: unknown): OperatorError {
  const params = { file: basename(file), problem }
  return new OperatorError('import-unreadable', params, cause === undefined ? {} : { cause })
}
