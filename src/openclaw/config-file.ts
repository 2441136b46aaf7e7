import JSON5 from 'json5'
import { z } from 'zod'
import { scriptText } from '../ssh/script-text.ts'

/**
 * Prints a node's openclaw.json. Argument 1: the state directory, '' for ~/.openclaw. Ends with 3 when the file does
 * not exist and with 4 when it may not be read.
 */
export const CONFIG_SCRIPT = scriptText`
case $1 in
  '') file=$HOME/.openclaw/openclaw.json ;;
  '~/'*) file=$HOME/\${1#??}/openclaw.json ;;
  *) file=$1/openclaw.json ;;
esac
if [ -r "$file" ]; then cat "$file"
elif [ -e "$file" ]; then exit 4
else exit 3
fi
`

/** Prints the value of one variable of the state directory's .env. Arguments: 1 state directory or '', 2 its name. */
export const ENV_SCRIPT = scriptText`
case $1 in
  '') file=$HOME/.openclaw/.env ;;
  '~/'*) file=$HOME/\${1#??}/.env ;;
  *) file=$1/.env ;;
esac
[ -r "$file" ] || exit 3
while IFS= read -r line || [ -n "$line" ]; do
  line=\${line#export }
  case $line in "$2="*) printf '%s\n' "\${line#*=}"; exit 0 ;; esac
done <"$file"
exit 3
`

/** What a configuration says about reaching its gateway. */
export interface GatewayConfig {
  port: number | null
  auth: GatewayAuth
}

/**
 * How the gateway wants to be greeted. `env`: the token stands in a variable of the service; `open`: no token;
 * `missing`: a kind that cannot be resolved from outside (a secret store, a password, nothing at all).
 */
export type GatewayAuth =
  | { kind: 'token'; token: string }
  | { kind: 'env'; name: string }
  | { kind: 'open' }
  | { kind: 'missing' }

const configSchema = z.looseObject({
  gateway: z
    .looseObject({
      port: z.int().min(1).max(65_535).optional().catch(undefined),
      auth: z
        .looseObject({ mode: z.string().optional().catch(undefined), token: z.unknown().optional() })
        .optional()
        .catch(undefined),
    })
    .optional(),
})

/** Reads openclaw.json (JSON5); null when it is no valid document, which also stops the gateway. */
export function parseGatewayConfig(text: string): GatewayConfig | null {
  try {
    const parsed = configSchema.safeParse(parseText(text))
    if (!parsed.success) return null
    const gateway = parsed.data.gateway
    return { port: gateway?.port ?? null, auth: readAuth(gateway?.auth) }
  } catch {
    return null
  }
}

/** OpenClaw writes plain JSON, which the built-in parser reads a hundred times faster; people write JSON5. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return JSON5.parse(text)
  }
}

const ENV_REFERENCE = /^\$\{([A-Za-z_]\w*)\}$/
const secretRefSchema = z.looseObject({ source: z.literal('env'), id: z.string().regex(/^[A-Za-z_]\w*$/) })

function readAuth(auth: { mode?: string | undefined; token?: unknown } | undefined): GatewayAuth {
  if (auth?.mode === 'none') return { kind: 'open' }
  if (auth?.mode !== undefined && auth.mode !== 'token') return { kind: 'missing' }
  const token = auth?.token
  if (token === undefined || token === '') return { kind: 'env', name: 'OPENCLAW_GATEWAY_TOKEN' }
  if (typeof token === 'string') {
    const name = ENV_REFERENCE.exec(token.trim())?.[1]
    return name === undefined ? { kind: 'token', token } : { kind: 'env', name }
  }
  const reference = secretRefSchema.safeParse(token)
  return reference.success ? { kind: 'env', name: reference.data.id } : { kind: 'missing' }
}

/** A value of a .env file without its quotes. */
export function unquoteEnv(value: string): string {
  const text = value.trim()
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text
}
