import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../src/ssh/host-keys.ts'
import { parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { haveSshd, temporaryFolder } from './rig.ts'

const keys = Array.from({ length: 3 }, () => {
  const pair = makeKeyPair()
  const [type = '', key = ''] = pair.public.split(' ')
  return { type, key }
})
const [first, second, third] = keys.map(({ type, key }) => `${type} ${key}`)
const keyOf = (line: string | undefined) => line?.split(' ')[1]

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdefghij')
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

const found = (text: string, host: string, port = 22) =>
  parseKnownHosts(text)
    .lookup(host, port)
    .keys.map(({ key }) => key)

describe('known_hosts', () => {
  it.each([
    ['a plain name', `alpha ${first}`, 'alpha', 22, true],
    ['another case', `Alpha ${first}`, 'aLPHA', 22, true],
    ['a list of names', `beta,alpha,10.0.0.1 ${first}`, '10.0.0.1', 22, true],
    ['a port of its own', `[alpha]:2222 ${first}`, 'alpha', 2222, true],
    ["a port that is not the entry's", `[alpha]:2222 ${first}`, 'alpha', 22, false],
    ['a bare name on another port', `alpha ${first}`, 'alpha', 2222, false],
    ['an IPv6 address', `2001:db8::1 ${first}`, '2001:db8::1', 22, true],
    ['a star', `*.example.org ${first}`, 'a.b.example.org', 22, true],
    ['a star that does not fit', `*.example.org ${first}`, 'example.org', 22, false],
    ['a question mark', `node-? ${first}`, 'node-7', 22, true],
    ['a negated name', `*.example.org,!bad.example.org ${first}`, 'bad.example.org', 22, false],
    ['only a negated name', `!bad ${first}`, 'good', 22, false],
    ['a hashed name', `${hashed('alpha')} ${first}`, 'alpha', 22, true],
    ['a hashed name with a port', `${hashed('[alpha]:2222')} ${first}`, 'alpha', 2222, true],
    ['a hashed name of another host', `${hashed('alpha')} ${first}`, 'beta', 22, false],
    ['tabs and a comment', `alpha\t${first}  some comment`, 'alpha', 22, true],
  ])('reads %s', (_name, text, host, port, expected) => {
    expect(found(text, host, port)).toEqual(expected ? [keyOf(first)] : [])
  })

  it('never returns a revoked key, wherever it stands', () => {
    const text = `alpha ${first}\nalpha ${second}\n@revoked * ${first}\n`
    const known = parseKnownHosts(text).lookup('alpha', 22)
    expect(known.keys.map(({ key }) => key)).toEqual([keyOf(second)])
    expect(known.revoked.map(({ key }) => key)).toEqual([keyOf(first)])
  })

  it('keeps certificate authorities apart from host keys', () => {
    const known = parseKnownHosts(`@cert-authority *.org ${first}\na.org ${second}`).lookup('a.org', 22)
    expect(known.keys).toHaveLength(1)
    expect(known.authorities.map(({ key }) => key)).toEqual([keyOf(first)])
  })

  it('names the lines it cannot read and reads the rest', () => {
    const text = [
      '# comment',
      '',
      'alpha',
      'alpha ssh-ed25519 not/base64!!',
      `alpha ssh-rsa ${keyOf(first)}`,
      `@unknown alpha ${first}`,
      `|2|x|y ${first}`,
      `|1|short|x ${first}`,
      '\0\0\0',
      `alpha ${third}`,
    ].join('\r\n')
    const known = parseKnownHosts(text)
    expect(known.unreadable).toEqual([3, 4, 5, 6, 7, 8, 9])
    expect(known.lookup('alpha', 22).keys).toHaveLength(1)
  })

  it('matches a pattern of many stars in no time', () => {
    const started = performance.now()
    expect(found(`${'*a'.repeat(500)}b ${first}`, 'a'.repeat(2_000))).toEqual([])
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe.skipIf(!haveSshd)('known_hosts beside ssh-keygen', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeAll(() => {
    folder = temporaryFolder()
  })
  afterAll(() => folder.remove())

  const lines = [
    `alpha,10.0.0.1 ${first}`,
    `[alpha]:2222 ${second}`,
    `*.example.org,!bad.example.org ${first}`,
    `node-?? ${third}`,
    `[10.0.0.*]:2222 ${third}`,
    `2001:db8::1 ${second}`,
    `UPPER.example.com ${second}`,
  ]
  const names: [string, number][] = [
    ['alpha', 22],
    ['alpha', 2222],
    ['10.0.0.1', 22],
    ['10.0.0.1', 2222],
    ['10.0.0.77', 2222],
    ['x.example.org', 22],
    ['bad.example.org', 22],
    ['node-12', 22],
    ['node-1', 22],
    ['2001:db8::1', 22],
    ['upper.example.com', 22],
    ['nobody', 22],
  ]

  it.each([['plain'], ['hashed']])('finds the same keys in a %s file', (kind) => {
    const path = join(folder.path, kind)
    writeFileSync(path, `${lines.join('\n')}\n`)
    if (kind === 'hashed') execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
    const text = readFileSync(path, 'utf8')
    expect(text.includes('|1|')).toBe(kind === 'hashed')
    for (const [host, port] of names) {
      expect([host, port, found(text, host, port).sort()]).toEqual([
        host,
        port,
        sshKeygenFinds(path, host, port),
      ])
    }
  })

  it('prints the fingerprints that ssh-keygen prints', () => {
    const path = join(folder.path, 'one')
    writeFileSync(path, `${first}\n`)
    const printed = execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' })
    expect(printed).toContain(fingerprintOf(Buffer.from(keyOf(first) ?? '', 'base64')))
  })
})

function sshKeygenFinds(path: string, host: string, port: number): string[] {
  const name = port === 22 ? host : `[${host}]:${port}`
  try {
    return execFileSync('ssh-keygen', ['-F', name, '-f', path], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' ')[2] ?? '')
      .sort()
  } catch {
    return []
  }
}
