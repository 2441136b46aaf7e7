import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseSettings } from '../../src/settings/config.ts'
import { readEnvironment } from '../../src/settings/environment.ts'
import { checkPlaces, isMountPoint } from '../../src/settings/places.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-places-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function problemsOf(env: Record<string, string>) {
  const { places } = parseSettings({ OCM_SSH_AGENT: 'none', ...env }, 'none')
  return (await checkPlaces(places)).map(({ name, code }) => `${name} ${code}`).sort()
}

describe('the places that the settings name', () => {
  it('are made and tried, and leave nothing behind', async () => {
    const dataDir = join(folder, 'made/here')
    expect(await problemsOf({ OCM_DATA_DIR: dataDir, OCM_SSH_AGENT: join(folder, 'agent') })).toEqual([])
    expect(await readdir(dataDir)).toEqual([])
    // The tokens and keys of nodes lie in its backups.
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  })

  it('are tried for each key that only some log-ins take', async () => {
    await writeFile(join(folder, 'key'), 'no key')
    const key = join(folder, 'key')
    const found = await problemsOf({
      OCM_DATA_DIR: folder,
      OCM_SSH_AGENT: join(folder, 'agent'),
      OCM_SSH_KEYS: `prod=${key}, eu=${join(folder, 'none')}`,
      OCM_SSH_FULL_KEY: key,
    })
    expect(found).toEqual([
      'OCM_SSH_FULL_KEY key-unusable',
      'OCM_SSH_KEYS key-unusable',
      'OCM_SSH_KEYS key-unusable',
    ])
  })

  it('are reported all at once', async () => {
    await writeFile(join(folder, 'file'), '')
    await writeFile(join(folder, 'key'), 'no key')
    const found = await problemsOf({
      OCM_DATA_DIR: join(folder, 'file'),
      OCM_REGISTRY: '/sys/ocm/registry.json',
      OCM_SSH_KEY: join(folder, 'key'),
      OCM_KNOWN_HOSTS: join(folder, 'none'),
    })
    expect(found).toEqual([
      'OCM_DATA_DIR not-a-folder',
      'OCM_KNOWN_HOSTS file-unreadable',
      'OCM_REGISTRY folder-not-writable',
      'OCM_SSH_KEY key-unusable',
    ])
    expect(await problemsOf({ OCM_DATA_DIR: join(folder, 'file/inside') })).toEqual([
      'OCM_DATA_DIR not-a-folder',
      'OCM_SSH_KEY no-key',
    ])
  })

  it.skipIf(process.platform !== 'linux')('end where the system has no room for folders', async () => {
    expect(await problemsOf({ OCM_DATA_DIR: '/proc/ocm/data' })).toEqual([
      'OCM_DATA_DIR folder-not-writable',
      'OCM_SSH_KEY no-key',
    ])
  })

  it.skipIf(process.platform !== 'linux')('are known to be mounts of their own', async () => {
    await writeFile(join(folder, 'registry.json'), '{}')
    expect(await isMountPoint('/proc')).toBe(true)
    expect(await isMountPoint(join(folder, 'registry.json'))).toBe(false)
    expect(await isMountPoint(join(folder, 'none'))).toBe(false)
    const dataDir = join(folder, 'data')
    const found = await problemsOf({ OCM_DATA_DIR: dataDir, OCM_REGISTRY: '/proc' })
    expect(found).toContain('OCM_REGISTRY file-mounted')
  })
})

describe('the file of settings', () => {
  it('is said to be open when other users may read it, and is not taken from a folder of somebody else', async () => {
    const file = join(folder, '.env')
    await writeFile(file, 'OCM_LOG_LEVEL=debug\n')
    const here = process.cwd()
    process.chdir(folder)
    try {
      const codes = async (mode: number, own: boolean) => {
        await chmod(file, mode)
        const { values, warnings } = readEnvironment(null, {}, { own })
        return [values.OCM_LOG_LEVEL, ...warnings.map(({ name, code }) => `${name} ${code}`)]
      }
      expect(await codes(0o600, true)).toEqual(['debug'])
      expect(await codes(0o644, true)).toEqual(['debug', '.env env-file-open'])
      expect(await codes(0o666, true)).toEqual([undefined, '.env env-file-foreign'])
      expect(await codes(0o666, false)).toEqual(['debug', '.env env-file-open'])
      await rm(file)
      expect(readEnvironment(null, {})).toMatchObject({ fileMissing: true, problems: [], warnings: [] })
    } finally {
      process.chdir(here)
    }
  })
})
