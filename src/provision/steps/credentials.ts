import { sh } from '../../ssh/shell-quote.ts'
import { must, run } from '../commands.ts'
import { Fault } from '../fault.ts'
import { STATE } from '../footprint.ts'
import type { Step } from '../step.ts'
import { TOKEN_LINE } from './configuration.ts'

const CONFIG = `${STATE}/openclaw.json`
const VARIABLES = `${STATE}/.env`

/**
 * Puts a token that is made on the node into the configuration: it never leaves the node, and stands in no argument,
 * because read and printf are part of the shell.
 */
const TOKEN = sh`umask 077; f="$HOME"/${CONFIG}; t=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n'); [ "\${#t}" = 64 ] || exit 1
while IFS= read -r l || [ -n "$l" ]; do case $l in ${TOKEN_LINE}) printf '%s,\n      "token": "%s"\n' "$l" "$t" ;; *) printf '%s\n' "$l" ;; esac; done <"$f" >"$f.tmp" && mv -- "$f.tmp" "$f"`

/** Takes the line from standard input and leaves every other variable as it is. */
function keyCommand(name: string) {
  return sh`umask 077; f="$HOME"/${VARIABLES}; { if [ -e "$f" ]; then grep -v ${`^${name}=`} "$f"; fi; cat; } >"$f.tmp"; mv -- "$f.tmp" "$f"`
}

/** Whether what ocm writes is still to be completed, and whether the key is there: never what it is. */
function lookCommand(secret: string | null) {
  const key =
    secret === null
      ? sh`:`
      : sh`if grep -q ${`^${secret}=.`} "$HOME"/${VARIABLES} 2>/dev/null; then echo key; fi`
  return sh`if grep -qxF ${TOKEN_LINE} "$HOME"/${CONFIG}; then echo open; fi; ${key}; for f in ${CONFIG} ${VARIABLES}; do f="$HOME/$f"; [ -e "$f" ] && stat -c %a "$f"; done; exit 0`
}

/** A token from the node's own random numbers; the provider's key from the machine of ocm, on standard input. */
export const credentials: Step = {
  name: 'credentials',
  commands: ({ secret }) => [
    TOKEN.toString(),
    ...(secret === null ? [] : [`${keyCommand(secret)}  # stdin`]),
  ],
  async check(bench) {
    const { secret } = bench.wanted
    const { stdout } = await run(bench, lookCommand(secret))
    const lines = stdout.split('\n')
    if (lines.includes('open') || (secret !== null && !lines.includes('key'))) return { state: 'missing' }
    return { state: 'satisfied', evidence: shown(secret) }
  },
  async act(bench) {
    const { secret } = bench.wanted
    // A secret that is not there stops the step before anything is written.
    const value = secret === null ? null : await bench.secrets.read(secret)
    const { stdout } = await run(bench, lookCommand(secret))
    if (stdout.split('\n').includes('open')) await must(bench, TOKEN, 'write-failed')
    if (secret !== null && value !== null)
      await must(bench, keyCommand(secret), 'write-failed', { stdin: `${secret}=${value}\n` })
  },
  async verify(bench) {
    const { secret } = bench.wanted
    const { stdout } = await run(bench, lookCommand(secret))
    const lines = stdout.split('\n').filter(Boolean)
    const modes = lines.filter((line) => /^\d+$/.test(line))
    if (lines.includes('open') || (secret !== null && !lines.includes('key'))) throw new Fault('write-failed')
    if (modes.some((mode) => mode !== '600')) throw new Fault('write-failed', `mode ${modes.join(' ')}`)
    return `${shown(secret)}, mode 600`
  },
}

function shown(secret: string | null): string {
  return ['token', secret].filter(Boolean).join(', ')
}
