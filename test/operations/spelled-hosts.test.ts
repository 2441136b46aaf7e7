import { describe, expect, it } from 'vitest'
import { planImport } from '../../registry/import.ts'
import { inputProblem } from '../../src/base/input-problem.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { registerNode } from '../../src/operations/register-node.ts'

const registered = (input: object) => registerNode.input.safeParse({ id: 'a', sshUser: 'ops', ...input })
const problemOf = (input: object) => {
  const { error } = registered(input)
  return error ? inputProblem(error, input) : null
}

describe('a host as people write it', () => {
  it.each([
    ['10.0.0.5:2222', { host: '10.0.0.5', sshPort: 2222, sshUser: 'ops' }],
    ['[::1]', { host: '::1', sshPort: 22, sshUser: 'ops' }],
    ['[::1]:2222', { host: '::1', sshPort: 2222, sshUser: 'ops' }],
    ['ops@host', { host: 'host', sshPort: 22, sshUser: 'ops' }],
    ['ssh://ops@host:2222', { host: 'host', sshPort: 2222, sshUser: 'ops' }],
    ['  host ', { host: 'host', sshPort: 22, sshUser: 'ops' }],
  ])('%s is understood', (host, meant) => {
    expect(registered({ host }).data).toMatchObject(meant)
    expect(editNode.input.safeParse({ node: 'a', host }).data).toMatchObject({ host: meant.host })
  })

  it('may name the login alone', () => {
    expect(registered({ host: 'claw@host', sshUser: undefined }).data).toMatchObject({ sshUser: 'claw' })
    expect(problemOf({ host: 'host', sshUser: undefined })).toMatchObject({
      field: 'sshUser',
      problem: 'missing',
    })
  })

  it('is refused with the field that it contradicts', () => {
    expect(problemOf({ host: 'host:23', sshPort: 22 })).toMatchObject({
      field: 'sshPort',
      problem: 'said-in-host',
    })
    expect(problemOf({ host: 'root@host' })).toMatchObject({ field: 'sshUser', problem: 'said-in-host' })
    expect(problemOf({ host: 'host:23', sshPort: 23 })).toBeNull()
    for (const host of ['a b', 'http://host', '-oProxyCommand=x', 'host:', '1:2:3', ''])
      expect(problemOf({ host })?.field, host).toBe('host')
  })

  it('is refused by its form when more than the host was said, since the port may be what is wrong', () => {
    for (const host of ['ops@host:0', 'host:65536', 'host:abc', 'a b@host'])
      expect(problemOf({ host }), host).toMatchObject({ field: 'host', problem: 'ssh-address' })
    expect(problemOf({ host: 'a b' })).toMatchObject({ field: 'host', problem: 'host-name' })
  })

  it('is understood in an old registry, too', () => {
    const nodes = [
      { id: 'a', host: 'claw@10.0.0.5:2222' },
      { id: 'b', host: '1:2:3' },
    ]
    const { add, skip } = planImport(JSON.stringify({ nodes }), [], { now: () => 0 })
    expect(add).toMatchObject([{ id: 'a', host: '10.0.0.5', sshPort: 2222, sshUser: 'claw' }])
    expect(skip).toMatchObject([{ id: 'b', why: 'host-invalid' }])
  })
})
