import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aliasesIn, readAlias, readAliases } from '../../src/ssh/ssh-config.ts'
import { failureOf, temporaryFolder } from './rig.ts'

const haveSsh = spawnSync('ssh', ['-V']).error === undefined
const folder = temporaryFolder()
const file = join(folder.path, 'config')

beforeAll(() => {
  mkdirSync(join(folder.path, 'more'))
  writeFileSync(join(folder.path, 'more/a.conf'), 'Host inner\n  HostName 192.0.2.8\n  User claw\n')
  writeFileSync(join(folder.path, 'more/b.txt'), 'Host never\n  HostName 192.0.2.9\n')
  writeFileSync(
    file,
    `Include ${folder.path}/more/*.conf
Host web1 "web2" *.example !bad
  HostName 10.0.0.%h
  Port 2222
  User ops
  ProxyJump hop
Host hop
  HostName bastion.example.net
  User jump
  Port 2200
HOST=six
  HostName 2001:db8::7
  User claw
Host named
  HostName 10.0.0.7
  ProxyJump other@hop:22
Host far
  ProxyJump hop,six
Host deep
  ProxyJump web1
Host by-command
  ProxyCommand nc %h %p
Host odd
  HostName a;b
  Match user root
Host *
  User everyone
`,
  )
})
afterAll(() => folder.remove())

describe.skipIf(!haveSsh)('an ssh_config', () => {
  it('names its aliases one by one, also those of included files', async () => {
    expect(await aliasesIn(file)).toEqual([
      ...['inner', 'web1', 'web2', 'hop', 'six', 'named', 'far', 'deep', 'by-command', 'odd'],
    ])
  })

  it('says of an alias what OpenSSH makes of it', async () => {
    const hop = { host: 'bastion.example.net', port: 2200, user: 'jump' }
    expect(await readAlias(file, 'web1')).toEqual({
      alias: 'web1',
      host: '10.0.0.web1',
      port: 2222,
      user: 'ops',
      jump: hop,
    })
    expect(await readAlias(file, 'six')).toMatchObject({ host: '2001:db8::7', user: 'claw', jump: null })
    expect(await readAlias(file, 'named')).toMatchObject({ jump: { ...hop, user: 'other', port: 22 } })
    expect(await readAlias(file, 'inner')).toMatchObject({ host: '192.0.2.8', user: 'claw' })
  })

  it('says which aliases it has no place for, and why', async () => {
    const all = await readAliases(file)
    const left = all.flatMap((one) => ('problem' in one ? [[one.alias, one.problem]] : []))
    expect(left).toEqual([
      ['far', 'jump-chain'],
      ['deep', 'jump-chain'],
      ['by-command', 'proxy-command'],
      ['odd', 'host-invalid'],
    ])
  })

  it('is refused by name when it is missing or none', async () => {
    const missing = await failureOf(readAliases(join(folder.path, 'no-such-file')))
    expect(missing).toMatchObject({ code: 'import-unreadable', params: { problem: 'file-missing' } })
    const broken = join(folder.path, 'broken')
    writeFileSync(broken, 'Host a\n  NoSuchKeyword yes\n')
    expect(await failureOf(readAlias(broken, 'a'))).toMatchObject({
      code: 'import-unreadable',
      params: { file: 'broken', problem: 'ssh-refused' },
    })
    expect((await failureOf(readAlias(file, '-oProxyCommand=x'))).params.problem).toBe('ssh-refused')
  })
})
