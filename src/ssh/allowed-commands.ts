import { oneShot } from './frame.ts'
import { REFUSAL, REFUSED_STATUS } from './key-restricted.ts'
import { guardedCommand } from './process.ts'
import { quoteWord, type ShellCommand } from './shell-quote.ts'
import type { ScriptText } from './ssh.ts'

/** In place of a value that differs from call to call; each is what its name says and nothing else. */
export const HOLES = {
  /** A random UUID. */
  marker: 'ocmHOLEmarker',
  /** Nothing, or letters, digits, spaces and marks that mean nothing to a shell. */
  value: 'ocmHOLEvalue',
  /** Any number of names of variables; only as the last argument. */
  names: 'ocmHOLEnames',
  /** A whole number of up to seven digits. */
  number: 8_675_309,
} as const

/** What a key may do: a script with its arguments, or a command. */
export type Allowed = { script: ScriptText; args: readonly string[] } | { command: ShellCommand }

/** So many seconds that the number in the command is that of a hole: the guard adds its own grace. */
const HOLE_MS = (HOLES.number - 2) * 1_000
const HEAD = ' ocm '

/**
 * The forced command of a restricted key, a program for POSIX sh. It compares what is asked with what this version of ocm
 * sends, letter by letter, and puts nothing together but values that it has looked at. What is equal is run; nothing
 * else is. Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT", `command=` and SSH_ORIGINAL_COMMAND.
 *
 * A long text is never the pattern of an expansion: that costs dash its length squared. So the values are cut out, looked
 * at, and put into the text as it should be, which is compared as a whole.
 */
export function allowedCommands(about: string, allowed: readonly Allowed[]): string {
  const branches = [...new Set(allowed.map(branchOf))]
  return `#!/bin/sh
# ${about}
LC_ALL=C; export LC_ALL
unset ENV BASH_ENV CDPATH IFS
asked=\${SSH_ORIGINAL_COMMAND-}
text() { case $rest in "$1"*) rest=\${rest#"$1"} ;; *) return 1 ;; esac; }
number() {
  part=\${rest%%[!0-9]*}
  case $part in '' | ????????*) return 1 ;; esac
  rest=\${rest#"$part"}
}
marker() {
  part=\${rest%%[!0-9a-f-]*}
  case $part in ????????-????-????-????-????????????) ;; *) return 1 ;; esac
  rest=\${rest#"$part"}
}
value() {
  case $rest in
    "'\\\\''"*)
      rest=\${rest#"'\\\\''"}
      part=\${rest%%[!A-Za-z0-9_/.:@%+=,~\\ -]*}
      rest=\${rest#"$part"}
      text "'\\\\''"
      ;;
    *)
      part=\${rest%%[!A-Za-z0-9_/.:@%+=,-]*}
      [ -n "$part" ] || return 1
      rest=\${rest#"$part"}
      ;;
  esac
}
names() {
  while :; do
    case $rest in ' '[A-Za-z_]*) ;; *) return 0 ;; esac
    rest=\${rest# }
    part=\${rest%%[!A-Za-z0-9_]*}
    rest=\${rest#"$part"}
  done
}
refuse() { echo '${REFUSAL}' >&2; exit ${REFUSED_STATUS}; }
# Whether the whole is the first argument, the time limit, the second, and an end that was looked at.
whole() { [ -z "$rest" ] && [ "$asked" = "$1$limit$2$end" ]; }
run() { exec sh -c "$asked"; }
guard=${quoteWord(guardText())}
case $asked in "exec sh -c "*) ;; *) refuse ;; esac
rest=\${asked#*"' ocm "}
limit=\${rest%%[!0-9]*}
case $limit in '' | ????????*) refuse ;; esac
command=\${rest#"$limit"}
${branches.join('')}refuse
`
}

/** Everything before the time limit; the same for every command. */
function guardText(): string {
  const line = guardedCommand('', HOLE_MS)
  return line.slice(0, line.indexOf(`${HEAD}${HOLES.number} `) + HEAD.length)
}

function branchOf(one: Allowed): string {
  const isScript = 'script' in one
  const text = isScript ? oneShot(HOLES.marker, one.script, one.args) : one.command.shellText
  const after = guardedCommand(text, HOLE_MS).slice(guardText().length + String(HOLES.number).length)
  if (!isScript) {
    // Short enough to be looked at from its beginning.
    return `rest=$command end=$command\nif ${looks(after)} && whole "$guard" ''; then run; fi\n`
  }
  const before = after.slice(0, after.indexOf(HOLES.marker))
  const last = before.slice(-RUNNER_NAME)
  return `rest=\${asked##*${quoteWord(last)}} end=\${asked##*${quoteWord(last)}}
if ${looks(after.slice(before.length))} && whole "$guard" ${quoteWord(before)}; then run; fi
`
}

/** The end of the text before the first value of a script, by which the values are found: a line break and `ocm_inline `. */
const RUNNER_NAME = 11

/** Looks at text and values in turn. */
function looks(text: string): string {
  const parts = text.split(new RegExp(`(${HOLES.marker}|${HOLES.value}| ${HOLES.names}|${HOLES.number})`))
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [name] = Object.entries(HOLES).find(([, hole]) => String(hole) === part.trim()) ?? []
      return name ?? `text ${quoteWord(part)}`
    })
    .join(' && ')
}
