import { chmod, chown, mkdir, rm } from 'node:fs/promises'
import { OperatorError } from '../base/errors.ts'
import { errorCode, makePrivateFolder, writeFileAtomic } from '../state/atomic-file.ts'
import { SETTINGS_FOLDER, type ServiceFile } from './settings-files.ts'
import { lastLines, mustRun, runProgram, systemctl } from './systemd.ts'
import { ACCOUNT, STATE_FOLDER, UNIT, type UnitLevel } from './unit.ts'

/** Everything that an installation writes. */
export interface Installation {
  level: UnitLevel
  unit: ServiceFile
  files: readonly ServiceFile[]
}

/**
 * Writes the unit and its files, and starts it. Resolves when the service says that it runs; to do it again is no harm.
 * @throws OperatorError service-impossible, service-failed with the end of its log, output-unwritable
 */
export async function install({ level, unit, files }: Installation, signal: AbortSignal): Promise<void> {
  if (level === 'system') await writePrivate(files, signal)
  await guarded(unit.path, async () => {
    if (level === 'user') await makePrivateFolder(unit.path.replace(/\/[^/]+$/, ''))
    await writeFileAtomic(unit.path, unit.content)
    await chmod(unit.path, 0o644)
  })
  await mustRun('systemctl', systemctl(level, 'daemon-reload'), signal)
  await mustRun('systemctl', systemctl(level, 'enable', UNIT), signal)
  // A service of a user ends with the last session without it; where it is refused, `status` of the user says so.
  if (level === 'user') await runProgram('loginctl', ['enable-linger'], signal)
  try {
    await mustRun('systemctl', systemctl(level, 'restart', UNIT), signal)
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'service-failed') throw error
    const detail = (await lastLines(level, signal)) || error.detail
    throw new OperatorError('service-failed', error.params, detail === undefined ? {} : { detail })
  }
}

/** Stops the service and takes its unit away; settings and data stay. @throws OperatorError as {@link install} */
export async function uninstall(level: UnitLevel, path: string, signal: AbortSignal): Promise<void> {
  await mustRun('systemctl', systemctl(level, 'disable', '--now', UNIT), signal)
  await guarded(path, () => rm(path, { force: true }))
  await mustRun('systemctl', systemctl(level, 'daemon-reload'), signal)
}

async function writePrivate(files: readonly ServiceFile[], signal: AbortSignal): Promise<void> {
  if ((await runProgram('id', ['-u', ACCOUNT], signal))?.code !== 0) {
    const place = ['--home-dir', STATE_FOLDER, '--no-create-home', '--shell', '/usr/sbin/nologin']
    await mustRun('useradd', ['--system', '--user-group', ...place, ACCOUNT], signal)
  }
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (kind) => Number(await mustRun('id', [kind, ACCOUNT], signal))),
  )
  if (uid === undefined || gid === undefined) throw new OperatorError('service-failed', { command: 'id' })
  await guarded(SETTINGS_FOLDER, async () => {
    await mkdir(SETTINGS_FOLDER, { recursive: true })
    await chmod(SETTINGS_FOLDER, 0o750)
    await chown(SETTINGS_FOLDER, 0, gid)
  })
  for (const { path, content } of files)
    await guarded(path, async () => {
      await writeFileAtomic(path, content)
      await chown(path, uid, gid)
    })
}

async function guarded(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new OperatorError('output-unwritable', { file, code: errorCode(error) }, { cause: error })
  }
}
