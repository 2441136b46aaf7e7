import { randomBytes } from 'node:crypto'
import { quoteWord } from './shell-quote.ts'
import type { ScriptText } from './ssh.ts'

/** What shell start-up files may print before the first frame. */
const NOISE_LIMIT = 256 * 1024
const NEWLINE = 0x0a

/** One request to a shell and how to find its answer. */
export interface Frame {
  /** Shell text: prints the begin line, runs the script, prints the end line with its status. */
  request(script: string): string
  reader(maxBytes: number): FrameReader
}

/** Finds the answer between the two marker lines; everything outside of them is noise. */
export interface FrameReader {
  /** Takes what arrived; returns the answer once it is complete. */
  take(chunk: Buffer): { stdout: string; code: number } | null
  /** The process id of the shell, once it began. */
  pid(): number | null
  /** More arrived than is allowed. */
  overflow(): boolean
}

/** A frame with a marker that no program can guess, so that nothing printed can pass for its end. */
export function createFrame(): Frame {
  const marker = randomBytes(16).toString('hex')
  const begin = Buffer.from(`\n${marker} begin `)
  const end = Buffer.from(`\n${marker} end `)
  return {
    request: (script) =>
      `printf '\\n%s begin %s\\n' ${marker} "$$"\n${script} </dev/null 2>/dev/null\nprintf '\\n%s end %s\\n' ${marker} "$?"\n`,
    reader: (maxBytes) => createReader(begin, end, maxBytes),
  }
}

/** The call of a script that was defined as the shell function `name`. */
export function callFunction(
  name: string,
  isolation: ScriptText['isolation'],
  args: readonly string[],
): string {
  const call = [name, ...args.map(quoteWord)].join(' ')
  return isolation === 'subshell' ? `( ${call} )` : `{ ${call}; }`
}

/** Defines a script as the shell function `name`. */
export function defineFunction(name: string, script: ScriptText): string {
  return `${name}() {\n${script.text}\n}\n`
}

function createReader(begin: Buffer, end: Buffer, maxBytes: number): FrameReader {
  let data: Buffer = Buffer.alloc(0)
  let body = -1
  let pid: number | null = null
  let searchFrom = 0
  return {
    pid: () => pid,
    overflow: () => (body < 0 ? data.length > NOISE_LIMIT : data.length - body > maxBytes + end.length + 8),
    take(chunk) {
      data = data.length === 0 ? chunk : Buffer.concat([data, chunk])
      if (body < 0) {
        const at = data.indexOf(begin, searchFrom)
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
      const at = data.indexOf(end, searchFrom)
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
