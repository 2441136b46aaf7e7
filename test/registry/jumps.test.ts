import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../registry/address-text.ts'
import { jumpName, jumpOf } from '../../registry/jumps.ts'
import type { JumpHost } from '../../registry/schema.ts'
import { newNode, open, temporaryFolder } from './support.ts'

const jumpAt = (host: string): JumpHost => ({ host, port: 22, user: 'hop', hostKeys: [] })

describe('jump hosts in the registry', () => {
  it('come with version 3: older files have none', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const made = await open(path)
    await made.add(newNode('alpha'))
    const { unit: _unit, jump: _jump, ...node } = JSON.parse(await readFile(path, 'utf8')).nodes[0]
    const older = join(await temporaryFolder(), 'registry.json')
    await writeFile(older, JSON.stringify({ version: 2, revision: 4, nodes: [node] }))
    const registry = await open(older)
    expect(registry.get('alpha')).toMatchObject({ jump: null, unit: null })
    expect(registry.jumps()).toEqual({})
  })

  it('are read back as they were written, and gone when taken away', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const registry = await open(path)
    await registry.add(newNode('alpha', { jump: jumpAt('own') }))
    await registry.setTagJump('prod', jumpAt('ours'))
    const again = await open(path)
    expect(again.get('alpha').jump).toEqual(jumpAt('own'))
    expect(again.jumps()).toEqual({ prod: jumpAt('ours') })
    await registry.setTagJump('prod', null)
    await again.reload()
    expect(again.jumps()).toEqual({})
  })

  it('are refused where the file could not be read again', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await expect(registry.setTagJump('not a tag', jumpAt('h'))).rejects.toMatchObject({
      code: 'invalid-input',
    })
    await expect(registry.setTagJump('prod', jumpAt('not a host'))).rejects.toMatchObject({
      code: 'invalid-input',
    })
    expect(registry.jumps()).toEqual({})
  })

  it('are taken from the node, then from the first of its tags that has one', () => {
    const jumps = { b: jumpAt('b'), c: jumpAt('c') }
    expect(jumpOf({ jump: jumpAt('own'), tags: ['b'] }, jumps)?.host).toBe('own')
    expect(jumpOf({ jump: null, tags: ['a', 'c', 'b'] }, jumps)?.host).toBe('c')
    expect(jumpOf({ jump: null, tags: ['a', 'constructor', 'toString'] }, jumps)).toBeNull()
  })

  it('let one address be two machines', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('alpha', { host: '10.0.0.5' }))
    await registry.add(newNode('beta', { host: '10.0.0.5', jump: jumpAt('site-b') }))
    await registry.setTagJump('c', jumpAt('site-c'))
    await registry.add(newNode('gamma', { host: '10.0.0.5', tags: ['c'] }))
    await expect(registry.setTagJump('c', null)).rejects.toMatchObject({ code: 'address-exists' })
    await expect(registry.setTagJump('c', jumpAt('SITE-B'))).rejects.toMatchObject({ code: 'address-exists' })
  })
})

describe('an address as people write it', () => {
  it.each([
    ['host', { user: null, host: 'host', port: null }],
    ['10.0.0.5:2222', { user: null, host: '10.0.0.5', port: 2222 }],
    ['ops@host', { user: 'ops', host: 'host', port: null }],
    ['ops@host:22', { user: 'ops', host: 'host', port: 22 }],
    ['::1', { user: null, host: '::1', port: null }],
    ['[::1]', { user: null, host: '::1', port: null }],
    ['[fe80::1%eth0]:22', { user: null, host: 'fe80::1%eth0', port: 22 }],
    ['ops@[2001:db8::7]:22', { user: 'ops', host: '2001:db8::7', port: 22 }],
    ['ssh://ops@host:2222/', { user: 'ops', host: 'host', port: 2222 }],
  ])('%s is understood', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
    const { user, host, port } = address
    if (user && port) expect(parseAddress(jumpName({ user, host, port }))).toEqual(address)
  })

  it.each([
    '',
    'a b',
    '-oProxyCommand=x',
    'host:',
    'host:0',
    'host:65536',
    '@host',
    'a@b@c',
    '[host]:22',
    '[::1',
    'http://host',
    '1:2:3',
    'ops@',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeNull())
})
