import type { NodeRecord, UnitSetting } from '../../registry/schema.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { ServiceFacts, SessionFacts } from './snapshot.ts'

/**
 * The name of the systemd user unit that `openclaw gateway install` writes: `openclaw-gateway`, or with the profile's
 * name when the state directory is `~/.openclaw-<profile>`.
 */
export function unitName(ocPath: string | null): string {
  const profile = /\/\.openclaw-([A-Za-z0-9][\w.-]*)\/?$/.exec(ocPath ?? '')?.[1]
  return profile === undefined ? 'openclaw-gateway.service' : `openclaw-gateway-${profile}.service`
}

/** The unit that runs the gateway of a node: the one that was named, else the one that OpenClaw itself writes. */
export function unitOf({ unit, ocPath }: Pick<NodeRecord, 'unit' | 'ocPath'>): UnitSetting {
  return unit ?? { name: unitName(ocPath), level: 'user' }
}

/** A unit as one argument of a script; no name has a slash of its own. */
export function unitArgument({ name, level }: UnitSetting): string {
  return level === 'system' ? `system/${name}` : name
}

/** Whose unit runs the gateway; null where none does, or nobody knows. */
export function unitLevel({ kind }: Pick<ServiceFacts, 'kind'>): UnitSetting['level'] | null {
  if (kind.value === 'systemd-user') return 'user'
  return kind.value === 'systemd-system' ? 'system' : null
}

const ENTRY = /\/(?:openclaw|openclaw-gateway|openclaw\.mjs|dist\/index\.m?js|dist\/entry\.js)$/

/** Whether an `ExecStart` as `systemctl show` prints it starts OpenClaw, by the same words that the probe takes. */
export function startsOpenClaw(exec: string): boolean {
  return exec.split(/[\s=;]+/).some((word) => ENTRY.test(word))
}

/** `systemctl` for a unit of the machine: by root itself, or by whoever may do so with sudo and without a password. */
function systemSystemctl(rest: ShellCommand): ShellCommand {
  return sh`if [ "$(id -u)" = 0 ]; then LC_ALL=C systemctl --system ${rest}; else LC_ALL=C sudo -n systemctl ${rest}; fi`
}

/** Ends with 0 where the login may restart a unit of the machine. Asks only; nothing is restarted. */
export function mayRestartCommand(unit: string): ShellCommand {
  return sh`[ "$(id -u)" = 0 ] || sudo -n -l systemctl restart ${unit} >/dev/null 2>&1`
}

/** Ends with 0 where the login may stop and start a unit of the machine. Asks only. */
export function mayStopCommand(unit: string): ShellCommand {
  return sh`[ "$(id -u)" = 0 ] || { sudo -n -l systemctl stop ${unit} && sudo -n -l systemctl start ${unit}; } >/dev/null 2>&1`
}

function systemctl(level: UnitSetting['level'], rest: ShellCommand): ShellCommand {
  return level === 'system' ? systemSystemctl(rest) : userSystemctl(rest)
}

/**
 * `systemctl --user` with the runtime directory set: without PAM (su, cron, `UsePAM no`) it is missing and systemctl
 * does not find the user's bus.
 */
function userSystemctl(rest: ShellCommand): ShellCommand {
  return sh`: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u)}"; export XDG_RUNTIME_DIR; LC_ALL=C systemctl --user ${rest}`
}

/**
 * Restarts the unit. `--no-block` is left out on purpose: the exit status says whether systemd took the job, but
 * ready means that the gateway answers, which comes 10 to 60 s later.
 */
export function restartCommand(unit: string, level: UnitSetting['level'] = 'user'): ShellCommand {
  return systemctl(level, sh`restart ${unit}`)
}

/** Stops the unit; systemctl waits for the end of the old process, which may let turns finish for minutes. */
export function stopCommand(unit: string, level: UnitSetting['level']): ShellCommand {
  return systemctl(level, sh`stop ${unit}`)
}

/** Starts the unit. That it took the job does not mean that the gateway answers. */
export function startCommand(unit: string, level: UnitSetting['level']): ShellCommand {
  return systemctl(level, sh`start ${unit}`)
}

/** Prints `ActiveState=…` and `MainPID=…` of the unit. */
export function unitStateCommand(unit: string, level: UnitSetting['level']): ShellCommand {
  return systemctl(level, sh`show ${unit} -p ActiveState -p MainPID`)
}

/** Prints `LoadState=…` and `UnitFileState=…` of the login's unit; `not-found` once its file is gone and systemd knows it. */
export function unitFileCommand(unit: string): ShellCommand {
  return userSystemctl(sh`show ${unit} -p LoadState -p UnitFileState`)
}

/** Takes the login's unit out of every start of the machine. */
export function disableCommand(unit: string): ShellCommand {
  return userSystemctl(sh`disable ${unit}`)
}

/** Has systemd read the login's units anew, after one was removed. */
export function reloadUnitsCommand(): ShellCommand {
  return userSystemctl(sh`daemon-reload`)
}

/** Clears a start limit that was hit; without it such a unit refuses to start. */
export function resetFailedCommand(unit: string, level: UnitSetting['level'] = 'user'): ShellCommand {
  return systemctl(level, sh`reset-failed ${unit}`)
}

/** The sessions whose turn is running now, longest first; 2026.2.17 says it of none. */
export function sessionsRunning(sessions: readonly SessionFacts[]): SessionFacts[] {
  return sessions
    .filter((session) => session.running === true)
    .toSorted((a, b) => (a.startedAt ?? Infinity) - (b.startedAt ?? Infinity))
}
