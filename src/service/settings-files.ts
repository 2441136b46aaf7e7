import { access, readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { CREDENTIALS } from '../settings/credentials.ts'
import { withSettings } from '../settings/env-text.ts'
import type { Environment } from '../settings/environment.ts'
import { tagKeysIn } from '../settings/tag-keys.ts'
import { certificateBeside } from '../ssh/certificate.ts'
import { serviceImpossible } from './systemd.ts'
import { STATE_FOLDER } from './unit.ts'

/** Belongs to root, so that the service cannot put another file in the place of one that systemd reads as root. */
export const SETTINGS_FOLDER = '/etc/ocm'
export const SETTINGS_FILE = join(SETTINGS_FOLDER, 'ocm.env')

const TAG_KEYS = 'OCM_SSH_KEYS'
/** These are files: their content is taken along. */
const FILES: readonly string[] = ['OCM_SSH_KEY', 'OCM_KNOWN_HOSTS']
/** The same, where the account reads them itself: the unit hands over what every log-in needs. */
const MORE_FILES: readonly string[] = ['OCM_SSH_FULL_KEY']
/** These are files that others renew: they are read where they lie. */
const PLACES: readonly string[] = ['OCM_SSH_CERTIFICATE']
/** The service has a folder of its own, and no agent. */
const LEFT_OUT: readonly string[] = ['OCM_DATA_DIR', 'OCM_REGISTRY', 'OCM_SSH_AGENT']

/** A file that the service needs, readable for it alone. */
export interface ServiceFile {
  path: string
  content: string
}

/**
 * The settings of a service of the machine: secrets and keys each in a file that systemd hands over as a credential, and the
 * rest in one file.
 * @param values the settings as a person wrote them
 * @param options.folder where their relative paths begin; `home` is what `~` means in them
 * @throws OperatorError service-impossible when a key is missing or cannot be read
 */
export async function settingsFiles(
  values: Environment,
  options: { folder: string; home: string },
): Promise<{ files: ServiceFile[]; credentials: { name: string; path: string }[] }> {
  const given = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined || value.trim() === '' ? [] : [[name, value.trim()]],
  )
  const names = given.map(([name]) => name)
  if (!names.includes('OCM_SSH_KEY')) throw serviceImpossible('no-key')
  const credentials = CREDENTIALS.filter((name) => names.includes(name)).map((name) => ({
    name,
    path: join(SETTINGS_FOLDER, name),
  }))
  const files: ServiceFile[] = []
  const plain: Record<string, string> = { OCM_DATA_DIR: STATE_FOLDER, OCM_SSH_AGENT: 'none' }
  for (const [name, value] of given) {
    const isMore = MORE_FILES.includes(name)
    const place = isMore ? join(SETTINGS_FOLDER, name) : credentials.find((one) => one.name === name)?.path
    if (name === TAG_KEYS) {
      const moved = await tagKeyFiles(value, options)
      files.push(...moved.files)
      plain[name] = moved.setting
    } else if (place === undefined) {
      if (!LEFT_OUT.includes(name)) plain[name] = PLACES.includes(name) ? pathOf(value, options) : value
    } else if (isMore || FILES.includes(name)) {
      files.push({ path: place, content: await contentOf(value, options) })
      // The command line of the same account finds it there; the service itself gets the credential.
      plain[name] = place
    } else {
      files.push({ path: place, content: `${value}\n` })
    }
  }
  const certificate = await besideKey(pathOf(values.OCM_SSH_KEY?.trim() ?? '', options))
  if (certificate !== null) plain.OCM_SSH_CERTIFICATE ??= certificate
  const text = withSettings('', plain)
  if (text === null) throw serviceImpossible('no-settings')
  return { files: [...files, { path: SETTINGS_FILE, content: text }], credentials }
}

/** The keys of a list by tags, and the list that names the copies. @throws OperatorError service-impossible */
async function tagKeyFiles(
  list: string,
  options: { folder: string; home: string },
): Promise<{ files: ServiceFile[]; setting: string }> {
  const keys = tagKeysIn(list).map((one) => ({
    ...one,
    place: join(SETTINGS_FOLDER, `${TAG_KEYS}.${one.tag}`),
  }))
  const files = keys.map(async ({ path, place }) => ({
    path: place,
    content: await contentOf(path, options),
  }))
  return {
    files: await Promise.all(files),
    setting: keys.map(({ tag, place }) => `${tag}=${place}`).join(','),
  }
}

/** @throws OperatorError service-impossible */
async function contentOf(file: string, options: { folder: string; home: string }): Promise<string> {
  const content = await readFile(pathOf(file, options), 'utf8').catch(() => null)
  if (content === null) throw serviceImpossible('no-key', { file })
  return content
}

/** The certificate that lies beside the key; its copy does not lie beside the copy of the key. */
async function besideKey(key: string): Promise<string | null> {
  const path = certificateBeside(key)
  return access(path).then(
    () => path,
    () => null,
  )
}

function pathOf(value: string, { folder, home }: { folder: string; home: string }): string {
  const path = value.replace(/^~(?=\/|$)/, () => home)
  return isAbsolute(path) ? path : resolve(folder, path)
}

/** Where the settings had their data until now; null when the service will use the same. */
export function formerDataFolder(values: Environment, envFile: string): string | null {
  const folder = resolve(dirname(envFile), values.OCM_DATA_DIR?.trim() || 'data')
  return folder === STATE_FOLDER ? null : folder
}
