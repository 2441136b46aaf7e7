import { type ProbeFacts, positive } from './probe-facts.ts'

/** Who listens on the gateway port, as far as the login user may see. */
export interface PortFacts {
  /** null when the kernel's table could not be read. */
  listening: boolean | null
  ownerPid: number | null
  ownerName: string | null
  /**
   * Whether the owner is the service's own process or says openclaw in its command line; null when it is hidden, also behind
   * a program that only passes connections on.
   */
  ownedByOpenClaw: boolean | null
}

/**
 * Programs that hold a port for somebody else: published ports of containers, and proxies in front of a gateway. What is
 * behind them shows in what is answered, and not in their names.
 */
const FORWARDERS: ReadonlySet<string> = new Set([
  'docker-proxy',
  'rootlesskit',
  'rootlessport',
  'slirp4netns',
  'pasta',
  'pasta.avx2',
  'gvproxy',
  'conmon',
  'socat',
  'sshd',
  'sshd-session',
  'systemd-socket-',
  'nginx',
  'haproxy',
  'caddy',
  'traefik',
  'envoy',
  'tailscaled',
])

/** Who holds the gateway port, out of a probe's answer. */
export function readPort(facts: ProbeFacts): PortFacts {
  const pid = facts.read('listener_pid', positive)
  const ownerName = facts.raw('listener_name')?.slice(0, 64) ?? null
  const passesOn = ownerName !== null && FORWARDERS.has(ownerName)
  return {
    listening: facts.flag('listening', 'yes', 'no'),
    ownerPid: pid.value,
    ownerName,
    ownedByOpenClaw: facts.flag('listener_openclaw', 'yes', passesOn ? 'never' : 'no'),
  }
}
