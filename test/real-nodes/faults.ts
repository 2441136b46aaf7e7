import fs from 'node:fs/promises'
import type { Outcome } from './command.ts'
import { type Gateway, LINKS, OPENCLAW_MODULES, type Seat } from './gateway.ts'
import { type Machine, USER } from './machine.ts'

/** Takes a fault back; resolves when the node is as it was, which for the gateway means that it serves again. */
export type Undo = () => Promise<void>

const USER_UNITS = `/home/${USER}/.config/systemd/user`
const UNIT = `${USER_UNITS}/openclaw-gateway.service`
const DROP_IN = `${UNIT}.d`
const HIDDEN_UNIT = '/opt/ocmrn/openclaw-gateway.service'
const SSH_KEYS = '/etc/ssh'
const HARDENED = '/etc/ssh/sshd_config.d/00-hardened.conf'
const HIDDEN_KEYS = '/etc/ssh/replaced'

/** Where people put the gateway that helps when the first one does not. */
const SECOND: Seat = { profile: 'rescue', port: 19_789 }

/** From the range in which OpenClaw takes an address for one of such a network. */
const TAILNET = '100.64.0.7/32'

/** Accepts on `port` of `address`, says `greeting` to everybody and keeps the connection. */
function listener(address: string, port: number, greeting: string): string {
  return [
    'use IO::Socket::INET;',
    `my $s = IO::Socket::INET->new(LocalAddr => "${address}", LocalPort => ${port}, Listen => 64, ReuseAddr => 1) or die;`,
    `my @kept; while (my $c = $s->accept) { print $c "${greeting}"; $c->flush; push @kept, $c }`,
  ].join(' ')
}

const NOT_OPENCLAW = 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nhi\\n'

/** A listener of its own on a port that is free, as a service of the machine; resolves when it accepts. */
function listen(machine: Machine, unit: string, flags: string, port: number, program: string): Promise<void> {
  const started = `systemd-run --quiet --unit=${unit} ${flags} perl -e '${program}'`
  const accepts = `timeout 20 sh -c "until ss -Hltn sport = :${port} | grep -q .; do sleep 0.05; done"`
  return done(unit, machine.root(`${started} && ${accepts}`))
}

async function done(what: string, outcome: Promise<Outcome>): Promise<void> {
  const { code, stdout, stderr } = await outcome
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${(stderr || stdout).slice(-800)}`)
}

/** Faults of one machine and of what runs on it. They are real: each one is what happens, not a pretence of it. */
function machineFaults(machine: Machine) {
  const root = (command: string) => done(command, machine.root(command))

  return {
    /** The machine goes away without a word and starts again with the same disk. */
    async poweredOff(): Promise<Undo> {
      await machine.powerOff()
      return () => machine.powerOn()
    },

    /** The cable is cut at the node; held connections get neither data nor RST. */
    async linkCut(): Promise<Undo> {
      await machine.linkDown()
      return async () => {
        await machine.linkUp()
        await machine.waitForSsh(30_000)
      }
    },

    /** Every packet is dropped, so that a connection attempt runs into its own time limit. */
    async packetsDropped(): Promise<Undo> {
      await machine.dropPackets(true)
      return async () => {
        await machine.dropPackets(false)
        await machine.waitForSsh(30_000)
      }
    },

    /** No byte of disk is left. */
    async diskFull(): Promise<Undo> {
      await machine.fillDisk()
      return () => machine.growDisk()
    },

    /** A program of somebody else, which speaks HTTP, listens where a gateway would. */
    async portSquatted(port: number): Promise<Undo> {
      await listen(machine, 'squatter', '', port, listener('127.0.0.1', port, NOT_OPENCLAW))
      return () => root('systemctl stop squatter')
    },

    /** Port 22 accepts and never speaks. Held connections live on. */
    async sshdSilent(): Promise<Undo> {
      await root('systemctl stop ssh')
      await listen(machine, 'silent-sshd', '', 22, listener('0.0.0.0', 22, ''))
      return async () => {
        await root('systemctl stop silent-sshd; systemctl start ssh')
        await machine.waitForSsh(30_000)
      }
    },

    /** Every sshd process stands still, also those of held connections; the kernel goes on accepting. */
    async sshdFrozen(): Promise<Undo> {
      await root('pkill -STOP -x sshd')
      return async () => {
        await root('pkill -CONT -x sshd')
        await machine.waitForSsh(30_000)
      }
    },

    /** The login shell runs no command, as on an account that is closed. Held connections and services run on. */
    async commandsRefused(): Promise<Undo> {
      await root(`usermod -s /usr/sbin/nologin ${USER}`)
      return async () => {
        await root(`usermod -s /bin/bash ${USER}`)
        await machine.waitForSsh(30_000)
      }
    },

    /** sshd offers one key exchange, a post-quantum one, as hardened servers do. Held connections live on. */
    async postQuantumOnly(): Promise<Undo> {
      await fs.writeFile(machine.file(HARDENED), 'KexAlgorithms sntrup761x25519-sha512@openssh.com\n')
      await root('systemctl restart ssh')
      await machine.waitForSsh(30_000)
      return async () => {
        await root(`rm ${HARDENED} && systemctl restart ssh`)
        await machine.waitForSsh(30_000)
      }
    },

    /** The node shows another host key than before. The harness's own ssh follows it. */
    async hostKeyChanged(): Promise<Undo> {
      const restartSsh = async () => {
        await root('systemctl restart ssh')
        await machine.trustHostKey()
        await machine.waitForSsh(30_000)
      }
      await root(`mkdir ${HIDDEN_KEYS} && mv ${SSH_KEYS}/ssh_host_* ${HIDDEN_KEYS}/`)
      await root(`ssh-keygen -q -t ed25519 -N '' -f ${SSH_KEYS}/ssh_host_ed25519_key`)
      await restartSsh()
      return async () => {
        await root(`mv -f ${HIDDEN_KEYS}/ssh_host_* ${SSH_KEYS}/ && rmdir ${HIDDEN_KEYS}`)
        await restartSsh()
      }
    },
  }
}

function gatewayFaults(machine: Machine, gateway: Gateway) {
  const root = (command: string) => done(command, machine.root(command))
  const user = (command: string) => done(command, machine.user(command))
  const { node, openclaw } = LINKS

  return {
    /** Somebody stopped the service. */
    async gatewayStopped(): Promise<Undo> {
      await gateway.systemctl('stop')
      return () => gateway.restart()
    },

    /** The service starts, fails at once, and is started again after its usual pause. */
    async gatewayCrashLooping(): Promise<Undo> {
      await gateway.systemctl('stop')
      await user(
        `mkdir -p ${DROP_IN} && printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' > ${DROP_IN}/crash.conf`,
      )
      await user('systemctl --user daemon-reload')
      await gateway.begin()
      return async () => {
        await user(`rm -r ${DROP_IN} && systemctl --user daemon-reload`)
        await gateway.restart()
      }
    },

    /** The process exists and does nothing; its port still accepts connections. */
    async gatewayFrozen(): Promise<Undo> {
      await gateway.systemctl('kill --kill-who=main --signal=STOP')
      return async () => {
        await gateway.systemctl('kill --kill-who=main --signal=CONT')
        await gateway.waitReady()
      }
    },

    /** Another program, which speaks HTTP, has the gateway's port; the service cannot start. */
    async portTaken(): Promise<Undo> {
      await gateway.systemctl('stop')
      const program = listener('127.0.0.1', gateway.port, NOT_OPENCLAW)
      await listen(machine, 'squatter', `--uid=${USER}`, gateway.port, program)
      await gateway.begin()
      return async () => {
        await root('systemctl stop squatter')
        await gateway.restart()
      }
    },

    /** The configuration cannot be parsed, found out by a restart. */
    async configBroken(): Promise<Undo> {
      const good = await gateway.readConfig()
      await gateway.systemctl('stop')
      await gateway.overwriteConfig(good.slice(0, Math.floor(good.length / 2)))
      await gateway.begin()
      return async () => {
        await gateway.overwriteConfig(good)
        await gateway.restart()
      }
    },

    /** The configuration was changed and the gateway started anew; it may now be where only the configuration says. */
    async reconfigured(change: (config: { gateway: object; secrets?: object }) => void): Promise<Undo> {
      const good = await gateway.readConfig()
      const config = JSON.parse(good)
      change(config)
      await gateway.systemctl('stop')
      await gateway.overwriteConfig(JSON.stringify(config))
      await gateway.begin()
      return async () => {
        await gateway.systemctl('stop')
        await gateway.overwriteConfig(good)
        await gateway.restart()
      }
    },

    /**
     * The gateway listens on the node's address in a private network. Before 2026.8.1 it does so on no other; later
     * versions listen on the loopback as well.
     */
    async boundElsewhere(): Promise<Undo> {
      await root(`ip addr add ${TAILNET} dev eth0`)
      const undo = await this.reconfigured((config) => Object.assign(config.gateway, { bind: 'tailnet' }))
      return async () => {
        await undo()
        await root(`ip addr del ${TAILNET} dev eth0`)
      }
    },

    /** The login has a second gateway, whose state directory, unit and port are its own; it serves. */
    async secondGateway(): Promise<{ second: Gateway; undo: Undo }> {
      const second = gateway.beside(SECOND)
      const undo = async () => {
        await second.remove()
        await gateway.waitReady()
      }
      await second.add().catch(async (error: unknown) => {
        await undo()
        throw error
      })
      return { second, undo }
    },

    /** The token is where only OpenClaw itself looks it up. */
    async tokenInStore(): Promise<Undo> {
      const file = `/home/${USER}/.openclaw/secrets.json`
      await user(`umask 077; printf '{"gateway":"%s"}' ${gateway.token} > ${file}`)
      return this.reconfigured((config) => {
        config.secrets = { providers: { own: { source: 'file', path: file, mode: 'json' } } }
        const token = { source: 'file', provider: 'own', id: '/gateway' }
        Object.assign(config.gateway, { auth: { mode: 'token', token } })
      })
    },

    /** Neither service nor program; the state directory is still there, as after an uninstall. */
    async openclawMissing(): Promise<Undo> {
      await gateway.systemctl('disable --now')
      await root(
        `mv ${UNIT} ${HIDDEN_UNIT} && rm ${openclaw[0]} && mount -t tmpfs -o size=4k none ${OPENCLAW_MODULES}`,
      )
      await user('systemctl --user daemon-reload')
      return async () => {
        await root(
          `umount ${OPENCLAW_MODULES} && ln -s ${openclaw[1]} ${openclaw[0]} && mv ${HIDDEN_UNIT} ${UNIT}`,
        )
        await user('systemctl --user daemon-reload')
        await gateway.systemctl('enable')
        await gateway.restart()
      }
    },

    /** Node.js came from nvm: interactive shells find it, `ssh node command` does not. The service runs on. */
    async nodeOffPath(): Promise<Undo> {
      const nvm = `/home/${USER}/.nvm/versions/node/v24.21.0/bin`
      await user(`mkdir -p ${nvm} && ln -s ${node[1]} ${nvm}/node`)
      await fs.appendFile(machine.file(`/home/${USER}/.bashrc`), `export PATH=${nvm}:$PATH\n`)
      await root(`rm ${node[0]}`)
      return async () => {
        await root(`ln -s ${node[1]} ${node[0]}`)
        await user(`rm -r ~/.nvm && sed -i '$d' ~/.bashrc`)
      }
    },

    /** The shared secret was changed on the node, and nobody else was told. */
    async tokenRotated(): Promise<Undo> {
      const before = gateway.token
      await gateway.rotateToken()
      return () => gateway.rotateToken(before)
    },
  }
}

export type MachineFaults = ReturnType<typeof machineFaults>
export type GatewayFaults = ReturnType<typeof gatewayFaults>
export type Faults = MachineFaults & GatewayFaults
export type FaultName = keyof Faults

/** All faults of a node. Those of the gateway reject on a node that has none. */
export function faultsOf(machine: Machine, gateway: Gateway | undefined): Faults {
  if (gateway) return { ...machineFaults(machine), ...gatewayFaults(machine, gateway) }
  const absent = async (): Promise<never> => {
    throw new Error(`${machine.name} has no gateway`)
  }
  return {
    ...machineFaults(machine),
    gatewayStopped: absent,
    gatewayCrashLooping: absent,
    gatewayFrozen: absent,
    portTaken: absent,
    configBroken: absent,
    reconfigured: absent,
    tokenInStore: absent,
    boundElsewhere: absent,
    secondGateway: absent,
    openclawMissing: absent,
    nodeOffPath: absent,
    tokenRotated: absent,
  }
}
