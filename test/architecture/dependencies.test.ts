import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

interface Locked {
  dev?: boolean
  hasInstallScript?: boolean
}
const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Locked>
}

describe('the dependencies', () => {
  it('are named by exact versions', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies }
    for (const [name, version] of Object.entries(all)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('that are installed with the package run no script then, and neither does the package', () => {
    const installed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev)
    expect(installed.length).toBeGreaterThan(0)
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([])
    const own = Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?install$/.test(name))
    expect(own).toEqual([])
  })
})
