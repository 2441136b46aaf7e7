import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { NodeRecord } from '../../registry/schema.ts'
import type { NodeLink, NodesPort } from '../../src/openclaw/ports.ts'
import type { NodeState } from '../../src/openclaw/snapshot.ts'
import type { CallLimits } from '../../src/ssh/call.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { failureOf, tcpServer, type temporaryFolder } from '../ssh/rig.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

/** Something that can be wrong with a node while the bot is connected to it. */
export interface Ailment {
  name: string
  /** What a snapshot must call the node meanwhile. */
  state: NodeState
  begin(): Promise<void>
  end(): Promise<void>
}

/** A node to test a link on: reached over the network, running on this machine. */
export interface OpenedNode {
  nodes: NodesPort
  record: NodeRecord
  /** For what commands leave behind. */
  folder: ReturnType<typeof temporaryFolder>
  /** SSH connections that the node has now. */
  connections(): number
  /** Cuts every SSH connection without a word. */
  cut(): void
  ailments: Ailment[]
  /** What only a node with a gateway has. */
  gateway: {
    freeze(): void
    thaw(): void
    restart(): Promise<void>
    rotateToken(): void
  } | null
  close(): Promise<void>
}

/** Generous: nothing here measures speed, and the machine may be busy. */
const soon: CallLimits = { deadlineMs: 15_000 }
/** How much later than its deadline a call may settle on a busy machine. */
const GRACE_MS = 4_000

/**
 * What every implementation of NodeLink promises, whatever is on the other side.
 * @param protocol the gateway protocol that the node speaks, null for a node without a gateway
 */
export function nodeLinkContract(
  name: string,
  protocol: 3 | 4 | null,
  open: () => Promise<OpenedNode>,
): void {
  describe(`a link to ${name}`, () => {
    let node: OpenedNode
    let link: NodeLink

    beforeAll(async () => {
      node = await open()
      link = node.nodes.link(node.record)
    })
    afterAll(() => node?.close())

    const pathOf = (file: string) => join(node.folder.path, file)
    /** The process that a command has written down with `echo $$ > file`. */
    const processOf = (file: string) =>
      vi.waitFor(
        async () => {
          const pid = Number(await readFile(pathOf(file), 'utf8'))
          expect(pid).toBeGreaterThan(1)
          return pid
        },
        { timeout: 10_000 },
      )
    const ended = (pid: number) => until(() => !isAlive(pid), 10_000)

    async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    }

    async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
      const taken: string[] = []
      for await (const line of lines) taken.push(line)
      return taken
    }

    describe('exec', () => {
      it('returns the exit code and both outputs of a command that fails', async () => {
        const result = await link.exec(sh`echo ${"it's"}; echo oops >&2; exit 3`, soon)
        expect(result).toMatchObject({ code: 3, signal: null, stdout: "it's\n", stderr: 'oops\n' })
      })

      it('has no exit code exactly when a signal ended the command', async () => {
        const { code, signal } = await link.exec(sh`kill -s KILL $$`, soon)
        expect(code).not.toBe(0)
        expect(code === null).toBe(signal !== null)
      })

      it('gives data on stdin and ends it', async () => {
        const stdin = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 256))
        expect((await link.exec(sh`wc -c`, { ...soon, stdin })).stdout.trim()).toBe('200000')
        expect((await link.exec(sh`cat; echo end`, { ...soon, stdin: '' })).stdout).toBe('end\n')
      })

      it('stops output beyond the limit, and its process', async () => {
        const command = sh`echo $$ > ${pathOf('yes')}; exec yes`
        const error = await failureOf(link.exec(command, { ...soon, maxOutputBytes: 50_000 }))
        expect([error.code, error.params.bytes]).toEqual(['output-limit', 50_000])
        await ended(await processOf('yes'))
      })

      it('is bounded by the deadline, and so is its process', async () => {
        await link.exec(sh`true`, soon)
        const call = link.exec(sh`echo $$ > ${pathOf('late')}; exec sleep 60`, { deadlineMs: 3_000 })
        expect((await failureOf(call)).code).toBe('deadline')
        await ended(await processOf('late'))
      })

      it('ends when the caller gives up, and so does its process', async () => {
        const caller = new AbortController()
        const limits = { ...soon, signal: caller.signal }
        const call = failureOf(link.exec(sh`echo $$ > ${pathOf('given-up')}; exec sleep 60`, limits))
        const pid = await processOf('given-up')
        caller.abort()
        expect((await call).code).toBe('cancelled')
        await ended(pid)
      })

      it('says that the connection was lost when it was cut before the exit status came', async () => {
        const call = failureOf(link.exec(sh`echo $$ > ${pathOf('cut')}; exec sleep 5`, soon))
        await processOf('cut')
        node.cut()
        expect(await call).toMatchObject({ code: 'connection-lost', kind: 'unknown' })
        expect((await link.exec(sh`echo again`, { ...soon, fresh: true })).stdout).toBe('again\n')
      })

      it('takes more commands at once than a server allows channels', async () => {
        const results = await Promise.all(
          Array.from({ length: 25 }, (_, index) => link.exec(sh`echo ${index}`, soon)),
        )
        expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, index) => index))
      })
    })

    describe('lines', () => {
      it('come as they are printed and end with the command', async () => {
        expect(await linesOf(link.lines(sh`printf 'one\r\ntwo\n\nlast'`, soon))).toEqual([
          'one',
          'two',
          '',
          'last',
        ])
      })

      it('end quietly at the deadline, and the command with them', async () => {
        const lines = await linesOf(link.lines(sh`echo $$; exec sleep 60`, { deadlineMs: 3_000 }))
        expect(lines).toHaveLength(1)
        await ended(Number(lines[0]))
      })

      it('end quietly when the caller gives up', async () => {
        const caller = new AbortController()
        const seen: string[] = []
        for await (const line of link.lines(sh`echo $$; exec sleep 60`, { ...soon, signal: caller.signal })) {
          seen.push(line)
          caller.abort()
        }
        expect(seen).toHaveLength(1)
        await ended(Number(seen[0]))
      })

      it('fail with the exit code of a command that fails', async () => {
        const error = await failureOf(linesOf(link.lines(sh`echo one; echo why >&2; exit 5`, soon)))
        expect(error).toMatchObject({ code: 'remote-command-failed', params: { exitCode: 5 } })
        expect(error.detail).toContain('why')
      })
    })

    describe('download', () => {
      it('delivers everything', async () => {
        const stream = await link.download(sh`head -c 3000000 /dev/zero | tr '\0' x`, soon)
        expect((await textOf(stream)).length).toBe(3_000_000)
      })

      it('fails when the command fails after its output', async () => {
        const stream = await link.download(sh`echo some; exit 2`, soon)
        expect(await failureOf(textOf(stream))).toMatchObject({
          code: 'remote-command-failed',
          params: { exitCode: 2 },
        })
      })

      it('fails when the link dies in the middle of it', async () => {
        const stream = await link.download(sh`echo some; exec sleep 60`, soon)
        const reading = (async () => {
          for await (const _chunk of stream) node.cut()
        })()
        expect((await failureOf(reading)).code).toBe('connection-lost')
      })

      it('ends its process when the reader leaves', async () => {
        const stream = await link.download(sh`echo $$ > ${pathOf('left')}; exec sleep 60`, {
          ...soon,
          fresh: true,
        })
        const pid = await processOf('left')
        stream.destroy()
        await ended(pid)
      })
    })

    describe('snapshot', () => {
      it('knows the machine', async () => {
        const snapshot = await link.snapshot(soon)
        expect(snapshot).toMatchObject({ nodeId: node.record.id, host: { hostname: { freshness: 'fresh' } } })
        if (protocol === null) expect(snapshot.state).not.toBe('unreachable')
        else expect(snapshot.state).toBe('serving')
      })

      it('does not reject for a node that cannot be reached, and says why in time', async () => {
        const silent = await tcpServer(() => undefined)
        const closed = await freePort()
        const changes: Record<string, Partial<NodeRecord>> = {
          'nothing listens': { sshPort: closed },
          'nothing answers': { sshPort: silent.port },
          'no host key is trusted': { hostKeys: [] },
          'another host key is trusted': { hostKeys: node.record.hostKeys.map(otherKey) },
          'the login is refused': { sshUser: 'nobody-knows' },
        }
        for (const [why, change] of Object.entries(changes)) {
          const temporary = node.nodes.temporary({ ...node.record, ...change })
          const startedAt = performance.now()
          const snapshot = await temporary.snapshot({ deadlineMs: 3_000 })
          expect(snapshot, why).toMatchObject({ nodeId: node.record.id, state: 'unreachable' })
          expect(snapshot.reason, why).not.toBeNull()
          expect(snapshot.sessions, why).toMatchObject({ freshness: 'unknown', value: null })
          expect(performance.now() - startedAt, why).toBeLessThan(3_000 + GRACE_MS)
          await temporary.close()
        }
        await silent.close()
      }, 40_000)

      it('does not reject for a node that falls sick, says what it is in time, and sees it recover', async () => {
        const healthy = (await link.snapshot({ ...soon, fresh: true })).state
        for (const { name: ailment, state, begin, end } of node.ailments) {
          await begin()
          const startedAt = performance.now()
          const snapshot = await link.snapshot({ deadlineMs: 4_000 })
          expect(snapshot.state, ailment).toBe(state)
          expect(snapshot.reason, ailment).not.toBeNull()
          expect(performance.now() - startedAt, ailment).toBeLessThan(4_000 + GRACE_MS)
          await end()
          await vi.waitFor(
            async () => {
              const after = await link.snapshot({ ...soon, fresh: true })
              expect(after.state, `after: ${ailment}`).toBe(healthy)
            },
            { timeout: 15_000, interval: 100 },
          )
        }
      }, 90_000)
    })

    describe.skipIf(protocol === null)('the gateway', () => {
      it('says who it is, once per connection', async () => {
        const hello = await link.hello(soon)
        expect(hello.protocol).toBe(protocol)
        expect(hello.methods.size).toBeGreaterThan(0)
        expect(await link.hello(soon)).toBe(hello)
      })

      it('answers over the tunnel', async () => {
        expect(await link.rpc('sessions.list', {}, soon)).toMatchObject({
          source: 'rpc',
          payload: { sessions: expect.any(Array) },
        })
      })

      it('is quoted when it refuses', async () => {
        const error = await failureOf(link.rpc('no.such.method', {}, soon))
        expect(error).toMatchObject({
          code: 'gateway-refused',
          params: { node: node.record.id, method: 'no.such.method', code: expect.any(String) },
        })
      })

      it('may not say more than the limit', async () => {
        const call = link.rpc('sessions.list', {}, { ...soon, maxOutputBytes: 20 })
        expect((await failureOf(call)).code).toBe('output-limit')
      })

      it('that is silent is waited for until the deadline, no longer', async () => {
        await link.hello(soon)
        node.gateway?.freeze()
        const error = await failureOf(link.rpc('sessions.list', {}, { deadlineMs: 500 }))
        node.gateway?.thaw()
        expect(error.code).toBe('deadline')
        expect((await link.rpc('sessions.list', {}, soon)).source).toBe('rpc')
      })

      it('pushes events until nobody listens', async () => {
        const heard = vi.fn()
        const closed = vi.fn()
        const stop = link.events(heard, closed)
        await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 15_000 })
        expect(heard.mock.calls[0]?.[0]).toMatchObject({ event: expect.any(String) })
        stop()
        const count = heard.mock.calls.length
        await node.gateway?.restart()
        await served()
        expect(heard).toHaveBeenCalledTimes(count)
        expect(closed).not.toHaveBeenCalled()
      })

      it('that ends its connection is reported once, and found again with a new token', async () => {
        const closed = vi.fn()
        await link.hello(soon)
        link.events(() => undefined, closed)
        node.gateway?.rotateToken()
        await node.gateway?.restart()
        await vi.waitFor(() => expect(closed).toHaveBeenCalled(), { timeout: 10_000 })
        await served()
        expect(closed).toHaveBeenCalledTimes(1)
      })

      /** A restarted gateway answers again; what it says before is of the closed set. */
      async function served(): Promise<void> {
        const end = performance.now() + 15_000
        for (;;) {
          const outcome = await link.hello(soon).catch((error) => error)
          if (!(outcome instanceof Error)) return
          expect(outcome).toMatchObject({ code: 'gateway-unreachable' })
          if (performance.now() > end) throw outcome
        }
      }
    })

    describe.skipIf(protocol !== null)('a gateway that is not there', () => {
      it('is unreachable to every question', async () => {
        for (const call of [link.rpc('health', {}, soon), link.hello(soon)]) {
          expect(await failureOf(call)).toMatchObject({
            code: 'gateway-unreachable',
            params: { node: node.record.id, reason: 'port-silent' },
          })
        }
      })

      it('ends a subscription once, unless nobody listens any more', async () => {
        const [closed, unwanted] = [vi.fn(), vi.fn()]
        link.events(() => undefined, closed)
        link.events(() => undefined, unwanted)()
        await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1), { timeout: 10_000 })
        expect(unwanted).not.toHaveBeenCalled()
      })
    })

    describe('a caller that has given up already', () => {
      const gone: CallLimits = { ...soon, signal: AbortSignal.abort() }

      it.each<[string, () => Promise<unknown>]>([
        ['snapshot', () => link.snapshot(gone)],
        ['rpc', () => link.rpc('health', {}, gone)],
        ['hello', () => link.hello(gone)],
        ['exec', () => link.exec(sh`touch ${pathOf('done-anyway')}`, gone)],
        ['download', async () => textOf(await link.download(sh`touch ${pathOf('done-anyway')}`, gone))],
      ])('is told so by %s', async (_method, call) => {
        expect((await failureOf(call())).code).toBe('cancelled')
        await expect(readFile(pathOf('done-anyway'))).rejects.toThrow('ENOENT')
      })

      it('gets no lines', async () => {
        expect(await linesOf(link.lines(sh`echo one`, gone))).toEqual([])
      })
    })

    describe('a node that is forgotten', () => {
      it('loses its connection; its old link is of no use and the next one connects anew', async () => {
        await link.exec(sh`true`, { ...soon, fresh: true })
        expect(node.connections()).toBe(1)
        const running = failureOf(link.exec(sh`echo $$ > ${pathOf('forgotten')}; exec sleep 60`, soon))
        await processOf('forgotten')
        await node.nodes.forget(node.record.id)
        expect((await running).code).toBe('cancelled')
        await until(() => node.connections() === 0, 10_000)
        expect((await failureOf(link.exec(sh`true`, soon))).code).toBe('cancelled')
        link = node.nodes.link(node.record)
        expect((await link.exec(sh`echo new`, soon)).stdout).toBe('new\n')
        expect(node.connections()).toBe(1)
      })
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A key of the same type that is not the node's. */
function otherKey(key: NodeRecord['hostKeys'][number]): NodeRecord['hostKeys'][number] {
  const blob = Buffer.from(key.key, 'base64')
  blob[blob.length - 1] = (blob.at(-1) ?? 0) ^ 1
  return { ...key, key: blob.toString('base64') }
}
