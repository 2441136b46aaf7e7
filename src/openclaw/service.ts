import type { ShellCommand } from '../ssh/shell-quote.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { SessionFacts } from './snapshot.ts'

/**
 * The name of the systemd user unit that `openclaw gateway install` writes: `openclaw-gateway`, or with the profile's
 * name when the state directory is `~/.openclaw-<profile>`.
 */
export function unitName(ocPath: string | null): string {
  const profile = /\/\.openclaw-([A-Za-z0-9][\w.-]*)\/?$/.exec(ocPath ?? '')?.[1]
  return profile === undefined ? 'openclaw-gateway.service' : `openclaw-gateway-${profile}.service`
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
export function restartCommand(unit: string): ShellCommand {
  return userSystemctl(sh`restart ${unit}`)
}

/** Clears a start limit that was hit; without it such a unit refuses to start. */
export function resetFailedCommand(unit: string): ShellCommand {
  return userSystemctl(sh`reset-failed ${unit}`)
}

/** The sessions whose turn is running now, longest first; 2026.2.17 says it of none. */
export function sessionsRunning(sessions: readonly SessionFacts[]): SessionFacts[] {
  return sessions
    .filter((session) => session.running === true)
    .toSorted((a, b) => (a.startedAt ?? Infinity) - (b.startedAt ?? Infinity))
}
