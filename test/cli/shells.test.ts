import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { SHELLS, type Shell } from '../../src/cli/shells.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'
import { runHere } from './in-process.ts'

/** Names that a shell would run, expand or take apart if it were given the chance. */
const NODES = [
  { id: 'alpha', name: 'Alpha 東京: $(touch pwned) `touch pwned` "q" \\n %s' },
  { id: 'alpha-2', name: "it's; [x] * ~ | & < > !" },
  { id: '0__Odd', name: '-n' },
  { id: 'old', name: 'Old' },
]
/** Keys as a person types them, and the words that the program was then started with. */
const TYPED: [keys: string, words: string[]][] = [
  ['no\tstatu\t0\t', ['node', 'status', '0__Odd']],
  ['node list --state=unr\t', ['node', 'list', '--state=unreachable']],
  ['node unretire \t--js\t', ['node', 'unretire', 'old', '--json']],
  ['registry check a\\ f\t', ['registry', 'check', 'a file.json']],
  ['node list --state not\t--settings=oth\t', ['node', 'list', '--state', 'not-serving', '--settings=other']],
]
const START: Record<Shell, string> = {
  bash: 'bash --noprofile --norc -i',
  zsh: 'zsh -f -i',
  fish: 'fish --no-config --private -i',
}
const LOAD: Record<Shell, string> = {
  bash: 'source <(ocm completion bash)',
  zsh: 'source <(ocm completion zsh)',
  fish: 'ocm completion fish | source',
}

let built: BuiltProgram
let folder = ''
let env: Record<string, string> = {}
beforeAll(async () => {
  built = await buildProgram()
  folder = await mkdtemp(join(tmpdir(), 'ocm-shells-'))
  await mkdir(join(folder, 'bin'))
  // The real program completes; what is run in the end only says its words.
  const program = `#!/bin/sh
case $1 in
  __complete | completion) exec '${process.execPath}' '${built.main}' "$@" ;;
esac
printf 'RAN'
printf '<%s>' "$@"
echo .
`
  await writeFile(join(folder, 'bin', 'ocm'), program, { mode: 0o755 })
  const nodes = NODES.map((node, index) => ({ ...node, host: `10.0.0.${index + 1}`, sshUser: 'oc' }))
  await writeFile(join(folder, 'a file.json'), JSON.stringify({ nodes }))
  await writeFile(join(folder, 'other'), '')
  env = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    HOME: folder,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    OCM_DATA_DIR: join(folder, 'data'),
    OCM_SSH_AGENT: 'none',
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const taken = await runHere(['registry', 'import', join(folder, 'a file.json'), '--yes'])
  const retired = await runHere(['node', 'retire', 'old', '--yes'])
  vi.unstubAllEnvs()
  expect([taken.code, retired.code]).toEqual([0, 0])
}, 60_000)
afterAll(async () => {
  await built?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** An interactive shell in a terminal of its own. */
function openShell(shell: Shell) {
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qfec', START[shell], '/dev/null'], {
    cwd: folder,
    env,
  })
  let shown = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
  return {
    async type(keys: string, expected: string) {
      // The shell reads keys only at its prompt.
      let length = -1
      while (shown.length !== length) {
        length = shown.length
        await setTimeout(400)
      }
      const from = shown.length
      child.stdin.write(`${keys}\r`)
      await vi.waitFor(() => expect(shown.slice(from)).toContain(expected), { timeout: 30_000, interval: 50 })
    },
    async close() {
      // Without its terminal the shell is hung up.
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

/** Runs lines in a shell without a terminal. */
function runLines(shell: Shell, lines: string): string {
  const args = shell === 'fish' ? ['--no-config', '-c', lines] : ['--noprofile', '--norc', '-c', lines]
  return spawnSync(shell, args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 }).stdout
}

/** Where nothing is left out, a shell that is missing fails. */
const installed = (shell: Shell) =>
  process.env.CI === 'true' || spawnSync(shell, ['--version']).error === undefined

describe.each(SHELLS)('completion in %s', (shell) => {
  it.skipIf(!installed(shell))(
    'writes what is meant when the tab key is pressed',
    {
      timeout: 180_000,
    },
    async () => {
      const session = openShell(shell)
      try {
        await session.type(`${LOAD[shell]}; echo REA""DY`, 'READY')
        for (const [keys, words] of TYPED)
          await session.type(`ocm ${keys}`, `RAN${words.map((word) => `<${word}>`).join('')}.`)
        expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).not.toContain('pwned')
      } finally {
        await session.close()
      }
    },
  )
})

describe('the candidates that are shown', () => {
  it.skipIf(!installed('fish'))('stand beside their summaries in fish', { timeout: 60_000 }, () => {
    const shown = runLines('fish', 'ocm completion fish | source; complete -C "ocm node status a"')
    expect(shown).toBe(
      'alpha\tAlpha 東京: $(touch pwned) `touch pwned` "q" \\n %s\nalpha-2\tit\'s; [x] * ~ | & < > !\n',
    )
  })

  it('are words only in bash', { timeout: 60_000 }, () => {
    const lines = `source <(ocm completion bash)
      COMP_WORDS=(ocm node list --state = un) COMP_CWORD=5
      _ocm; printf '[%s]' "\${COMPREPLY[@]}"
      COMP_WORDS=(ocm session show alpha agent : main : main --re) COMP_CWORD=9
      _ocm; printf '(%s)' "\${COMPREPLY[@]}"
      COMP_WORDS=(ocm alert mute --node =) COMP_CWORD=4
      _ocm; printf '{%s}' "\${COMPREPLY[@]}"`
    expect(runLines('bash', lines)).toBe('[unreachable][unknown](){alpha}{alpha-2}{0__Odd}')
  })
})
