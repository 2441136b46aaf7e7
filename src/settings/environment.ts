import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { LOCALES, type Locale } from '../base/locale.ts'

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

/**
 * An environment with a file of settings under it: what the environment has already wins. Without a name it is `.env`
 * in the working folder, when there is one that belongs to this user and that only they can write: a folder of someone
 * else must not decide where the token goes. Returns null when the named file cannot be read.
 */
export function withEnvFile(envFile: string | null, env: Environment): Environment | null {
  try {
    const file = openSync(envFile ?? ENV_FILE, 'r')
    try {
      if (envFile === null && !isOwn(fstatSync(file))) return env
      return { ...parseEnv(readFileSync(file, 'utf8')), ...env }
    } finally {
      closeSync(file)
    }
  } catch {
    return envFile === null ? env : null
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
