import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool, SshTarget } from '../../src/ssh/ssh.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import { failureOf, haveSshd, poolFor, type Sshd, startSshd } from './rig.ts'

const soon = { deadlineMs: 15_000 }

describe.skipIf(!haveSshd)('a node behind a jump host', () => {
  let node: Sshd
  let bastion: Sshd
  let pool: SshPool
  const open: Sshd[] = []

  beforeAll(async () => {
    node = await startSshd(['MaxStartups 100'])
  })
  afterAll(() => node?.stop())
  afterEach(async () => {
    await pool?.close()
    for (const each of open.splice(0)) each.stop()
  })

  /** A jump host that lets the node's key in, and a pool that has it. */
  async function jumpHost(lines: string[] = []): Promise<SshTarget> {
    bastion = await startSshd([`AuthorizedKeysFile ${node.userKey}.pub`, ...lines])
    open.push(bastion)
    pool = poolFor(node.userKey)
    return bastion.target('bastion')
  }
  const logins = (server: Sshd) => server.log().split('Accepted publickey').length - 1

  it('is worked on through one connection to the jump host, however many nodes are behind it', async () => {
    const via = await jumpHost(['MaxSessions 1'])
    const before = logins(node)
    const names = Array.from({ length: 20 }, (_, index) => `node-${index}`)
    const answers = await Promise.all(
      names.map((name) => pool.session(node.target(name, { via })).exec(sh`echo ${name}`, soon)),
    )
    expect(answers.map(({ stdout }) => stdout.trim())).toEqual(names)
    expect(logins(bastion)).toBe(1)
    expect(logins(node) - before).toBe(20)
  })

  it('shows its host key through the jump host', async () => {
    const via = await jumpHost()
    const offered = await pool.scanHostKey({ host: '127.0.0.1', port: node.port, via }, soon)
    expect(offered.key).toBe(node.hostKeys[0]?.key)
  })

  it('is never asked when the host key of the jump host is another one', async () => {
    const via = await jumpHost()
    const error = await failureOf(
      pool.session(node.target('a', { via: { ...via, hostKeys: node.hostKeys } })).exec(sh`true`, soon),
    )
    expect(error).toMatchObject({
      code: 'node-unreachable',
      params: { node: 'a', reason: 'jump-unreachable', jump: 'bastion', last: 'host-key-changed' },
    })
  })

  it('must show its own pinned key, jump host or not', async () => {
    const via = await jumpHost()
    const error = await failureOf(
      pool.session(node.target('a', { via, hostKeys: bastion.hostKeys })).exec(sh`true`, soon),
    )
    expect(error.code).toBe('host-key-changed')
  })

  it.each([
    ['does not forward', ['AllowTcpForwarding no'], 'jump-forbids'],
    ['may not forward there', ['PermitOpen 127.0.0.1:1'], 'jump-forbids'],
  ])('is unreachable by name when the jump host %s', async (_name, lines, reason) => {
    const via = await jumpHost(lines)
    const error = await failureOf(pool.session(node.target('a', { via })).exec(sh`true`, soon))
    expect(error).toMatchObject({ code: 'node-unreachable', params: { node: 'a', reason, jump: 'bastion' } })
  })

  it('is told apart from a jump host that is away', async () => {
    const via = await jumpHost()
    const silent = node.target('a', { via, port: await freePort() })
    expect((await failureOf(pool.session(silent).exec(sh`true`, soon))).params.reason).toBe(
      'jump-cannot-connect',
    )
    const gone = node.target('b', { via: { ...via, nodeId: 'gone', port: await freePort() } })
    expect((await failureOf(pool.session(gone).exec(sh`true`, soon))).params).toMatchObject({
      reason: 'jump-unreachable',
      last: 'connect-refused',
    })
  })

  it('is connected anew after the jump host was away', async () => {
    const via = await jumpHost()
    const session = pool.session(node.target('a', { via }))
    await session.exec(sh`true`, soon)
    for (const { pid } of bastion.descendants()) process.kill(pid, 'SIGKILL')
    await until(() => session.state() !== 'ready')
    expect((await session.exec(sh`echo back`, { ...soon, fresh: true })).stdout.trim()).toBe('back')
  })

  it('may be behind two of them', async () => {
    const outer = await jumpHost()
    const inner = await startSshd([`AuthorizedKeysFile ${node.userKey}.pub`])
    open.push(inner)
    const via = inner.target('inner', { via: outer })
    const { stdout } = await pool.session(node.target('a', { via })).exec(sh`echo through`, soon)
    expect(stdout.trim()).toBe('through')
    expect([logins(bastion), logins(inner)]).toEqual([1, 1])
  })
})
