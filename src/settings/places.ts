import { randomBytes } from 'node:crypto'
import { access, constants, open, readFile, realpath, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { OperatorError } from '../base/errors.ts'
import { makePrivateFolder } from '../state/atomic-file.ts'
import type { ConfigProblem, ConfigProblemCode } from './config-error.ts'
import { namedKeysOf, type Places } from './place-settings.ts'

/** Where Linux lists what is mounted for this process (proc_pid_mountinfo(5)); other systems have none. */
const MOUNTS = '/proc/self/mountinfo'

/**
 * Looks whether the places that the settings name can be used, before anything is opened: the data folder is made and
 * written into, the key is read. Returns every problem.
 */
export async function checkPlaces(places: Places): Promise<ConfigProblem[]> {
  const { knownHostsPath, certificatePath } = places
  const found = await Promise.all([
    checkFolders(places),
    keyProblem(places),
    namedKeyProblems(places),
    certificatePath === null ? null : readProblem('OCM_SSH_CERTIFICATE', certificatePath),
    knownHostsPath === null ? null : readProblem('OCM_KNOWN_HOSTS', knownHostsPath),
  ])
  return found.flat().filter((one) => one !== null)
}

/** The part of {@link checkPlaces} that concerns what ocm writes. */
export async function checkFolders({
  dataDir,
  registryPath,
}: Pick<Places, 'dataDir' | 'registryPath'>): Promise<ConfigProblem[]> {
  const found = await Promise.all([
    folderProblem('OCM_DATA_DIR', dataDir),
    relative(dataDir, dirname(registryPath)) === ''
      ? null
      : folderProblem('OCM_REGISTRY', dirname(registryPath)),
    mountProblem(registryPath),
  ])
  return found.filter((one) => one !== null)
}

/** Whether a path is a mount of its own: a single file that is mounted into a container cannot be replaced. */
export async function isMountPoint(path: string): Promise<boolean> {
  const [target, mounts] = await Promise.all([
    realpath(path).catch(() => null),
    readFile(MOUNTS, 'utf8').catch(() => ''),
  ])
  if (target === null) return false
  return mounts.split('\n').some((line) => unescaped(line.split(' ')[4] ?? '') === target)
}

/** The kernel writes blanks and backslashes of a path as `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

/** Tries what will be done: permissions, quotas, read-only mounts and full disks all show in it. */
async function folderProblem(name: string, folder: string): Promise<ConfigProblem | null> {
  const probe = join(folder, `.ocm-${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  try {
    await makePrivateFolder(folder)
    const file = await open(probe, 'wx', 0o600)
    await file.close()
    await unlink(probe)
    return null
  } catch (error) {
    const found = await stat(folder).catch(() => null)
    const code = found !== null && !found.isDirectory() ? 'not-a-folder' : writeProblem(error)
    return { name, code, params: { folder } }
  }
}

function writeProblem(error: unknown): ConfigProblemCode {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOSPC') return 'disk-full'
  if (code === 'EDQUOT') return 'quota-used-up'
  return code === 'ENOTDIR' || code === 'EEXIST' ? 'not-a-folder' : 'folder-not-writable'
}

async function mountProblem(registryPath: string): Promise<ConfigProblem | null> {
  return (await isMountPoint(registryPath))
    ? { name: 'OCM_REGISTRY', code: 'file-mounted', params: {} }
    : null
}

async function keyProblem({ keyPath, keyPassphrase, agentSocket }: Places): Promise<ConfigProblem | null> {
  const { loadSshAuth } = await import('../ssh/keys.ts')
  try {
    await loadSshAuth({ agentSocket, keyFile: keyPath, passphrase: keyPassphrase })
    return null
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const why = String(error.params.why)
    const code = why === 'none-configured' ? 'no-key' : 'key-unusable'
    return { name: 'OCM_SSH_KEY', code, params: { why } }
  }
}

/** What is wrong with the keys that only some logins take. */
export async function namedKeyProblems(
  places: Pick<Places, 'tagKeys' | 'fullKeyPath' | 'keyPassphrase' | 'agentSocket'>,
): Promise<ConfigProblem[]> {
  const { keyPassphrase: passphrase, agentSocket } = places
  const { loadKeyAlone } = await import('../ssh/keys.ts')
  const found = await Promise.all(
    namedKeysOf(places).map(async ({ setting: name, path }): Promise<ConfigProblem | null> => {
      try {
        await loadKeyAlone({ path, agentSocket, passphrase })
        return null
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error
        return { name, code: 'key-unusable', params: { why: String(error.params.why) } }
      }
    }),
  )
  return found.filter((one) => one !== null)
}

async function readProblem(name: string, path: string): Promise<ConfigProblem | null> {
  return access(path, constants.R_OK).then(
    () => null,
    () => ({ name, code: 'file-unreadable' as const, params: {} }),
  )
}
