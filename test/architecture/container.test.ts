import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { settingsSchema } from '../../src/settings/config.ts'
import { CREDENTIALS } from '../../src/settings/credentials.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, ROOT), 'utf8')
const dockerfile = read('Dockerfile')
const compose = read('compose.yaml')

describe('the container', () => {
  it('runs on a Node that ocm runs on, as an account without rights', () => {
    const [floor = 0] = /\d+/.exec(manifest.engines.node)?.map(Number) ?? []
    const majors = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) => Number(major))
    expect(majors.length).toBe(2)
    expect(new Set(majors).size).toBe(1)
    expect(majors[0]).toBeGreaterThanOrEqual(floor)
    expect(dockerfile.match(/^USER (.+)$/m)?.[1]).toBe('node')
    for (const line of ['read_only: true', '- ALL', 'no-new-privileges:true', 'init: true'])
      expect(compose).toContain(line)
    expect(dockerfile).toMatch(/^HEALTHCHECK [\s\S]+?CMD \["ocm",/m)
  })

  it('names only settings that there are, and secrets only as files', () => {
    const settings = Object.keys(settingsSchema.shape)
    for (const [, name = ''] of dockerfile.matchAll(/\b((?:OCM|DISCORD)_[A-Z_]+)=/g)) {
      expect(settings).toContain(name)
      expect(CREDENTIALS).not.toContain(name)
    }
    const secrets = [...compose.matchAll(/^ {6}- ((?:OCM|DISCORD)_[A-Z_]+)$/gm)].map(([, name]) => name)
    expect(secrets.length).toBe(3)
    for (const name of secrets) expect(CREDENTIALS).toContain(name)
    expect(compose).toContain('CREDENTIALS_DIRECTORY: /run/secrets')
    expect(compose).not.toMatch(/^ {6}(?:OCM|DISCORD)_/m)
  })

  it('gets everything into its build that the package is made of', () => {
    const letIn = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
    for (const name of letIn) expect(existsSync(new URL(name, ROOT)), name).toBe(true)
    for (const name of manifest.files.filter((one) => one !== 'dist'))
      expect(
        letIn.some((one) => name === one || name.startsWith(`${one}/`)),
        name,
      ).toBe(true)
  })
})
