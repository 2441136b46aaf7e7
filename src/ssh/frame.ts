import { randomUUID } from 'node:crypto'
import { quoteWord } from './shell-quote.ts'
import type { ScriptText } from './ssh.ts'

/** What shell start-up files may print before the first frame. */
const NOISE_LIMIT = 256 * 1024
const NEWLINE = 0x0a

/**
 * The shell functions that run a script, itself a function, between two marker lines: "$1" is the marker, then come the
 * script's name and arguments. They are defined once and called by name, because bash reads its commands from a pipe
 * byte by byte. The shell writes each line of printf's format by itself, but a word of it in one piece, and every write wakes
 * the node's sshd and our own loop: an inline script therefore prints nothing but leaves its answer in ocm_answer, and the
 * whole frame is one word.
 */
const RUNNERS = {
  subshell: `ocm_subshell() {
  printf '\\n%s begin %s\\n' "$1" "$$"
  ( shift; "$@" ) </dev/null 2>/dev/null
  printf '\\n%s end %s\\n' "$1" "$?"
}
`,
  inline: `ocm_inline() {
  ocm_marker=$1 ocm_answer=
  shift
  "$@" </dev/null 2>/dev/null
  printf '%s' "
$ocm_marker begin $$
$ocm_answer
$ocm_marker end $?
"
}
`,
} as const satisfies Record<ScriptText['isolation'], string>

/** What a shell must have read before the first request. */
export const FRAME_PRELUDE: string = RUNNERS.subshell + RUNNERS.inline

/** Finds the answer between the two marker lines; everything outside of them is noise. */
export interface FrameReader {
  /** Takes what arrived; returns the answer once it is complete. */
  take(chunk: Buffer): { stdout: string; code: number } | null
  /** The process id of the shell, once it began. */
  pid(): number | null
  /** More arrived than is allowed. */
  overflow(): boolean
}

/** A marker that no program can guess, so that nothing printed can pass for the end of a frame. */
export function createMarker(): string {
  return randomUUID()
}

/** Defines a script as the shell function `name`. */
export function defineFunction(name: string, script: ScriptText): string {
  return `${name}() {\n${script.text}\n}\n`
}

/** The line that runs a script which was defined as the shell function `name`. */
export function requestLine(
  marker: string,
  name: string,
  isolation: ScriptText['isolation'],
  args: readonly string[],
): string {
  const words = args.map((arg) => ` ${quoteWord(arg)}`).join('')
  return `ocm_${isolation} ${marker} ${name}${words}\n`
}

/** The shell text that runs a script once, in a shell of its own. */
export function oneShot(marker: string, script: ScriptText, args: readonly string[]): string {
  const name = 'ocm_script'
  return (
    RUNNERS[script.isolation] +
    defineFunction(name, script) +
    requestLine(marker, name, script.isolation, args)
  )
}

/** Reads the answer of one request. */
export function createReader(marker: string, maxBytes: number): FrameReader {
  const begin = `\n${marker} begin `
  const end = `\n${marker} end `
  let data: Buffer | null = null
  let body = -1
  let pid: number | null = null
  let searchFrom = 0
  return {
    pid: () => pid,
    overflow() {
      const bytes = data?.length ?? 0
      return body < 0 ? bytes > NOISE_LIMIT : bytes - body > maxBytes + end.length + 8
    },
    take(chunk) {
      data = data === null ? chunk : Buffer.concat([data, chunk])
      if (body < 0) {
        const at = data.indexOf(begin, searchFrom, 'latin1')
        if (at < 0) {
          searchFrom = Math.max(0, data.length - begin.length)
          return null
        }
        const lineEnd = data.indexOf(NEWLINE, at + begin.length)
        if (lineEnd < 0) {
          searchFrom = at
          return null
        }
        pid = Number.parseInt(data.toString('latin1', at + begin.length, lineEnd), 10)
        body = lineEnd + 1
        // the newline before the end line may be the one after the begin line: a script that printed nothing
        searchFrom = body - 1
      }
      const at = data.indexOf(end, searchFrom, 'latin1')
      if (at < 0) {
        searchFrom = Math.max(body - 1, data.length - end.length)
        return null
      }
      const lineEnd = data.indexOf(NEWLINE, at + end.length)
      if (lineEnd < 0) return null
      return {
        stdout: data.toString('utf8', body, Math.max(body, at)),
        code: Number.parseInt(data.toString('latin1', at + end.length, lineEnd), 10),
      }
    },
  }
}
