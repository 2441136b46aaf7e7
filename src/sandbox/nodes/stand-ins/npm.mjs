// npm of an embedded node: it reaches no registry but one on the node's own loopback, and installs one package from there.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

function fail(why) {
  process.stderr.write(`npm error ${why}\n`)
  process.exit(1)
}

const [verb, ...words] = process.argv.slice(2)
const option = (name) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined)
const registry = option('--registry')
if (verb !== 'install' || !registry?.startsWith('http://127.0.0.1:')) fail('code ENOTFOUND')

const file = option('--userconfig')
const secret = file === undefined ? '' : /:_authToken=(\S+)/.exec(readFileSync(file, 'utf8'))?.[1]
const headers = { authorization: `Bearer ${secret}`, accept: 'application/vnd.npm.install-v1+json' }
const ask = async (address) => {
  const answer = await fetch(address, { headers }).catch(() => fail('code ECONNREFUSED'))
  if (!answer.ok) fail(`code E${answer.status}`)
  return answer
}

const [, name, version] = /^(.+)@([^@]+)$/.exec(words.at(-1)) ?? []
const { dist, bin } =
  (await (await ask(`${registry}${name}`)).json()).versions[version] ?? fail('code ETARGET')
const archive = Buffer.from(await (await ask(dist.tarball)).arrayBuffer())
if (dist.integrity !== `sha512-${createHash('sha512').update(archive).digest('base64')}`)
  fail('code EINTEGRITY')
const folder = join(option('--prefix'), 'lib', 'node_modules', name)
mkdirSync(folder, { recursive: true })
if (spawnSync('tar', ['-xzf', '-', '-C', folder, '--strip-components=1'], { input: archive }).status !== 0)
  fail('code ENOSPC')
mkdirSync(join(option('--prefix'), 'bin'))
for (const [command, at] of Object.entries(bin))
  symlinkSync(join('..', 'lib', 'node_modules', name, at), join(option('--prefix'), 'bin', command))
