import { z } from 'zod'
import type { ExecResult } from '../ssh/exec.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { InstallFacts } from './snapshot.ts'
import { parseUntrusted } from './untrusted-json.ts'

/** Lines that look like the beginning of a document and are none are log lines: a few, before it. */
const MOST_BEGINNINGS = 20

/** Which OpenClaw to run and for which state directory. */
export interface OpenClawProgram {
  /** The `openclaw` executable or its JavaScript entry. */
  binary: string
  /** Node.js to run it with; null leaves it to PATH. */
  nodeBinary: string | null
  /** State directory; null means ~/.openclaw. */
  statePath: string | null
}

/** The program that a probe found; null when OpenClaw is not installed. */
export function programOf(install: InstallFacts, statePath: string | null): OpenClawProgram | null {
  if (install.binary.value === null) return null
  return { binary: install.binary.value, nodeBinary: install.nodeBinary.value, statePath }
}

/**
 * `openclaw` with arguments. Its first line is `#!/usr/bin/env node`, so an old Node.js that comes first in PATH would
 * win: the directory of the right one is put in front. No colours, no terminal, no standard input.
 */
export function openclawCommand(program: OpenClawProgram, args: readonly string[]): ShellCommand {
  const { binary, nodeBinary, statePath } = program
  const directory = nodeBinary?.slice(0, nodeBinary.lastIndexOf('/')) ?? ''
  const path = directory === '' ? sh`` : sh`PATH=${directory}:"$PATH"; export PATH; `
  const state =
    statePath === null ? sh`` : sh`OPENCLAW_STATE_DIR=${expandable(statePath)}; export OPENCLAW_STATE_DIR; `
  const start = /\.[cm]?js$/.test(binary) ? sh`${nodeBinary ?? 'node'} ${binary}` : sh`${binary}`
  return sh`${path}${state}NO_COLOR=1 LC_ALL=C ${start} ${args} </dev/null`
}

/** A path of which a leading `~/` still becomes the login user's home. */
function expandable(path: string): ShellCommand {
  return path.startsWith('~/') ? sh`"$HOME"/${path.slice(2)}` : sh`${path}`
}

/** Calls a gateway method by the CLI; for nodes whose SSH server forbids forwarding. Costs 1 to 3 s of CPU there. */
export function gatewayCallCommand(
  program: OpenClawProgram,
  method: string,
  params: object,
  timeoutMs: number,
): ShellCommand {
  const args = ['gateway', 'call', method, '--params', JSON.stringify(params), '--timeout', String(timeoutMs)]
  return openclawCommand(program, [...args, '--json'])
}

/**
 * Lists all sessions from the store, also while the gateway is down. 2026.2.17 ignores `--all-agents` and shows the
 * default agent only; there the store files must be read instead.
 */
export function sessionsCommand(program: OpenClawProgram): ShellCommand {
  return openclawCommand(program, ['sessions', '--all-agents', '--limit', 'all', '--json'])
}

/**
 * The JSON document in a command's standard output. Text may stand before it (`Installed systemd service: …`), so it
 * begins at the first line that starts with `{` or `[`. Undefined when there is none.
 */
export function extractJson(stdout: string): unknown {
  let beginnings = 0
  for (const match of stdout.matchAll(/^[ \t]*[[{]/gm)) {
    if (++beginnings > MOST_BEGINNINGS) return undefined
    const rest = stdout.slice(match.index)
    const end = Math.max(rest.lastIndexOf('}'), rest.lastIndexOf(']'))
    for (const text of [rest, rest.slice(0, end + 1)]) {
      try {
        return parseUntrusted(text)
      } catch {
        // A log line such as "[gateway] ready" looks like the beginning of a document and is not.
      }
    }
  }
  return undefined
}

/**
 * What a failed `gateway call` means for what was asked. `refused`: the gateway answered; `not-sent`: there was no gateway
 * to ask; `late` and `lost`: it was asked, and nobody knows what became of it.
 */
export type CallFailure = 'refused' | 'not-sent' | 'late' | 'lost'

/** Sorts the words of a failed `gateway call` (the same since 2026.2.17). */
export function callFailure(message: string): CallFailure {
  if (/ECONNREFUSED|ENOENT|not reachable|closed before ready/i.test(message)) return 'not-sent'
  if (/gateway (?:request )?time(?:d )?out/i.test(message)) return 'late'
  return /gateway closed/i.test(message) ? 'lost' : 'refused'
}

/** How a CLI call ended. */
export type CliOutcome = { ok: true; payload: unknown } | { ok: false; code: string | null; message: string }

const failureSchema = z.looseObject({
  ok: z.literal(false),
  error: z.union([
    z.string().transform((message) => ({ message, code: null })),
    z
      .looseObject({ message: z.string(), code: z.string().optional(), kind: z.string().optional() })
      .transform(({ message, code, kind }) => ({ message, code: code ?? kind ?? null })),
  ]),
})

/**
 * Reads the result of an `openclaw … --json` call. Failures come in three shapes: an envelope whose `error` is an
 * object, one whose `error` is a text (service commands), and on 2026.2.17 an empty stdout with text on stderr.
 */
export function parseCliResult(result: Pick<ExecResult, 'code' | 'stdout' | 'stderr'>): CliOutcome {
  const payload = extractJson(result.stdout)
  const failure = failureSchema.safeParse(payload)
  if (failure.success) return { ok: false, ...failure.data.error }
  if (result.code === 0 && payload !== undefined) return { ok: true, payload }
  const message = result.stderr.trim() || result.stdout.trim()
  return { ok: false, code: null, message: message.split('\n')[0]?.slice(0, 300) ?? '' }
}
