import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayControl, SessionSpec, SshControl } from './control.ts'
import type { GatewayService } from './host/service.ts'
import { newToken } from './host/state-folder.ts'
import { mergePatch } from './openclaw/config-file.ts'
import type { SessionState } from './openclaw/sessions.ts'
import type { OpenClawState } from './openclaw/state.ts'
import type { Json } from './recorded.ts'
import type { SshHost } from './ssh/ssh-host.ts'

/** The session with this key. @throws Error when the node has none */
export function sessionOf(openclaw: OpenClawState, key: string): SessionState {
  const session = openclaw.sessions.get(key)
  if (!session) throw new Error(`${openclaw.hostname} has no session ${key}`)
  return session
}

/** What tests and the demo may do to a node's gateway. */
export function gatewayControl(parts: {
  nodeId: string
  openclaw: OpenClawState
  service: GatewayService
  setSession: (key: string, change: Partial<SessionSpec>) => void
}): GatewayControl {
  const { nodeId, openclaw, service, setSession } = parts
  const idleSession = () => openclaw.sessions.all().find((session) => session.status !== 'running')
  return {
    grow: async (key, tokens) => {
      if (!service.gateway?.ready) throw new Error(`the gateway of node ${nodeId} is not ready`)
      return await openclaw.turns.run(sessionOf(openclaw, key), tokens, 'Please go on.')
    },
    startTurn: (key) => {
      const session = key === undefined ? idleSession() : sessionOf(openclaw, key)
      if (!session) throw new Error(`node ${nodeId} has no idle session for a turn`)
      openclaw.turns.hold(session)
    },
    endTurn: () => openclaw.turns.release(),
    freeze: () => service.gateway?.freeze(),
    thaw: () => service.gateway?.thaw(),
    crash: () => service.crash(),
    failStarts: (status) => service.failStarts(status),
    spoilRelease: (version, flaw) => service.spoilRelease(version, flaw),
    rotateToken: () => {
      const token = newToken()
      openclaw.config.write(mergePatch(openclaw.config.read(), { gateway: { auth: { token } } }) as Json)
      openclaw.apply()
      return token
    },
    startService: () => service.start(),
    stopService: () => service.stop(),
    restartService: () => service.restart(),
    sessions: () => openclaw.sessions.all().map((session) => openclaw.sessions.snapshot(session)),
    agents: () => openclaw.agents.map(({ id }) => id),
    spoilAnswer: (method, how) => {
      openclaw.faults.set(method, how)
    },
    setSession,
    setChannel: (id, change) => {
      const channel = openclaw.channels.get(id)
      if (!channel) throw new Error(`node ${nodeId} has no channel ${id}`)
      Object.assign(channel, change)
    },
    log: (level, message) => openclaw.log.gateway('gateway', message, level),
    logLines: () => openclaw.log.messages(),
  }
}

/** What tests and the demo may do to a node's network and SSH server. */
export function sshControl(host: SshHost, home: string): SshControl {
  return {
    goDark: (newConnections = 'silent') => host.goDark(newConnections),
    comeBack: () => host.comeBack(),
    dropConnections: () => host.dropConnections(),
    changeHostKey: () => host.changeHostKey(),
    allowForwarding: (allowed) => host.allowForwarding(allowed),
    delay: (ms) => host.delay(ms),
    setShellNoise: (text) => {
      const file = join(home, '.bashrc')
      if (text === null) rmSync(file, { force: true })
      else writeFileSync(file, `printf '%s\\n' '${text.replaceAll("'", "'\\''")}'\n`)
    },
  }
}
