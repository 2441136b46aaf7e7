import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { type ShellCommand, sh } from '../ssh/shell-quote.ts'
import type { NodeLink } from './ports.ts'

/** Why a node did not let something be mended. `other-name`: the same file stands elsewhere as well. */
export const MEND_FAULTS = ['link', 'other-name', 'gone', 'not-allowed'] as const

/** What a node let us do: null when it ended as wanted. `detail` is what it said, untrusted. */
export type Mended = { why: (typeof MEND_FAULTS)[number]; detail: string } | null

type Link = Pick<NodeLink, 'exec' | 'nodeId'>

/** How the script for a file ends where it changed nothing. */
const REFUSALS: Readonly<Record<number, (typeof MEND_FAULTS)[number]>> = {
  3: 'link',
  4: 'gone',
  6: 'other-name',
}
const DETAIL = 300

/**
 * Takes the permissions of others from one file or folder. What is opened is compared with what the path names before
 * anything is done to it, so no link is followed, also none that is put there meanwhile.
 * @throws what {@link NodeLink.exec} throws
 */
export async function closeToOthers(
  link: Link,
  { state, path, folder }: { state: string | null; path: string; folder: boolean },
  limits: CallLimits,
): Promise<Mended> {
  const { code, stderr } = await link.exec(closeCommand(state ?? '', path, folder), limits)
  if (code === 0) return null
  return { why: REFUSALS[code ?? -1] ?? 'not-allowed', detail: stderr.trim().slice(-DETAIL) }
}

function closeCommand(state: string, path: string, folder: boolean): ShellCommand {
  const [mode, type] = folder ? ['700', '-d'] : ['600', '-f']
  return sh`${stateFolder(state)}; f=${path}; LC_ALL=C; export LC_ALL
[ -e "$f" ] || exit 4
[ ${type} "$f" ] || exit 3
case $f in "$s"/*) b=$s ;; "$HOME"/*) b=$HOME ;; *) b=\${f%/*} ;; esac
[ "$(readlink -f -- "$f")" = "$(readlink -f -- "$b")\${f#"$b"}" ] && [ ! -L "$f" ] || exit 3
{ set -- $(stat -L -c '%d:%i %u %h' /proc/self/fd/3)
[ "$1" = "$(stat -c '%d:%i' -- "$f")" ] && [ ${type} /proc/self/fd/3 ] || exit 3
[ "$2" = "$(id -u)" ] || exit 5
[ ${type} = -d ] || [ "$3" = 1 ] || exit 6
chmod ${mode} /proc/self/fd/3; } 3<"$f" || exit 5`
}

/**
 * Lets the login's services outlive its last login: as itself, else as root where sudo asks for no password.
 * @throws what {@link NodeLink.exec} throws
 */
export async function enableLinger(link: Link, user: string, limits: CallLimits): Promise<Mended> {
  const { code, stderr } = await link.exec(lingerCommand(user), limits)
  return code === 0 ? null : { why: 'not-allowed', detail: stderr.trim().slice(-DETAIL) }
}

/** What {@link enableLinger} runs. */
export function lingerCommand(user: string): ShellCommand {
  return sh`loginctl enable-linger ${user} || sudo -n loginctl enable-linger ${user}`
}

/** Where the configuration from before a change lies beside it; it holds what the configuration holds. */
const KEPT = 'openclaw.json.before-fix'

/** Puts a copy of the configuration beside it, for the owner alone. @throws remote-command-failed, as the link does */
export async function keepConfig(link: Link, state: string | null, limits: CallLimits): Promise<void> {
  await must(
    link,
    sh`${stateFolder(state ?? '')}; umask 077; k=$s/${KEPT}
rm -f -- "$k.part" && cat -- "$s"/openclaw.json >"$k.part" && mv -f -- "$k.part" "$k"`,
    limits,
  )
}

/** Puts the copy in the place of the configuration. @throws remote-command-failed, as the link does */
export async function putConfigBack(link: Link, state: string | null, limits: CallLimits): Promise<void> {
  await must(link, sh`${stateFolder(state ?? '')}; mv -f -- "$s"/${KEPT} "$s"/openclaw.json`, limits)
}

/** Removes the copy. @throws remote-command-failed, as the link does */
export async function dropKeptConfig(link: Link, state: string | null, limits: CallLimits): Promise<void> {
  await must(link, sh`${stateFolder(state ?? '')}; rm -f -- "$s"/${KEPT}`, limits)
}

/** Sets `s` to the state directory of the registry, or to OpenClaw's own for ''. */
export function stateFolder(state: string): ShellCommand {
  return sh`s=${state}; case $s in '') s=$HOME/.openclaw ;; '~/'*) s=$HOME/\${s#??} ;; esac`
}

async function must(link: Link, command: ShellCommand, limits: CallLimits): Promise<void> {
  const { code, stderr } = await link.exec(command, limits)
  if (code !== 0)
    throw new OperatorError(
      'remote-command-failed',
      { node: link.nodeId, exitCode: code ?? 'signal' },
      { detail: stderr.slice(-DETAIL) },
    )
}
