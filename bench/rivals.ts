import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inGroup, runCommand } from './accounting.ts'
import { HOST_PROBE, type Lab } from './lab.ts'

/** A way to ask many hosts that is not ours. */
export interface Rival {
  id: string
  label: string
  /** Returns everything that it printed. */
  run(hosts: readonly string[]): Promise<string>
}

const PARALLEL = 32
const FORKS = 50
/** What a rival's name carries when its OpenSSH chooses the key exchange by itself. */
const STOCK = ', stock key exchange'

/** What the old tool asks: the service's state, then the number of agents, each in an ssh process of its own. */
const OLD_COMMANDS = [
  'systemctl --user is-active openclaw-gateway || echo inactive',
  'ls -d ~/.openclaw/agents/*/ 2>/dev/null | wc -l',
]

/** What the old tool asks for the status of one node with six agents: nine handshakes. */
const OLD_STATUS = [
  'systemctl --user is-active openclaw-gateway || echo inactive',
  'du -sh ~/.openclaw 2>/dev/null | cut -f1',
  'uptime -p',
  ...['a1', 'a2', 'a3', 'a4', 'a5'].map(
    (id) => `cat ~/.openclaw/agents/${id}/agent/openclaw.json 2>/dev/null || true`,
  ),
  'cat ~/.openclaw/agents/a6/agent/openclaw.json 2>/dev/null || true',
]

/** Everything that runs in the client's accounting group. */
export function createRivals(
  lab: Lab,
  clientGroup: string,
  available: ReadonlySet<string>,
): Map<string, Rival> {
  writeFileSync(join(lab.folder, 'ansible.cfg'), '[defaults]\n')
  const client = (command: readonly string[], options: Parameters<typeof runCommand>[1] = {}) =>
    runCommand(inGroup(clientGroup, command), options)
  const hostsFile = (hosts: readonly string[]) => {
    const path = join(lab.folder, 'hosts')
    writeFileSync(path, `${hosts.join('\n')}\n`)
    return path
  }
  const inventory = (hosts: readonly string[]) => {
    const path = join(lab.folder, 'inventory')
    writeFileSync(
      path,
      `[fleet]\n${hosts.join('\n')}\n[fleet:vars]\nansible_python_interpreter=/usr/bin/python3\n`,
    )
    return path
  }
  const sockets = (name: string) => {
    const folder = join(lab.folder, name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }
  const ansible =
    (module: 'raw' | 'shell', warm: boolean, sshConfig: string) => async (hosts: readonly string[]) => {
      const control = warm
        ? `-o ControlMaster=auto -o ControlPersist=600 -o ControlPath=${sockets(`ansible-${module}`)}/%C`
        : '-o ControlMaster=no -o ControlPath=none'
      const { stdout, stderr } = await client(
        ['ansible', 'fleet', '-i', inventory(hosts), '-f', String(FORKS), '-m', module, '-a', HOST_PROBE],
        {
          env: {
            HOME: lab.folder,
            ANSIBLE_CONFIG: join(lab.folder, 'ansible.cfg'),
            ANSIBLE_PIPELINING: 'True',
            ANSIBLE_SSH_ARGS: `-F ${sshConfig} ${control}`,
            ANSIBLE_NOCOLOR: '1',
            ANSIBLE_LOCALHOST_WARNING: 'False',
            PYTHONWARNINGS: 'ignore',
            LC_ALL: 'C.UTF-8',
          },
        },
      )
      if (stderr !== '') throw new Error(`ansible: ${stderr}`)
      return stdout.replaceAll('\r', '')
    }
  /** Each answer into a file of its own: through one pipe the lines of parallel programs would mix. */
  const xargs = (options: string) => async (hosts: readonly string[]) => {
    const answers = join(lab.folder, 'answers')
    rmSync(answers, { recursive: true, force: true })
    mkdirSync(answers)
    const one = `exec ssh -n -F ${lab.sshConfig} ${options} "$1" "$2" >${answers}/"$1"`
    const command = ['xargs', `-P${PARALLEL}`, '-I{}', 'sh', '-c', one, 'sh', '{}', HOST_PROBE]
    await client(command, { stdin: `${hosts.join('\n')}\n` })
    return readdirSync(answers)
      .map((host) => readFileSync(join(answers, host), 'utf8'))
      .join('')
  }
  const oldWay = (id: string, suffix: string, sshConfig: string): Rival => ({
    id,
    label: `\`ssh\` one after another, two per node (the old tool's way)${suffix}`,
    async run(hosts) {
      const script = `while read -r host; do for command in "$1" "$2"; do ssh -n -F "$0" "$host" "$command"; done; done`
      const command = ['/bin/sh', '-c', script, sshConfig, ...OLD_COMMANDS]
      return (await client(command, { stdin: `${hosts.join('\n')}\n` })).stdout
    },
  })
  const rivals: Rival[] = [
    oldWay('old', '', lab.sshConfig),
    oldWay('old-stock', STOCK, lab.stockSshConfig),
    {
      id: 'old-status',
      label: "nine `ssh` one after another (the old tool's `status` with 6 agents)",
      async run(hosts) {
        const script = 'host=$1; shift; for command; do ssh -n -F "$0" "$host" "$command"; done'
        return (await client(['/bin/sh', '-c', script, lab.sshConfig, hosts[0] ?? '', ...OLD_STATUS])).stdout
      },
    },
    { id: 'xargs', label: '`xargs -P32 ssh`', run: xargs('-o ControlPath=none') },
    {
      id: 'master',
      label: '`xargs -P32 ssh`, warm ControlMaster',
      run: (hosts) =>
        xargs(`-o ControlMaster=auto -o ControlPersist=600 -o ControlPath=${sockets('master')}/%C`)(hosts),
    },
  ]
  if (available.has('parallel-ssh'))
    rivals.push({
      id: 'pssh',
      label: `\`parallel-ssh -p ${PARALLEL}\``,
      async run(hosts) {
        const args = [
          '-i',
          '-p',
          String(PARALLEL),
          '-t',
          '60',
          '-h',
          hostsFile(hosts),
          '-x',
          `-F ${lab.sshConfig}`,
        ]
        return (await client(['parallel-ssh', ...args, HOST_PROBE])).stdout
      },
    })
  if (available.has('ansible'))
    for (const module of ['raw', 'shell'] as const)
      rivals.push(
        {
          id: `ansible-${module}`,
          label: `\`ansible -m ${module}\`, cold`,
          run: ansible(module, false, lab.sshConfig),
        },
        {
          id: `ansible-${module}-stock`,
          label: `\`ansible -m ${module}\`, cold${STOCK}`,
          run: ansible(module, false, lab.stockSshConfig),
        },
        {
          id: `ansible-${module}-warm`,
          label: `\`ansible -m ${module}\`, warm`,
          run: ansible(module, true, lab.sshConfig),
        },
      )
  return new Map(rivals.map((rival) => [rival.id, rival]))
}

/** The answers to {@link HOST_PROBE} in an output, numbers masked: equal work gives equal bytes. */
export function maskedAnswers(output: string): string[] {
  return [...output.matchAll(/<<host-probe\n([\s\S]*?)host-probe>>/g)].map(([, answer = '']) =>
    answer.replace(/\d+(\.\d+)?/g, '#').replace(/ +/g, ' '),
  )
}

/** Fails when an output does not hold exactly `count` complete answers, all equal to `reference`. */
export function checkAnswers(output: string, count: number, reference: string, who: string): void {
  const answers = maskedAnswers(output)
  const wrong = answers.find((answer) => answer !== reference)
  if (answers.length === count && wrong === undefined) return
  throw new Error(
    `${who}: ${answers.length} answers instead of ${count}${wrong === undefined ? '' : `, one of them: ${wrong}`}`,
  )
}
