import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { LOCALES, type Locale } from '../base/locale.ts'
import type { ConfigProblem } from './config-error.ts'
import { credentialSettings } from './credentials.ts'

/** Settings by name, as the environment holds them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process: nothing else reads it. */
export function processEnvironment(): Environment {
  return process.env
}

/** The language that an environment asks for, also when its other settings are wrong; English when it names none. */
export function localeSetting(env: Environment): Locale {
  const name = env.OCM_DEFAULT_LOCALE?.trim()
  return LOCALES.find((locale) => locale === name) ?? 'en'
}

const ENV_FILE = '.env'
const OTHERS_MAY_WRITE = 0o022
const OTHERS_MAY_READ = 0o044

/** An environment with the file of settings under it, and what is to be said of that file. */
export interface ReadEnvironment {
  values: Environment
  problems: readonly ConfigProblem[]
  warnings: readonly ConfigProblem[]
  /** There is no file to say anything of. */
  fileMissing: boolean
}

/**
 * An environment with a file of settings under it: what the environment has already wins, and what a service manager hands
 * over as a credential before both.
 * @param envFile the file that was named; null is `.env` in the working folder, which may be missing
 * @param options.own `.env` is taken only when it belongs to this user and only they can write it: a folder of someone
 * else must not decide where the token of a command goes
 */
export function readEnvironment(
  envFile: string | null,
  surroundings: Environment,
  options: { own: boolean } = { own: true },
): ReadEnvironment {
  const env = { ...surroundings, ...credentialSettings(surroundings) }
  const found: ReadEnvironment = { values: env, problems: [], warnings: [], fileMissing: false }
  const about = (code: ConfigProblem['code']) => [
    { name: envFile === null ? ENV_FILE : '--settings', code, params: {} },
  ]
  let file: number
  try {
    file = openSync(envFile ?? ENV_FILE, 'r')
  } catch (error) {
    const missing = envFile === null && error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return missing ? { ...found, fileMissing: true } : { ...found, problems: about('file-unreadable') }
  }
  try {
    const status = fstatSync(file)
    if (envFile === null && options.own && !isOwn(status))
      return { ...found, warnings: about('env-file-foreign') }
    const values = { ...parseEnv(readFileSync(file, 'utf8')), ...env }
    const open = (status.mode & (OTHERS_MAY_READ | OTHERS_MAY_WRITE)) !== 0
    return { ...found, values, warnings: open ? about('env-file-open') : [] }
  } catch {
    // A folder, for example.
    return { ...found, problems: about('file-unreadable') }
  } finally {
    closeSync(file)
  }
}

function isOwn({ uid, mode }: { uid: number; mode: number }): boolean {
  const own = process.getuid?.()
  return own === undefined || ((uid === own || uid === 0) && (mode & OTHERS_MAY_WRITE) === 0)
}

/** How the person at the terminal wants to be written to. */
export interface TerminalSettings {
  /** A locale name such as `ja_JP.UTF-8`; null when there is none. */
  language: string | null
  /** null leaves it to whether there is a terminal. */
  colours: boolean | null
}

/** Language by LC_ALL, LC_MESSAGES, LANG; colours by FORCE_COLOR, NO_COLOR and TERM, in these orders. */
export function terminalSettings(env: Environment): TerminalSettings {
  const language = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find(
    (value) => value !== undefined && value !== '',
  )
  return { language: language ?? null, colours: coloursOf(env) }
}

function coloursOf(env: Environment): boolean | null {
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '')
    return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb' ? false : null
}
