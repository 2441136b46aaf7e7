import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { eventually, must, type Outcome, run } from './command.ts'

/** The login user of every machine, its uid, and the administrator that may use sudo. */
export const USER = 'oc'
export const ADMIN = 'admin'
export const USER_ID = 1000

/** Everything of a fleet on this host lies here; cleanup.sh knows the same place and the same names. */
export const RUN_DIRECTORY = '/run/ocmrn'

const BOOT_MS = 60_000
const CONTAINER_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Gives systemd-nspawn a control group of its own before it starts. Without that, several containers started from one
 * control group share their trees, and the systemd of one waits for (or kills) the services of another.
 */
const ENTER_CGROUP = `
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  [ -w "$hierarchy/cgroup.procs" ] || continue
  mkdir -p "$hierarchy/$0" && echo $$ > "$hierarchy/$0/cgroup.procs"
done
exec systemd-nspawn "$@"`

/**
 * What systemd-nspawn starts, and the name of PID 1 then. A lone sshd logs to the console. The systemd of Debian 13 boots
 * only with that word where the host has the old control groups; others do not know it.
 */
const PROGRAM = {
  systemd: { comm: 'systemd', flags: ['--boot'], program: ['SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'] },
  sshd: {
    comm: '(sd-stubinit)',
    flags: ['--as-pid2'],
    program: ['sh', '-c', 'mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e'],
  },
} as const

export interface MachineSpec {
  /** Host name of the machine, unique in its fleet. */
  readonly name: string
  /** The read-only root file system below the machine's own disk. */
  readonly base: string
  /** What runs on it: systemd with all services, or an sshd alone with the defaults of its package. Default systemd. */
  readonly runs?: 'systemd' | 'sshd'
  /** Host directories shown read-only inside: path on the host, path in the machine. */
  readonly binds: ReadonlyArray<readonly [string, string]>
  /** Size of the machine's own disk, in MiB of RAM when full. */
  readonly diskMb: number
}

export interface FleetPlace {
  /** Four hexadecimal digits, part of every name on the host. */
  readonly id: string
  readonly directory: string
  /** Private key that logs in as `oc` and as `admin`. */
  readonly keyPath: string
  readonly publicKey: string
}

/** Takes a network number no other fleet on this host uses. The link names its owner, so cleanup.sh can free it. */
async function claimNetwork(fleetId: string): Promise<number> {
  for (let number = 1; number <= 250; number++) {
    try {
      await fs.symlink(fleetId, path.join(RUN_DIRECTORY, `net-${number}`))
      return number
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error('all 250 networks are in use')
}

/** One Debian machine: systemd as PID 1, sshd, a network and a disk of its own, which outlives a power-off. */
export class Machine {
  readonly name: string
  readonly host: string
  readonly keyPath: string
  readonly #spec: MachineSpec
  readonly #id: string
  readonly #directory: string
  #process: ChildProcess | undefined
  #leader: number | undefined

  private constructor(spec: MachineSpec, place: FleetPlace, network: number) {
    this.name = spec.name
    this.host = `10.77.${network}.2`
    this.keyPath = place.keyPath
    this.#spec = spec
    this.#id = `ocmrn-${place.id}-${network}`
    this.#directory = path.join(place.directory, String(network))
  }

  /** Makes disk, network, identity and logins; the machine is still off, so its files can be prepared with `file`. */
  static async create(place: FleetPlace, spec: MachineSpec): Promise<Machine> {
    const network = await claimNetwork(place.id)
    const machine = new Machine(spec, place, network)
    await machine.#makeDisk()
    await machine.#makeNetwork(network)
    await machine.#makeIdentity(place.publicKey)
    return machine
  }

  async #makeDisk(): Promise<void> {
    const disk = path.join(this.#directory, 'disk')
    const root = this.file('/')
    await fs.mkdir(disk, { recursive: true })
    await fs.mkdir(root)
    await must('mount', ['-t', 'tmpfs', '-o', `size=${this.#spec.diskMb}m,mode=755`, this.#id, disk])
    await fs.mkdir(path.join(disk, 'upper'))
    await this.#mountRoot()
  }

  async #mountRoot(): Promise<void> {
    const disk = this.scratch('disk')
    const root = this.file('/')
    await fs.mkdir(path.join(disk, 'work'))
    const layers = `lowerdir=${this.#spec.base},upperdir=${disk}/upper,workdir=${disk}/work`
    await must('mount', ['-t', 'overlay', '-o', layers, this.#id, root])
  }

  /** Keeps a copy of all that is on the disk now, for `putDiskBack`. */
  async keepDisk(): Promise<void> {
    const disk = this.scratch('disk')
    await fs.rm(path.join(disk, 'kept'), { recursive: true, force: true })
    await must('cp', ['-a', path.join(disk, 'upper'), path.join(disk, 'kept')])
  }

  /** Makes a machine that is off what it was at `keepDisk`: its disk, its size and its network. */
  async putDiskBack(): Promise<void> {
    const disk = this.scratch('disk')
    await this.growDisk()
    await must('umount', [this.file('/')])
    for (const layer of ['upper', 'work']) await fs.rm(path.join(disk, layer), { recursive: true })
    await must('cp', ['-a', path.join(disk, 'kept'), path.join(disk, 'upper')])
    await this.#mountRoot()
    await this.trustHostKey()
    await must('ip', ['netns', 'exec', this.#id, 'iptables', '-w', '-F'])
  }

  async #makeNetwork(network: number): Promise<void> {
    const id = this.#id
    await must('ip', ['netns', 'add', id])
    await must('ip', ['link', 'add', id, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', id])
    await must('ip', ['addr', 'add', `10.77.${network}.1/24`, 'dev', id])
    await must('ip', ['link', 'set', id, 'up'])
    await must('ip', ['-n', id, 'addr', 'add', `${this.host}/24`, 'dev', 'eth0'])
    await must('ip', ['-n', id, 'link', 'set', 'lo', 'up'])
    await must('ip', ['-n', id, 'link', 'set', 'eth0', 'up'])
  }

  async #makeIdentity(publicKey: string): Promise<void> {
    await fs.writeFile(this.file('/etc/hostname'), `${this.name}\n`)
    await fs.writeFile(this.file('/etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${this.name}\n`)
    await fs.writeFile(this.file('/etc/machine-id'), `${crypto.randomBytes(16).toString('hex')}\n`)
    const hostKey = this.file('/etc/ssh/ssh_host_ed25519_key')
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', this.name, '-f', hostKey])
    await this.trustHostKey()
    for (const [user, id] of [
      [USER, USER_ID],
      [ADMIN, USER_ID + 1],
    ] as const) {
      await this.writeAs(id, `/home/${user}/.ssh/authorized_keys`, `${publicKey}\n`, 0o600)
    }
    await fs.mkdir(this.file('/var/lib/systemd/linger'), { recursive: true })
    await fs.writeFile(this.file(`/var/lib/systemd/linger/${USER}`), '')
  }

  /** Path on this host of a file on the machine's disk, usable while it is on and while it is off. */
  file(inside: string): string {
    return path.join(this.#directory, 'root', inside)
  }

  /** Path on this host of a scratch file that belongs to this machine. */
  scratch(name: string): string {
    return path.join(this.#directory, name)
  }

  /** Writes a file on the disk, owned by `uid` like every directory that has to be made for it. */
  async writeAs(uid: number, inside: string, content: string, mode = 0o644): Promise<void> {
    const made = await fs.mkdir(path.dirname(this.file(inside)), { recursive: true, mode: 0o700 })
    await fs.writeFile(this.file(inside), content, { mode })
    await must('chown', ['-R', `${uid}:${uid}`, made ?? this.file(inside)])
  }

  /** The machine's present public host key, as `ssh-ed25519 AAAA…`. */
  async hostKey(): Promise<string> {
    const line = await fs.readFile(this.file('/etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
    return line.split(' ').slice(0, 2).join(' ')
  }

  /** Makes `ssh` accept the machine's present host key, and no other. */
  async trustHostKey(): Promise<void> {
    await fs.writeFile(this.scratch('known_hosts'), `${this.host} ${await this.hostKey()}\n`)
  }

  get isOn(): boolean {
    return this.#process !== undefined
  }

  /** Starts the machine; resolves when a login over ssh works. */
  async powerOn(): Promise<void> {
    if (this.#process) throw new Error(`${this.name} is on`)
    await must('ip', ['-n', this.#id, 'link', 'set', 'eth0', 'up'])
    const console = await fs.open(this.scratch('console.log'), 'a')
    const binds = this.#spec.binds.map(([from, to]) => `--bind-ro=${from}:${to}`)
    const { flags: how, program } = PROGRAM[this.#spec.runs ?? 'systemd']
    const flags = [
      `--directory=${this.file('/')}`,
      ...how,
      '--register=no',
      '--keep-unit',
      '--console=pipe',
      `--machine=${this.#id}`,
      `--hostname=${this.name}`,
      `--network-namespace-path=/run/netns/${this.#id}`,
      '--resolv-conf=off',
      '--timezone=off',
    ]
    const child = spawn('sh', ['-c', ENTER_CGROUP, this.#id, ...flags, ...binds, ...program], {
      stdio: ['ignore', console.fd, console.fd],
      detached: true,
    })
    this.#process = child
    child.on('exit', () => {
      this.#process = undefined
      this.#leader = undefined
    })
    await console.close()
    await this.waitForSsh(BOOT_MS)
  }

  /** As if the plug were pulled: no service is stopped, no connection is closed. The disk stays. */
  async powerOff(): Promise<void> {
    await must('ip', ['-n', this.#id, 'link', 'set', 'eth0', 'down'])
    // Killing systemd-nspawn itself would leave its container running without it; PID 1 takes everything along.
    process.kill(await this.#findLeader(), 'SIGKILL')
    await eventually(`${this.name} is off`, 20_000, async () => (this.#process ? undefined : true))
  }

  async waitForSsh(timeoutMs: number): Promise<void> {
    await eventually(`${this.name} answers ssh`, timeoutMs, async () => {
      if (!this.#process) throw new Error(`${this.name} ended at boot: ${await this.#consoleTail()}`)
      const outcome = await this.ssh('true', { connectSeconds: 2 }).catch(() => undefined)
      return outcome?.code === 0 || undefined
    })
  }

  /** All that the machine has printed; what a lone sshd logs is here. */
  consoleText(): Promise<string> {
    return fs.readFile(this.scratch('console.log'), 'utf8').catch(() => '')
  }

  async #consoleTail(): Promise<string> {
    return (await this.consoleText()).slice(-800)
  }

  /** PID on this host of the machine's PID 1. */
  async #findLeader(): Promise<number> {
    if (this.#leader) return this.#leader
    const pid = this.#process?.pid
    if (!pid) throw new Error(`${this.name} is off`)
    const { comm } = PROGRAM[this.#spec.runs ?? 'systemd']
    const children = await fs.readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    for (const child of children.trim().split(' ').map(Number)) {
      const command = await fs.readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')
      if (command.trim() === comm) this.#leader = child
    }
    if (!this.#leader) throw new Error(`${this.name} has no PID 1`)
    return this.#leader
  }

  /** Runs a shell command over a connection of its own with the machine's OpenSSH, as `oc` unless told otherwise. */
  ssh(
    command: string,
    options: { user?: string; input?: string; timeoutMs?: number; connectSeconds?: number } = {},
  ): Promise<Outcome> {
    return run('ssh', this.sshWords(command, options), options)
  }

  /** The same as `oc`, and this whole process stands still meanwhile: nothing happens between what it does and what follows. */
  sshNow(command: string): void {
    execFileSync('ssh', this.sshWords(command, {}), { stdio: 'ignore', timeout: 300_000 })
  }

  /** The arguments with which `ssh` runs a command there. */
  sshWords(
    command: string,
    { user = USER, connectSeconds = 10 }: { user?: string; connectSeconds?: number },
  ): string[] {
    const settings = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'GlobalKnownHostsFile=none',
      `UserKnownHostsFile=${this.scratch('known_hosts')}`,
      `ConnectTimeout=${connectSeconds}`,
    ].flatMap((setting) => ['-o', setting])
    return ['-F', 'none', '-i', this.keyPath, ...settings, `${user}@${this.host}`, command]
  }

  async #enter(argv: readonly string[], options: { input?: string; timeoutMs?: number }): Promise<Outcome> {
    const leader = await this.#findLeader()
    const into = ['--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd']
    return run('nsenter', ['--target', String(leader), ...into, '--', '/usr/bin/env', '-i', ...argv], options)
  }

  /** Runs a shell command as root from outside, so that it works without network and sshd too. */
  root(command: string, options: { input?: string; timeoutMs?: number } = {}): Promise<Outcome> {
    return this.#enter([CONTAINER_PATH, 'HOME=/root', 'sh', '-c', command], options)
  }

  /** Runs a shell command as `oc` with its user bus, from outside. */
  user(command: string, options: { input?: string; timeoutMs?: number } = {}): Promise<Outcome> {
    const environment = [`XDG_RUNTIME_DIR=/run/user/${USER_ID}`, `HOME=/home/${USER}`, CONTAINER_PATH]
    const argv = ['runuser', '-u', USER, '--', 'env', ...environment, 'sh', '-c', command]
    return this.#enter([CONTAINER_PATH, ...argv], options)
  }

  /** Lays a cable to another machine, past this host. Returns the address that the other has at its end. */
  async cableTo(other: Machine): Promise<string> {
    const [here, there] = [this, other].map((one) => one.host.split('.')[2])
    await must('ip', [
      'link',
      'add',
      `to${there}`,
      'netns',
      this.#id,
      'type',
      'veth',
      'peer',
      `to${here}`,
      'netns',
      other.#id,
    ])
    const end = (number: number) => `10.78.${Number(here)}.${number}`
    for (const [id, device, number] of [
      [this.#id, `to${there}`, 1],
      [other.#id, `to${here}`, 2],
    ] as const) {
      await must('ip', ['-n', id, 'addr', 'add', `${end(number)}/24`, 'dev', device])
      await must('ip', ['-n', id, 'link', 'set', device, 'up'])
    }
    return end(2)
  }

  /** Cuts the cable at the machine: nothing arrives any more and nothing is refused. */
  async linkDown(): Promise<void> {
    await must('ip', ['-n', this.#id, 'link', 'set', 'eth0', 'down'])
  }

  async linkUp(): Promise<void> {
    await must('ip', ['-n', this.#id, 'link', 'set', 'eth0', 'up'])
  }

  /** Drops every packet at the machine while its address still answers ARP: a black hole, as behind a firewall. */
  async dropPackets(drop: boolean): Promise<void> {
    for (const chain of ['INPUT', 'OUTPUT']) {
      const device = chain === 'INPUT' ? '-i' : '-o'
      const rule = [drop ? '-I' : '-D', chain, device, 'eth0', '-j', 'DROP']
      await must('ip', ['netns', 'exec', this.#id, 'iptables', '-w', ...rule])
    }
  }

  /** Lets the machine send no more than so many megabits a second, as its cable would. */
  async limitRate(megabits: number): Promise<void> {
    const shape = ['rate', `${megabits}mbit`, 'burst', '256k', 'latency', '50ms']
    await must('tc', ['-n', this.#id, 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...shape])
  }

  /** Lets a connection of the machine die after so many unanswered tries, instead of a quarter of an hour. */
  async giveUpAfter(retries: number): Promise<void> {
    const write = `echo ${retries} > /proc/sys/net/ipv4/tcp_retries2`
    await must('ip', ['netns', 'exec', this.#id, 'sh', '-c', write])
  }

  /** Shrinks the disk to what is on it, so that every further byte meets ENOSPC. */
  async fillDisk(): Promise<void> {
    await eventually('the disk is full', 10_000, async () => {
      const usage = await fs.statfs(this.scratch('disk'))
      // tmpfs refuses a size below its use, and a running node may have written since; then it is measured again.
      const used = (usage.blocks - usage.bfree) * usage.bsize
      return (await this.#resizeDisk(String(used))).code === 0 || undefined
    })
  }

  async growDisk(): Promise<void> {
    const outcome = await this.#resizeDisk(`${this.#spec.diskMb}m`)
    if (outcome.code !== 0) throw new Error(`the disk cannot grow: ${outcome.stderr}`)
  }

  #resizeDisk(size: string): Promise<Outcome> {
    return run('mount', ['-o', `remount,size=${size}`, this.scratch('disk')])
  }
}
