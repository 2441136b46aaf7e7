import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseQuickProbe } from '../../src/openclaw/probe.ts'
import { QUICK_PROBE_SCRIPT } from '../../src/openclaw/quick-probe-script.ts'
import {
  createMarker,
  createReader,
  defineFunction,
  FRAME_PRELUDE,
  requestLine,
} from '../../src/ssh/frame.ts'
import { until } from '../support/until.ts'

const has = (program: string) => spawnSync(program, ['-e', '1']).error === undefined
const isKnownMachine = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

/** A home whose `df` notes that it ran, before the real one runs. */
let home: string
let shell: ChildProcessWithoutNullStreams

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocm disk reader '))
  await standIn('df', 'echo ran >>"$HOME/df-ran"; PATH=/usr/bin:/bin; exec df "$@"')
})

afterEach(async () => {
  shell.stdin.end()
  if (shell.exitCode === null && shell.signalCode === null) await once(shell, 'exit')
  await rm(home, { recursive: true, force: true })
})

async function standIn(name: string, text: string): Promise<void> {
  const path = join(home, name)
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

/** The shell as it is held on a node. */
function startShell(words = ['bash', '--norc', '--noprofile', '--posix']): void {
  const [program = '', ...rest] = words
  const env = { PATH: `${home}:${process.env.PATH}`, HOME: home }
  shell = spawn(program, rest, { env })
  shell.stderr.resume()
  shell.stdin.write(FRAME_PRELUDE + defineFunction('look', QUICK_PROBE_SCRIPT))
}

/** One look at the disk. */
async function look() {
  const [frame, marker] = [createMarker(), createMarker()]
  const reader = createReader(frame, 65_536)
  const answered = new Promise<string>((resolve, reject) => {
    shell.once('exit', reject)
    shell.stdout.on('data', function take(chunk: Buffer) {
      const answer = reader.take(chunk)
      if (answer === null) return
      shell.stdout.off('data', take)
      shell.off('exit', reject)
      resolve(answer.stdout)
    })
  })
  shell.stdin.write(requestLine(frame, 'look', 'inline', [marker, 'disk', '', '']))
  const quick = parseQuickProbe(await answered, marker, { observedAt: Date.now(), tookMs: 0 })
  return quick?.disk?.value ?? null
}

const dfRuns = async () =>
  (await readFile(join(home, 'df-ran'), 'utf8')).split('\n').filter((line) => line === 'ran').length

/** What the shell has started and not ended. */
const children = () =>
  spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(shell.pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('ps'))
    .map((line) => ({ pid: Number.parseInt(line, 10), name: line.trim().split(' ')[1] ?? '' }))

async function lookTimes(count: number): Promise<void> {
  for (let time = 0; time < count; time++) expect(await look()).not.toBeNull()
}

describe.skipIf(!has('bash') || !has('perl') || !isKnownMachine)(
  'the disk of a node that is looked at again and again',
  () => {
    it('is told by a reader that stays, as df told it', async () => {
      startShell()
      const byDf = await look()
      await lookTimes(2)
      expect(await dfRuns()).toBe(3)
      const told = await look()
      await lookTimes(4)
      expect(await dfRuns()).toBe(3)
      const { blocks, bsize, bavail } = await statfs(home)
      expect(told).toMatchObject({ path: byDf?.path, totalBytes: byDf?.totalBytes })
      expect(told?.totalBytes).toBe(blocks * bsize)
      // Others write to that disk as well.
      expect(Math.abs((told?.availableBytes ?? 0) - bavail * bsize)).toBeLessThan(2 ** 30)
      expect(Math.abs((told?.usedPercent ?? 0) - (byDf?.usedPercent ?? 0))).toBeLessThan(5)
    })

    it('is told by df where the reader has ended, and the shell lives on', async () => {
      startShell()
      await lookTimes(4)
      const [reader] = children()
      expect(reader?.name).toBe('perl')
      process.kill(reader?.pid ?? 0, 'SIGKILL')
      await until(() => children().length === 0, 10_000)
      await lookTimes(2)
      expect(await dfRuns()).toBe(5)
      expect(children()).toEqual([])
    })

    it('is told by df where the reader tells of another file system, which is looked at anew', async () => {
      await standIn('perl', `while :; do echo "5 3 2 beef"; sleep 0.01; done`)
      startShell()
      await lookTimes(3)
      const size = (await statfs(home)).blocks * (await statfs(home)).bsize
      expect((await look())?.totalBytes).toBe(size)
      expect(await dfRuns()).toBe(4)
      await until(() => children().length === 0, 10_000)
    })

    it('is told by the reader also where the size changes, as long as the file system is the same', async () => {
      const { blocks, bsize } = await statfs(home)
      const told = [0, 8, 16].map((more) => `${(blocks * bsize) / 1024 + more} 3 2 beef`.padEnd(127))
      await standIn('perl', `${told.map((line) => `echo '${line}'`).join('; ')}; exec sleep 1000`)
      startShell()
      await lookTimes(3)
      const sizes = [await look(), await look(), await look()].map((disk) => (disk?.totalBytes ?? 0) / 1024)
      expect(await dfRuns()).toBe(3)
      expect(sizes.map((size) => size - (sizes[0] ?? 0))).toEqual([0, 8, 16])
    })

    it('is told by df where the reader hangs, which is ended', async () => {
      await standIn('perl', 'exec sleep 1000')
      startShell()
      await lookTimes(4)
      expect(await dfRuns()).toBe(4)
      await until(() => children().length === 0, 10_000)
    })

    it('leaves no reader behind when the shell ends', async () => {
      startShell()
      await lookTimes(4)
      const [reader] = children()
      shell.stdin.end()
      await once(shell, 'exit')
      await until(() => spawnSync('kill', ['-0', String(reader?.pid)]).status !== 0, 10_000)
    })

    it.each([['dash'], ['busybox', 'ash']])(
      'is told by df in a shell that keeps nobody beside it: %s',
      async (...words) => {
        if (spawnSync(words[0] ?? '', ['true']).error !== undefined) return startShell()
        startShell(words)
        await lookTimes(5)
        expect(await dfRuns()).toBe(5)
        expect(children()).toEqual([])
      },
    )
  },
)
