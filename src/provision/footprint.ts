import type { CallLimits } from '../ssh/call.ts'
import { sh } from '../ssh/shell-quote.ts'
import { Fault } from './fault.ts'
import type { Before, Machine } from './step.ts'

/** Below the home of the login user; the version is part of each name, so that two may stand beside each other. */
export const PROGRAMS = '.local/share/ocm'
export const UNIT = 'openclaw-gateway.service'
/** Where `openclaw gateway install` writes it. */
export const UNIT_FILE = `.config/systemd/user/${UNIT}`
export const STATE = '.openclaw'
export const CONFIG_FILE = `${STATE}/openclaw.json`
export const VARIABLES_FILE = `${STATE}/.env`

/** Every place that a run may write to. Relative ones lie below the login user's home. */
export interface Footprint {
  /** What is removed with all that is in it. */
  own: readonly string[]
  /** Folders that are removed when nothing else is in them, the innermost first. */
  parents: readonly string[]
}

/**
 * What ocm and OpenClaw leave on a machine: OpenClaw writes to its state folder and to a handful of places besides
 * (seen on 2026.9.6 by comparing all files before and after).
 */
export function footprint(uid: number): Footprint {
  return {
    own: [
      `.config/systemd/user/default.target.wants/${UNIT}`,
      UNIT_FILE,
      STATE,
      CONFIG_FILE,
      VARIABLES_FILE,
      '.cache/openclaw',
      `.cache/openclaw-${uid}`,
      '.Trash',
      '.npm',
      '/tmp/openclaw',
      `/tmp/openclaw-${uid}`,
      `/tmp/openclaw-state-locks-${uid}`,
      `/tmp/.openclaw-terminal-staging-${uid}`,
      '/tmp/node-compile-cache',
      PROGRAMS,
    ],
    parents: [
      '.local/share',
      '.local',
      '.cache',
      '.config/systemd/user/default.target.wants',
      '.config/systemd/user',
      '.config/systemd',
      '.config',
    ],
  }
}

const EACH = sh`case $p in /*) f=$p ;; *) f=$HOME/$p ;; esac`
/** The folder of one program; nothing else is ever removed below {@link PROGRAMS}. */
const PROGRAM_NAME = /^(?:node|openclaw)-[0-9A-Za-z][0-9A-Za-z.-]{0,60}$/
const LOOK_MS = 60_000
const REMOVE_MS = 300_000

/** Which of the places are not there. */
export async function absentOf(machine: Machine, uid: number, limits: CallLimits): Promise<string[]> {
  const { own, parents } = footprint(uid)
  const all = [...own, ...parents]
  const { stdout, code } = await machine.exec(
    sh`for p in ${all}; do ${EACH}; [ -e "$f" ] || [ -L "$f" ] || printf '%s\n' "$p"; done`,
    { ...limits, deadlineMs: LOOK_MS },
  )
  if (code !== 0) throw new Fault('other', `look: ${code}`)
  const said = new Set(stdout.split('\n'))
  return all.filter((path) => said.has(path))
}

/** The places that a run may have made, whole folders only: what it removes when it is undone. */
export function placesMade({ before, made }: { before: Before | null; made: readonly string[] }): string[] {
  if (before === null) return []
  const own = outermost(footprint(before.uid).own.filter((path) => before.absent.includes(path)))
  const programs = own.includes(PROGRAMS) ? [] : made.map((folder) => `${PROGRAMS}/${folder}`)
  return [...own, ...programs]
}

/** The places of OpenClaw that were there before a run, whole folders only: an undo leaves them. */
export function placesBefore({ uid, absent }: Before): string[] {
  return outermost(footprint(uid).own.filter((path) => !absent.includes(path)))
}

function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((folder) => path.startsWith(`${folder}/`)))
}

/** Which of the paths are there, and how systemd has the unit and lingering. @throws OperatorError */
export async function placesThere(
  machine: Pick<Machine, 'exec'>,
  paths: readonly string[],
  unit: string,
  limits: CallLimits,
): Promise<{ places: string[]; unit: string | null; lingers: boolean }> {
  const { stdout } = await machine.exec(
    sh`: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u)}"; export XDG_RUNTIME_DIR
for p in ${paths}; do ${EACH}; if [ -e "$f" ] || [ -L "$f" ]; then printf 'p %s\n' "$p"; fi; done
printf 'u %s\n' "$(LC_ALL=C systemctl --user show ${unit} -p ActiveState --value 2>/dev/null)"
printf 'l %s\n' "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)"
exit 0`,
    limits,
  )
  const said = stdout.split('\n')
  const state =
    said
      .find((line) => line.startsWith('u '))
      ?.slice(2)
      .trim() ?? ''
  return {
    places: paths.filter((path) => said.includes(`p ${path}`)),
    unit: /^[a-z-]{1,20}$/.test(state) ? state : null,
    lingers: said.includes('l yes'),
  }
}

/**
 * Removes what was not there before, and returns what could not be removed. A path counts only when it is one of the
 * footprint, whatever a journal or a machine says.
 * @param made names of folders below {@link PROGRAMS} that the run made
 */
export async function sweep(
  machine: Machine,
  { uid, absent }: { uid: number; absent: readonly string[] },
  made: readonly string[],
): Promise<string[]> {
  const { own, parents } = footprint(uid)
  const programs = made.filter((name) => PROGRAM_NAME.test(name)).map((name) => `${PROGRAMS}/${name}`)
  const was = new Set(absent)
  const remove = own.filter((path) => was.has(path))
  const fold = parents.filter((path) => was.has(path))
  await machine.exec(
    sh`cd / || exit 1
for p in ${programs}; do ${EACH}; rm -rf -- "$f" "$f.part" 2>/dev/null; done
for p in ${remove}; do ${EACH}; rm -rf -- "$f" 2>/dev/null; done
for p in ${fold}; do ${EACH}; rmdir -- "$f" 2>/dev/null; done
for f in /tmp/openclaw-backup-owned-*; do [ -O "$f" ] && rm -rf -- "$f"; done
exit 0`,
    { deadlineMs: REMOVE_MS },
  )
  const now = new Set(await absentOf(machine, uid, { deadlineMs: LOOK_MS }))
  return remove.filter((path) => !now.has(path))
}
