import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import { redact } from '../../base/redact.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { ExecResult } from '../../ssh/exec.ts'
import { type ShellCommand, sh } from '../../ssh/shell-quote.ts'
import type { NodeLink } from '../ports.ts'
import { reloadUnitsCommand } from '../service.ts'
import type { UnitPrograms } from './unit-text.ts'

const name = z.string().max(200)
const path = z.string().max(4_096)

/** What an update that was begun wrote down on the node before it stopped the gateway. */
const journalSchema = z.strictObject({
  from: name,
  to: name,
  /** The backup that the node goes back to. */
  backup: name,
  programs: z.strictObject({ node: path, package: path, entry: path }),
  agents: z.array(name).max(10_000).nullable(),
  /** Channels that worked, as `id/account`. */
  channels: z.array(name).max(1_000).nullable(),
  schemas: z.strictObject({ state: z.int().nullable(), agent: z.int().nullable() }),
})
export type UpdateJournal = z.infer<typeof journalSchema>

/** What lies on a node: the unit, the one from before an update that did not end, and its journal. Untrusted. */
export interface UpdateLook {
  unit: string | null
  before: string | null
  journal: UpdateJournal | 'unreadable' | null
}

/** The node's side of an update. Every call may be repeated; each throws what {@link NodeLink.exec} throws. */
export interface UpdateSide {
  look(limits: CallLimits): Promise<UpdateLook>
  begin(journal: UpdateJournal, limits: CallLimits): Promise<void>
  /** The unit starts the new programs from now on; the one from before stays beside it. */
  switch(unit: string, programs: UnitPrograms, limits: CallLimits): Promise<void>
  /** The unit from before is in its place again, if it ever left it. */
  back(limits: CallLimits): Promise<void>
  /** Ends the journal. `keep`: the unit from before stays, as the way back by hand. */
  end(keep: boolean, limits: CallLimits): Promise<void>
  /** Removes programs below `folder` that no unit names, and tells their names. */
  sweep(folder: string, limits: CallLimits): Promise<string[]>
}

const MOST_UNIT = 65_536
const UNITS = '.config/systemd/user'

/** @param unit name of the login's unit, for example `openclaw-gateway.service` */
export function updateSide(link: NodeLink, unit: string): UpdateSide {
  const at = sh`cd "$HOME"/${UNITS} || exit 7; u=${unit}; j="$HOME/.local/share/ocm/update-$u.json"; `
  const reload = reloadUnitsCommand()
  const run = async (command: ShellCommand, limits: CallLimits & { stdin?: string }): Promise<ExecResult> => {
    const result = await link.exec(sh`umask 077; ${at}${command}`, { ...limits, fresh: true })
    if (result.code === 0) return result
    const params = { node: link.nodeId, exitCode: result.code ?? result.signal ?? -1 }
    throw new OperatorError('remote-command-failed', params, {
      detail: redact(result.stderr.slice(-500)).text,
    })
  }
  return {
    async look(limits) {
      const marker = randomUUID()
      const { stdout } = await run(
        sh`for f in "$u" "$u.ocm-before" "$j"; do printf '%s\n' ${marker}; [ -f "$f" ] && { echo is; head -c ${MOST_UNIT} -- "$f"; }; done; exit 0`,
        limits,
      )
      const [, unitText, before, journal] = stdout.split(`${marker}\n`).map((part) => {
        return part.startsWith('is\n') ? part.slice(3) : null
      })
      return { unit: unitText ?? null, before: before ?? null, journal: journalOf(journal ?? null) }
    },
    async begin(journal, limits) {
      const command = sh`mkdir -p -- "$HOME"/.local/share/ocm && cat >"$j.part" && mv -f -- "$j.part" "$j"`
      await run(command, { ...limits, stdin: JSON.stringify(journal) })
    },
    async switch(text, programs, limits) {
      const entry = `${programs.package}/${programs.entry}`
      await run(
        sh`[ -f ${entry} ] && [ -x ${programs.node} ] || exit 8
[ -e "$u.ocm-before" ] || { cp -p -- "$u" "$u.ocm-before.part" && mv -- "$u.ocm-before.part" "$u.ocm-before"; } || exit 9
cat >"$u.ocm-new" && mv -f -- "$u.ocm-new" "$u" || exit 9
${reload} || exit 9
LC_ALL=C systemctl --user show "$u" -p ExecStart | grep -qF -- ${entry} || exit 10`,
        { ...limits, stdin: text },
      )
    },
    async back(limits) {
      await run(
        sh`rm -f -- "$u.ocm-new" "$u.ocm-before.part"
if [ -e "$u.ocm-before" ]; then cp -p -- "$u.ocm-before" "$u.ocm-new" && mv -f -- "$u.ocm-new" "$u" || exit 9; fi
${reload} || exit 9`,
        limits,
      )
    },
    async end(keep, limits) {
      const before = keep
        ? sh`if [ -e "$u.ocm-before" ]; then mv -f -- "$u.ocm-before" "$u.ocm-previous"; fi`
        : sh`rm -f -- "$u.ocm-before"`
      await run(sh`${before} && rm -f -- "$j" "$j.part"`, limits)
    },
    async sweep(folder, limits) {
      const { stdout } = await run(
        sh`d="$HOME"/${folder}; for p in "$d"/openclaw-* "$d"/node-*; do [ -d "$p" ] || continue
grep -qF -- "$p/" * 2>/dev/null && continue
rm -rf -- "$p" && printf '%s\n' "\${p##*/}"; done; exit 0`,
        limits,
      )
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .slice(0, 100)
    },
  }
}

function journalOf(text: string | null): UpdateLook['journal'] {
  if (text === null) return null
  try {
    return journalSchema.parse(JSON.parse(text))
  } catch {
    return 'unreadable'
  }
}
