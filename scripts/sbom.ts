import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { foldersOf, licenceOf } from './licences.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  name: string
  version: string
  license?: string
  description?: string
  dependencies?: Record<string, string>
}

/**
 * What a build is made of, as CycloneDX 1.6 in JSON: the packages of which files became part of it, and those that are
 * installed beside it. `npm sbom` would list what is only needed to build. The same build gives the same text.
 * Source: cyclonedx.org/docs/1.6/json, and the package URL specification for names.
 * @param inputs paths of files, as esbuild names them
 * @throws Error when a package names no licence, or is not in the lock file
 */
export async function sbomOf(inputs: readonly string[]): Promise<string> {
  const own = await manifestOf('.')
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))
  const beside = Object.keys(own.dependencies ?? {}).map((name) => `node_modules/${name}`)
  // As the lock file names them, wherever the packages of this checkout lie.
  const parts = foldersOf(inputs).map((folder) => folder.slice(folder.indexOf('node_modules/')))
  const folders = [...new Set([...parts, ...beside])].sort()
  const found = await Promise.all(
    folders.map(async (folder) => {
      const manifest = await manifestOf(folder)
      const locked: { version?: string; integrity?: string } | undefined = lock.packages[folder]
      if (locked?.version !== manifest.version) throw new Error(`${folder} is not what the lock file says`)
      return componentOf(manifest, locked.integrity ?? '', beside.includes(folder))
    }),
  )
  // A package that lies in two folders in the same version is one.
  const components = [...new Map(found.map((one) => [one.purl, one])).values()]
  const root = { ...described(own), type: 'application' }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components,
    dependencies: [
      { ref: root['bom-ref'], dependsOn: components.map((one) => one['bom-ref']) },
      ...components.map((one) => ({ ref: one['bom-ref'] })),
    ],
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'))
}

function described(manifest: Manifest) {
  const { name, version } = manifest
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const licence = licenceOf(manifest)
  return {
    'bom-ref': purl,
    name,
    version,
    purl,
    // More than one word is an expression, for which the format has another field.
    licenses: [/\s/.test(licence) ? { expression: licence } : { license: { id: licence } }],
  }
}

function componentOf(manifest: Manifest, integrity: string, installed: boolean) {
  const [, algorithm, base64 = ''] = /^(sha512|sha1)-(.+)$/.exec(integrity) ?? []
  return {
    type: 'library',
    ...described(manifest),
    ...(algorithm === undefined
      ? {}
      : {
          hashes: [
            {
              alg: algorithm === 'sha512' ? 'SHA-512' : 'SHA-1',
              content: Buffer.from(base64, 'base64').toString('hex'),
            },
          ],
        }),
    properties: [{ name: 'ocm:how', value: installed ? 'installed beside the build' : 'part of the build' }],
  }
}
