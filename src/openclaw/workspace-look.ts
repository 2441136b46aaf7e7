import { posix } from 'node:path'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { NodeLink } from './ports.ts'

/**
 * Says where paths really lead, one line each: what is there, and the path with every link of its folders followed. The
 * first two lines are the home and the state directory. `~/` is the home. POSIX sh; changes nothing.
 */
const LOOK_SCRIPT = String.raw`
look() {
  p=$1 rest= kind=absent real=
  case $p in '~/'*) p=$HOME/${'$'}{p#??} ;; esac
  while ! [ -d "$p" ]; do
    if [ -e "$p" ] || [ -h "$p" ]; then kind=file real=$p; break; fi
    rest=/${'$'}{p##*/}$rest p=${'$'}{p%/*}
    [ -n "$p" ] || p=/
  done
  if [ -z "$real" ]; then
    real=$(cd -P -- "$p" 2>/dev/null && pwd -P) || kind=closed
    [ -w "$p" ] && [ -x "$p" ] || kind=closed
    if [ -z "$rest" ] && [ "$kind" = absent ]; then
      kind=empty
      for entry in "$p"/* "$p"/.[!.]* "$p"/..?*; do
        if [ -e "$entry" ] || [ -h "$entry" ]; then kind=filled; break; fi
      done
    fi
  fi
  printf '%s %s\n' "$kind" "$real$rest"
}
for path; do look "$path"; done
printf 'end\n'
`

/** What is at a path: nothing, a folder without or with something in it, something else, or what may not be written to. */
export type PathKind = 'absent' | 'empty' | 'filled' | 'file' | 'closed'

/** A path of a node, followed through every link. */
export interface SeenPath {
  kind: PathKind
  real: string
}

/** Where a workspace would be, and what it must keep away from. */
export interface WorkspaceLook {
  home: string
  state: string
  target: SeenPath
  /** The workspaces of the other agents, in the order asked. */
  others: SeenPath[]
}

const LINE = /^(absent|empty|filled|file|closed) (\/.*)$/

/**
 * Looks at the place of a workspace and at those of the other agents, in one round trip.
 * @param statePath OpenClaw's state directory; null for ~/.openclaw
 * @throws OperatorError remote-command-failed when the node says something else, and what exec throws
 */
export async function lookAtWorkspace(
  link: Pick<NodeLink, 'exec' | 'nodeId'>,
  paths: { statePath: string | null; target: string; others: readonly string[] },
  limits: CallLimits,
): Promise<WorkspaceLook> {
  const { statePath, target, others } = paths
  const asked = ['~/', statePath ?? '~/.openclaw', target, ...others]
  const { stdout, code } = await link.exec(sh`sh -c ${LOOK_SCRIPT} ocm ${asked}`, limits)
  const lines = stdout.split('\n')
  const end = lines.lastIndexOf('end')
  const seen = lines.slice(Math.max(0, end - asked.length), end).flatMap((line): SeenPath[] => {
    const [, kind, real] = LINE.exec(line) ?? []
    return kind === undefined || real === undefined
      ? []
      : [{ kind: kind as PathKind, real: posix.normalize(real) }]
  })
  const [home, state, workspace, ...rest] = seen
  if (code !== 0 || seen.length !== asked.length || !home || !state || !workspace)
    throw new OperatorError('remote-command-failed', { node: link.nodeId, exitCode: code ?? 'signal' })
  const folder = (path: string) => path.replace(/(.)\/$/, '$1')
  return { home: folder(home.real), state: folder(state.real), target: workspace, others: rest }
}

/** Why a place may not be the workspace of a new agent. */
export const WORKSPACE_PROBLEMS = [
  'outside-home',
  'hidden',
  'of-openclaw',
  'of-another',
  'no-folder',
  'not-writable',
] as const
export type WorkspaceProblem = (typeof WORKSPACE_PROBLEMS)[number]

/** The workspaces that OpenClaw itself makes in its state directory. */
const OWN_WORKSPACE = /^workspace(-[\w.-]+)?$/

/**
 * Why an agent may not work there: OpenClaw takes any path, and an agent may do what it likes in its own. Pure; links are
 * followed already.
 */
export function workspaceProblem(look: WorkspaceLook): WorkspaceProblem | null {
  const { home, state } = look
  const { real, kind } = look.target
  if (!isInside(real, home) || real === home) return 'outside-home'
  if (real === state || isInside(state, real)) return 'of-openclaw'
  const below = real.slice((isInside(real, state) ? state : home).length + 1).split('/')
  if (isInside(real, state)) {
    if (!OWN_WORKSPACE.test(below[0] ?? '')) return 'of-openclaw'
  } else if (below.some((segment) => segment.startsWith('.'))) return 'hidden'
  if (isShared(look)) return 'of-another'
  if (kind === 'file') return 'no-folder'
  return kind === 'closed' ? 'not-writable' : null
}

/** Whether an agent works there already, above or below it: what is done to the one is done to the other. */
export function isShared({ target, others }: WorkspaceLook): boolean {
  return others.some(({ real }) => isInside(target.real, real) || isInside(real, target.real))
}

/** Whether a path is another one or below it. */
function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
