import { parseEnv } from 'node:util'
import { scriptText } from '../ssh/script-text.ts'

/**
 * Prints a node's openclaw.json and what its gateway knows of some variables, in sections that begin with a line of the
 * marker and the section's name. Arguments: 1 marker, 2 state directory or '' for ~/.openclaw, 3 unit of the gateway,
 * then names of variables. Ends with 3 when the file does not exist and with 4 when it may not be read.
 *
 * A running process has its variables in its own environment; only what it did not get there comes from the files, in
 * OpenClaw's order. Their lines are printed for the names that were asked for alone: other secrets stay on the node.
 */
export const CONFIG_SCRIPT = scriptText`
marker=$1 unit=$3
scope=--user
case $unit in system/*) scope=--system unit=\${unit#system/} ;; esac
case $2 in
  '') state=$HOME/.openclaw ;;
  '~/'*) state=$HOME/\${2#??} ;;
  *) state=$2 ;;
esac
shift 3
file=$state/openclaw.json
if ! [ -r "$file" ]; then
  [ -e "$file" ] && exit 4
  dir=$state
  # Below a folder that may not be entered everything seems to be missing.
  while [ -n "$dir" ]; do
    [ -d "$dir" ] && { [ -x "$dir" ] || exit 4; break; }
    dir=\${dir%/*}
  done
  exit 3
fi
printf '%s path\n%s\n%s config\n' "$marker" "$file" "$marker"
cat "$file" || exit 4
# Prints the lines of standard input that set one of the variables.
pick() {
  while IFS= read -r line || [ -n "$line" ]; do
    bare=\${line#export }
    for name; do
      case $bare in "$name="*) printf '%s\n' "$bare" ;; esac
    done
  done
}
pid=
if command -v systemctl >/dev/null 2>&1; then
  : "\${XDG_RUNTIME_DIR:=/run/user/$(id -u 2>/dev/null)}"; export XDG_RUNTIME_DIR
  pid=$(systemctl $scope show "$unit" -p MainPID --value 2>/dev/null)
fi
if [ -n "$pid" ] && [ -r "/proc/$pid/environ" ]; then
  printf '\n%s process\n' "$marker"
  tr '\000' '\n' 2>/dev/null <"/proc/$pid/environ" | pick "$@"
fi
for source in gateway.systemd.env .env; do
  [ -r "$state/$source" ] || continue
  printf '\n%s file\n' "$marker"
  pick "$@" <"$state/$source"
done
printf '\n%s end\n' "$marker"
`

/** Prints files, each after a line of the marker and its number. Arguments: 1 marker, then absolute paths. */
export const FILES_SCRIPT = scriptText`
marker=$1 number=0
shift
for file; do
  printf '\n%s %s\n' "$marker" "$number"
  if [ -r "$file" ]; then cat "$file"; else printf '%s unreadable' "$marker"; fi
  number=$((number + 1))
done
printf '\n%s end\n' "$marker"
`

/** What {@link CONFIG_SCRIPT} printed. */
export interface ConfigPrint {
  path: string
  text: string
  /** Values of the variables that were asked for, as the gateway has them. */
  values: Map<string, string>
}

/** Takes the output of CONFIG_SCRIPT apart; null when it is not complete. */
export function parseConfigPrint(stdout: string, marker: string): ConfigPrint | null {
  const sections = sectionsOf(stdout, marker)
  const path = sections.find(({ name }) => name === 'path')?.text.trimEnd()
  const text = sections.find(({ name }) => name === 'config')?.text
  if (!path || text === undefined || sections.at(-1)?.name !== 'end') return null
  const values = new Map<string, string>()
  // The first source that has a variable wins: the process itself, then the files.
  for (const { name, text: lines } of sections) {
    const found =
      name === 'process' ? rawLines(lines) : name === 'file' ? Object.entries(parseEnv(lines)) : []
    for (const [key, value] of found) if (value && !values.has(key)) values.set(key, value)
  }
  return { path, text, values }
}

/** Takes the output of FILES_SCRIPT apart: the text of each file, null for one that could not be read. */
export function parseFilesPrint(
  stdout: string,
  marker: string,
  paths: readonly string[],
): Map<string, string | null> {
  const sections = sectionsOf(stdout, marker)
  const whole = sections.some(({ name }) => name === 'end')
  return new Map(
    paths.map((path, index) => {
      const section = sections.find(({ name }) => name === String(index))
      const readable = whole && section !== undefined && !section.text.startsWith(`${marker} unreadable`)
      return [path, readable ? section.text : null]
    }),
  )
}

function sectionsOf(stdout: string, marker: string): { name: string; text: string }[] {
  return stdout
    .split(new RegExp(`^${marker} (?=(?:path|config|process|file|end|\\d+)$)`, 'm'))
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return {
        name: part.slice(0, end === -1 ? undefined : end).trim(),
        text: end === -1 ? '' : part.slice(end + 1),
      }
    })
}

function rawLines(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=')
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
  })
}
