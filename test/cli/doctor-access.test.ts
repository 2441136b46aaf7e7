import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkData, checkRegistry, checkSsh } from '../../src/cli/doctor/local.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { checkPlaces } from '../../src/settings/places.ts'
import { haveSshd, makeKey } from '../ssh/rig.ts'

const EXAMPLE = new URL('../../registry/registry.example.json', import.meta.url)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-doctor-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const config = () => loadConfig({ OCM_DATA_DIR: folder, OCM_SSH_AGENT: 'none' }, { discord: 'none' })
const codes = (findings: { text: string }[]) => findings.map(({ text }) => text)
const registry = () => join(folder, 'registry.json')

describe('what doctor says of files that others reach', () => {
  it('names a file of the data folder that leads elsewhere', async () => {
    await writeFile(join(folder, 'audit.jsonl'), '', { mode: 0o600 })
    expect(codes(await checkData(config()))).toEqual(['doctor.data-well'])
    await rm(join(folder, 'audit.jsonl'))
    await symlink('/dev/null', join(folder, 'audit.jsonl'))
    expect(await checkData(config())).toMatchObject([
      { text: 'doctor.files-foreign', level: 'warning', params: { count: 1, files: 'audit.jsonl' } },
    ])
  })

  it.skipIf(process.getuid?.() !== 0)('names a file that belongs to another user', async () => {
    await writeFile(join(folder, 'ocm.db'), '', { mode: 0o600 })
    const { chownSync } = await import('node:fs')
    chownSync(join(folder, 'ocm.db'), 65_534, 65_534)
    expect(codes(await checkData(config()))).toEqual(['doctor.files-foreign'])
  })

  it('names a registry that others may write, wherever it lies', async () => {
    await copyFile(EXAMPLE, registry())
    await chmod(registry(), 0o600)
    expect(codes(await checkRegistry(config()))).not.toContain('doctor.registry-open')
    await chmod(registry(), 0o620)
    expect(codes(await checkRegistry(config()))).toContain('doctor.registry-open')
  })

  it('names a node whose pinned fingerprint is that of another key', async () => {
    const data = JSON.parse(await readFile(EXAMPLE, 'utf8'))
    const node =
      data.nodes.find(({ hostKeys }: { hostKeys: unknown[] }) => hostKeys.length > 0) ?? data.nodes[0]
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIIUrLEvdyuHB5XcWcUYqYdkGgqMkNQHiCzLmJtQv8pHo'
    const { createHash } = await import('node:crypto')
    const own = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
    const pinned = (fingerprint: string) => [
      { type: 'ssh-ed25519', key, fingerprint, approvedAt: '2026-11-28T00:00:00.000Z', approvedBy: 'Ada' },
    ]
    const foreign = async (fingerprint: string) => {
      node.hostKeys = pinned(fingerprint)
      await writeFile(registry(), JSON.stringify(data), { mode: 0o600 })
      return (await checkRegistry(config())).filter(({ text }) => text === 'doctor.fingerprint-foreign')
    }
    expect(await foreign(`SHA256:${own}`)).toEqual([])
    expect(await foreign(`SHA256:${'A'.repeat(43)}`)).toMatchObject([{ subject: node.id, level: 'warning' }])
  })
})

describe.skipIf(!haveSshd)('what doctor says of a certificate', () => {
  const ssh = async (more: Record<string, string> = {}) => {
    const settings = {
      OCM_SSH_KEY: join(folder, 'key'),
      OCM_DATA_DIR: folder,
      OCM_SSH_AGENT: 'none',
      ...more,
    }
    const { findings } = await checkSsh(loadConfig(settings, { discord: 'none' }))
    return findings.filter(({ text }) => text.startsWith('doctor.certificate'))
  }
  const sign = (name: string, ...more: string[]) =>
    execFileSync('ssh-keygen', [
      '-q',
      '-s',
      join(folder, 'authority'),
      '-I',
      'id',
      ...more,
      join(folder, name),
    ])

  it('is until when it is valid and for which logins, or why it is of no use', async () => {
    for (const name of ['authority', 'key', 'other']) makeKey(folder, name)
    expect(await ssh()).toEqual([])
    sign('key.pub', '-n', 'ops,deploy', '-V', '-1h:+1h')
    expect(await ssh()).toMatchObject([
      { level: 'ok', text: 'doctor.certificate', params: { principals: 'ops, deploy' } },
    ])
    sign('key.pub', '-V', '-2h:-1h')
    expect(await ssh()).toMatchObject([
      { level: 'warning', text: 'doctor.certificate-not-valid', mend: 'doctor.certificate-not-valid.mend' },
    ])
    sign('other.pub')
    expect(await ssh({ OCM_SSH_CERTIFICATE: join(folder, 'other-cert.pub') })).toMatchObject([
      { level: 'warning', text: 'doctor.certificate-strange' },
    ])
  })

  it('is, with the other settings, that its file cannot be read', async () => {
    makeKey(folder, 'key')
    const config = loadConfig(
      { OCM_SSH_KEY: join(folder, 'key'), OCM_DATA_DIR: folder, OCM_SSH_CERTIFICATE: join(folder, 'none') },
      { discord: 'none' },
    )
    const problems = await checkPlaces({ ...config.ssh, dataDir: folder, registryPath: registry() })
    expect(problems).toMatchObject([{ name: 'OCM_SSH_CERTIFICATE', code: 'file-unreadable' }])
  })
})
