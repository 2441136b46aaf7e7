import { createServer, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inlineScriptText, scriptText } from '../../src/ssh/script-text.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool, SshSession } from '../../src/ssh/ssh.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import { failureOf, haveSshd, poolFor, type Sshd, startSshd } from './rig.ts'

const soon = { deadlineMs: 15_000 }

describe.skipIf(!haveSshd)('calls over a real sshd', () => {
  let sshd: Sshd
  let pool: SshPool
  let session: SshSession

  beforeAll(async () => {
    sshd = await startSshd()
    pool = poolFor(sshd.userKey)
    session = pool.session(sshd.target())
  })
  afterAll(async () => {
    await pool?.close()
    sshd?.stop()
  })

  const running = (needle: string) => sshd.descendants().some(({ command }) => command === needle)

  describe('exec', () => {
    it('returns the status and both streams', async () => {
      const result = await session.exec(sh`echo ${"it's fine"}; echo oops >&2; exit 3`, soon)
      expect(result).toMatchObject({ code: 3, signal: null, stdout: "it's fine\n", stderr: 'oops\n' })
    })

    it('gives data on stdin, binary and empty, and ends it', async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))
      const sent = await session.exec(sh`cksum; wc -c </dev/null`, { ...soon, stdin: bytes })
      expect(sent.stdout).toMatch(/ 300000\n0\n$/)
      expect((await session.exec(sh`cat; echo end`, { ...soon, stdin: '' })).stdout).toBe('end\n')
      expect((await session.exec(sh`cat`, { ...soon, stdin: 'zwölf' })).stdout).toBe('zwölf')
    })

    it('says which signal ended a command', async () => {
      const result = await session.exec(sh`kill -s KILL $$`, soon)
      expect([result.code, result.signal]).not.toEqual([0, null])
    })

    it('does not wait for a process that was left behind', async () => {
      const result = await session.exec(sh`sleep 61 & echo ok`, soon)
      expect(result).toMatchObject({ code: 0, stdout: 'ok\n' })
      expect(result.tookMs).toBeLessThan(10_000)
    })

    it('reads ten megabytes of stderr beside ten of stdout', async () => {
      const limits = { deadlineMs: 20_000, maxOutputBytes: 11 << 20 }
      const result = await session.exec(
        sh`head -c 10485760 /dev/zero >&2; head -c 10485760 /dev/zero`,
        limits,
      )
      expect([result.stdout.length, result.stderr.length]).toEqual([10 << 20, 10 << 20])
    })

    it.each([['yes'], ['cat /dev/zero >&2']])(
      'stops endless output of %s and its process',
      async (program) => {
        const before = process.memoryUsage().rss
        const error = await failureOf(
          session.exec(sh`exec sh -c ${program}`, { ...soon, maxOutputBytes: 100_000 }),
        )
        expect([error.code, error.params]).toEqual(['output-limit', { node: 'node', bytes: 100_000 }])
        await until(() => !running(program.split(' >')[0] ?? ''), 8_000)
        expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
      },
    )

    it('keeps a character whose bytes arrive apart', async () => {
      const result = await session.exec(sh`printf '\303'; sleep 0.3; printf '\274'`, soon)
      expect(result.stdout).toBe('ü')
    })

    it.each([[undefined], ['some input']])(
      'ends the remote process at the deadline (stdin: %s)',
      async (stdin) => {
        await session.exec(sh`true`, soon)
        const seconds = stdin === undefined ? '1001' : '1002'
        const limits = { deadlineMs: 1_000, ...(stdin === undefined ? {} : { stdin }) }
        const error = await failureOf(session.exec(sh`sleep ${seconds}; true`, limits))
        expect([error.code, error.kind]).toEqual(['deadline', 'unknown'])
        await until(() => !running(`sleep ${seconds}`), 8_000)
      },
    )

    it('kills a remote process that ignores TERM', async () => {
      const error = await failureOf(
        session.exec(sh`trap '' TERM; sleep 1003; sleep 1003`, { deadlineMs: 1_500 }),
      )
      expect(error.code).toBe('deadline')
      await until(() => !running('sleep 1003'), 8_000)
    })

    it('ends the remote process when the caller gives up', async () => {
      const impatient = new AbortController()
      const call = failureOf(session.exec(sh`sleep 1004; true`, { ...soon, signal: impatient.signal }))
      await until(() => running('sleep 1004'))
      impatient.abort()
      expect((await call).code).toBe('cancelled')
      await until(() => !running('sleep 1004'), 8_000)
    })

    it('runs nothing for a caller that has given up already', async () => {
      const error = await failureOf(session.exec(sh`sleep 1005`, { ...soon, signal: AbortSignal.abort() }))
      expect(error.code).toBe('cancelled')
      expect(running('sleep 1005')).toBe(false)
    })

    it('bounds a command on the node as well, should the bot vanish', async () => {
      const call = session.exec(sh`sleep 6; echo done`, { deadlineMs: 30_000 })
      await until(() =>
        sshd.descendants().some(({ command }) => /^timeout -k 2 (2[5-9]|3[0-2]) sh -c/.test(command)),
      )
      expect((await call).stdout).toBe('done\n')
    })
  })

  it("runs 50 commands at once within the server's MaxSessions of 10", async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => session.exec(sh`echo ${index}`, { deadlineMs: 20_000 })),
    )
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(results.map((_, index) => String(index)))
  }, 30_000)

  describe('scripts', () => {
    const probe = scriptText`read up rest < /proc/uptime; printf '%s|' "$@"; echo noise >&2; cd /; exit 4`
    const inline = inlineScriptText`ocm_answer=$1`

    it('answer from the held shell with their arguments as they are', async () => {
      const args = ["a'b", '$(id)', 'two\nlines', '', 'ü']
      const result = await session.script(probe, { ...soon, args })
      expect(result).toMatchObject({ stdout: `${args.join('|')}|`, code: 4, via: 'shell' })
      expect(await session.script(inline, { ...soon, args: ['x'] })).toMatchObject({
        stdout: 'x',
        via: 'shell',
      })
      expect(await session.script(inline, soon)).toMatchObject({ stdout: '' })
    })

    it('start no further shell on the node', async () => {
      await session.script(probe, soon)
      const shells = () =>
        sshd
          .descendants()
          .filter(({ command }) => command === 'sh')
          .map(({ pid }) => pid)
      const before = shells()
      for (let count = 0; count < 20; count++) await session.script(inline, soon)
      expect(shells()).toEqual(before)
    })

    it('take another way when the shell is busy', async () => {
      const slow = scriptText`sleep 0.5; echo slow`
      const results = await Promise.all([1, 2, 3].map(() => session.script(slow, soon)))
      expect(results.map(({ stdout }) => stdout)).toEqual(['slow\n', 'slow\n', 'slow\n'])
      expect(results.map(({ via }) => via).sort()).toEqual(['exec', 'exec', 'shell'])
    })

    it('get a new shell after one that hung', async () => {
      const error = await failureOf(session.script(scriptText`sleep 1006`, { deadlineMs: 1_000 }))
      expect(error.code).toBe('deadline')
      await until(() => !running('sleep 1006'), 8_000)
      expect(await session.script(probe, soon)).toMatchObject({ code: 4 })
    })

    it('survive one that kills its shell, and one that is not sh at all', async () => {
      const killer = await session.script(inlineScriptText`echo once; exit 7`, soon).catch((error) => error)
      expect(killer).toMatchObject({ code: 'remote-command-failed' })
      const broken = await failureOf(session.script(scriptText`if then ((`, soon))
      expect(broken.code).toBe('remote-command-failed')
      expect(await session.script(probe, soon)).toMatchObject({ code: 4 })
    })

    it('are stopped when they print too much', async () => {
      const error = await failureOf(session.script(scriptText`yes`, { ...soon, maxOutputBytes: 10_000 }))
      expect(error.code).toBe('output-limit')
      await until(() => !running('yes'), 8_000)
    })
  })

  describe('lines', () => {
    async function take(command: ReturnType<typeof sh>, limits = soon): Promise<string[]> {
      const lines: string[] = []
      for await (const line of session.lines(command, limits)) lines.push(line)
      return lines
    }

    it('come one by one, the last without a newline too', async () => {
      expect(await take(sh`printf 'eins\r\nzw\303'; sleep 0.2; printf '\266lf\n\nlast'`)).toEqual([
        'eins',
        'zwölf',
        '',
        'last',
      ])
    })

    it('end quietly at the deadline, and the command with them', async () => {
      expect(await take(sh`echo first; exec sleep 1007`, { deadlineMs: 2_000 })).toEqual(['first'])
      await until(() => !running('sleep 1007'), 8_000)
    })

    it('end the command when the reader stops', async () => {
      for await (const line of session.lines(sh`echo one; exec sleep 1008`, soon)) {
        expect(line).toBe('one')
        break
      }
      await until(() => !running('sleep 1008'), 8_000)
    })

    it('are complete for a slow reader of much output', async () => {
      let count = 0
      for await (const line of session.lines(sh`seq 200000`, {
        deadlineMs: 20_000,
        maxOutputBytes: 4 << 20,
      })) {
        count += 1
        if (count % 20_000 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
        if (line !== String(count)) throw new Error(`line ${count} is ${line}`)
      }
      expect(count).toBe(200_000)
    }, 30_000)

    it('fail with the end of stderr when the command fails', async () => {
      const error = await failureOf(take(sh`echo partial; echo 'no such unit' >&2; exit 5`))
      expect(error).toMatchObject({
        code: 'remote-command-failed',
        params: { exitCode: 5 },
        detail: 'no such unit\n',
      })
    })
  })

  describe('a download', () => {
    const lengthOf = async (stream: AsyncIterable<Buffer>) => {
      let length = 0
      for await (const chunk of stream) length += chunk.length
      return length
    }

    it('delivers everything, beyond the default output limit', async () => {
      expect(await lengthOf(await session.download(sh`head -c 20000000 /dev/zero`, soon))).toBe(20_000_000)
    })

    it('fails when the command fails after its output', async () => {
      const stream = await session.download(sh`head -c 100000 /dev/zero; echo broken >&2; exit 2`, soon)
      expect(await failureOf(lengthOf(stream))).toMatchObject({
        code: 'remote-command-failed',
        detail: 'broken\n',
      })
    })

    it('that failed before anyone read it tells its reader, and ends nothing else', async () => {
      const stream = await session.download(sh`exit 3`, soon)
      await until(() => stream.destroyed)
      expect(await failureOf(lengthOf(stream))).toMatchObject({
        code: 'remote-command-failed',
        params: { exitCode: 3 },
      })
    })

    it('keeps to a limit when one is given, and ends at the deadline', async () => {
      const limited = await session.download(sh`cat /dev/zero`, { ...soon, maxOutputBytes: 1_000_000 })
      expect((await failureOf(lengthOf(limited))).code).toBe('output-limit')
      const slow = await session.download(sh`exec sleep 1009`, { deadlineMs: 1_500 })
      expect((await failureOf(lengthOf(slow))).code).toBe('deadline')
      await until(() => !running('sleep 1009'), 8_000)
    })

    it('ends the command when the reader leaves', async () => {
      const stream = await session.download(sh`exec sleep 1010`, soon)
      stream.destroy()
      await until(() => !running('sleep 1010'), 8_000)
    })
  })

  describe('a tunnel', () => {
    it("carries HTTP to a port on the node's loopback", async () => {
      const server = createServer((_request, response) => response.end('x'.repeat(3_000_000)))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const socket = await session.openTcp(port, soon)
      const length = await new Promise<number>((resolve, reject) => {
        const sent = request(
          { createConnection: () => socket, path: '/', headers: { connection: 'close' } },
          (response) => {
            let bytes = 0
            response.on('data', (chunk: Buffer) => {
              bytes += chunk.length
            })
            response.on('end', () => resolve(bytes))
          },
        )
        sent.on('error', reject).end()
      })
      expect(length).toBe(3_000_000)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await until(() => socket.destroyed)
    })

    it('answers one question with all that the port says, as often as it is asked', async () => {
      const server = createServer((request, response) => response.end(`${request.url} ${'x'.repeat(90_000)}`))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const ask = (path: string, limits: object = {}) =>
        session.askTcp(port, `GET ${path} HTTP/1.0\r\n\r\n`, { ...soon, ...limits })
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`/${index}`)))
      expect(answers.map((answer) => /\n(\/\d+) x{90000}$/.exec(answer.toString())?.[1])).toEqual(
        answers.map((_, index) => `/${index}`),
      )
      expect((await ask('/short', { maxOutputBytes: 1_000 })).length).toBeLessThanOrEqual(1_000)
      await new Promise((resolve) => server.close(resolve))
      expect(await failureOf(ask('/gone'))).toMatchObject({ params: { port, reason: 'port-silent' } })
    })

    it('does not wait for ever for a port that says nothing', async () => {
      const server = createServer(() => undefined)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const asking = session.askTcp(port, 'GET / HTTP/1.0\r\n\r\n', { deadlineMs: 300 })
      expect((await failureOf(asking)).code).toBe('deadline')
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })

    it('says that nothing listens on the port', async () => {
      const port = await freePort()
      const error = await failureOf(session.openTcp(port, soon))
      expect([error.code, error.params]).toEqual([
        'gateway-unreachable',
        { node: 'node', port, reason: 'port-silent' },
      ])
    })
  })
})
