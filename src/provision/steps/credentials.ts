import type { CallLimits } from '../../ssh/call.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { must, run } from '../commands.ts'
import { type Seen, saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { CONFIG_FILE, VARIABLES_FILE } from '../footprint.ts'
import type { Before, Bench, Machine, Step } from '../step.ts'
import { TOKEN_LINE } from './configuration.ts'

/**
 * Puts a token that is made on the node into the configuration: it never leaves the node, and stands in no argument,
 * because read and printf are part of the shell.
 */
const TOKEN = sh`umask 077; f="$HOME"/${CONFIG_FILE}; t=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n'); [ "\${#t}" = 64 ] || exit 1
while IFS= read -r l || [ -n "$l" ]; do case $l in ${TOKEN_LINE}) printf '%s,\n      "token": "%s"\n' "$l" "$t" ;; *) printf '%s\n' "$l" ;; esac; done <"$f" >"$f.tmp" && mv -- "$f.tmp" "$f"`

/** Takes the line from standard input and leaves every other variable as it is. */
function keyCommand(name: string) {
  return sh`umask 077; f="$HOME"/${VARIABLES_FILE}; { if [ -e "$f" ]; then grep -v ${`^${name}=`} "$f"; fi; cat; } >"$f.tmp"; mv -- "$f.tmp" "$f"`
}

/** Whether what ocm writes is still to be completed, and whether the key is there: never what it is. */
function lookCommand(secret: string | null) {
  const key =
    secret === null
      ? sh`:`
      : sh`if grep -q ${`^${secret}=.`} "$HOME"/${VARIABLES_FILE} 2>/dev/null; then echo key; fi`
  return sh`if grep -qxF ${TOKEN_LINE} "$HOME"/${CONFIG_FILE}; then echo open; fi; ${key}; for f in ${CONFIG_FILE} ${VARIABLES_FILE}; do f="$HOME/$f"; [ -e "$f" ] && stat -c %a "$f"; done; exit 0`
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
    return { state: 'satisfied', seen: shown(secret) }
  },
  async act(bench) {
    const { secret } = bench.wanted
    // A secret that is not there stops the step before anything is written.
    const value = secret === null ? null : await bench.secrets.read(secret)
    const { stdout } = await run(bench, lookCommand(secret))
    const lines = stdout.split('\n')
    if (lines.includes('open')) await must(bench, TOKEN, 'write-failed')
    if (secret !== null && value !== null && !lines.includes('key'))
      await must(bench, keyCommand(secret), 'write-failed', { stdin: `${secret}=${value}\n` })
  },
  async verify(bench) {
    const { secret } = bench.wanted
    const { stdout } = await run(bench, lookCommand(secret))
    const lines = stdout.split('\n').filter(Boolean)
    const modes = lines.filter((line) => /^\d+$/.test(line))
    if (lines.includes('open') || (secret !== null && !lines.includes('key'))) throw new Fault('write-failed')
    if (modes.some((mode) => mode !== '600')) throw new Fault('write-failed', `mode ${modes.join(' ')}`)
    return [...shown(secret), seen('mode', { mode: '600' })]
  },
}

/** Whether the machine has the key of a provider. */
export async function hasKey(
  machine: Pick<Machine, 'exec'>,
  secret: string,
  limits: CallLimits,
): Promise<boolean> {
  const { stdout } = await machine.exec(lookCommand(secret), limits)
  return stdout.split('\n').includes('key')
}

/** Takes a key that came out of variables that were there before. Safe to repeat. @throws Fault write-failed */
export async function takeBackKey(bench: Bench, before: Before): Promise<void> {
  const { secret } = bench.wanted
  if (secret === null || before.hadKey || before.absent.includes(VARIABLES_FILE)) return
  const command = sh`umask 077; f="$HOME"/${VARIABLES_FILE}; [ -e "$f" ] || exit 0; { grep -v ${`^${secret}=`} "$f" || [ "$?" = 1 ]; } >"$f.tmp" && mv -- "$f.tmp" "$f"`
  await must(bench, command, 'write-failed')
}

function shown(secret: string | null): Seen[] {
  return [seen('token'), ...saidAs(secret)]
}
