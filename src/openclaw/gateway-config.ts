import { z } from 'zod'

/** A text of the configuration: its parts, of which some stand in variables. */
export type ConfigText = readonly (string | { variable: string })[]

/** How the gateway wants to be greeted. `unresolved`: a secret that only OpenClaw itself can look up. */
export type GatewayAuth =
  | { kind: 'token' | 'password'; text: ConfigText }
  | { kind: 'open' }
  | { kind: 'unresolved'; source: string }

/** What a configuration says about reaching its gateway. */
export interface GatewayConfig {
  port: number | null
  /** Whether it listens on the loopback: `tailnet` and `custom` may listen on another address alone. */
  onLoopback: boolean
  /** The address of `gateway.bind: custom`. */
  address: string | null
  tls: boolean
  auth: GatewayAuth
  /** `env.vars`: what counts for a variable that the process does not have. */
  variables: ReadonlyMap<string, string>
}

/** Variables in which a gateway looks when its configuration has no credential, and for its port. */
export const GATEWAY_VARIABLES = {
  token: 'OPENCLAW_GATEWAY_TOKEN',
  password: 'OPENCLAW_GATEWAY_PASSWORD',
  port: 'OPENCLAW_GATEWAY_PORT',
} as const

const text = z.string().optional().catch(undefined)
const secret = z.union([z.string(), z.looseObject({ source: z.string(), id: z.string().optional() })])

const configSchema = z.looseObject({
  env: z
    .looseObject({ vars: z.record(z.string(), z.string()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  gateway: z
    .looseObject({
      port: z.int().min(1).max(65_535).optional().catch(undefined),
      bind: text,
      customBindHost: text,
      tls: z
        .looseObject({ enabled: z.boolean().optional().catch(undefined) })
        .optional()
        .catch(undefined),
      auth: z
        .looseObject({
          mode: text,
          token: secret.optional().catch(undefined),
          password: secret.optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .optional(),
})

/** Types a configuration; null when it is none, which also stops the gateway. */
export function parseGatewayConfig(document: unknown): GatewayConfig | null {
  const parsed = configSchema.safeParse(document)
  if (!parsed.success) return null
  const { gateway, env } = parsed.data
  return {
    port: gateway?.port ?? null,
    onLoopback: gateway?.bind !== 'tailnet' && gateway?.bind !== 'custom',
    address: gateway?.bind === 'custom' ? (gateway.customBindHost ?? null) : null,
    tls: gateway?.tls?.enabled === true,
    auth: readAuth(gateway?.auth),
    variables: new Map(Object.entries(env?.vars ?? {})),
  }
}

type Secret = z.infer<typeof secret>
type AuthSection = { mode?: string | undefined; token?: Secret | undefined; password?: Secret | undefined }

/** `trusted-proxy` and whatever else may come cannot be answered by a program on the node. */
function readAuth(auth: AuthSection | undefined): GatewayAuth {
  const mode = auth?.mode ?? (isSet(auth?.password) && !isSet(auth?.token) ? 'password' : 'token')
  if (mode === 'none') return { kind: 'open' }
  if (mode !== 'token' && mode !== 'password') return { kind: 'unresolved', source: mode }
  const value = mode === 'token' ? auth?.token : auth?.password
  if (!isSet(value)) return { kind: mode, text: [{ variable: GATEWAY_VARIABLES[mode] }] }
  if (typeof value === 'string') return { kind: mode, text: partsOf(value) }
  return value?.source === 'env' && value.id !== undefined && /^[A-Za-z_]\w*$/.test(value.id)
    ? { kind: mode, text: [{ variable: value.id }] }
    : { kind: 'unresolved', source: value?.source ?? mode }
}

function isSet(value: Secret | undefined): boolean {
  return value !== undefined && value !== ''
}

const REFERENCE = /(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g

/** `${NAME}` stands for a variable anywhere in a string; `$${NAME}` is the text itself. */
function partsOf(value: string): ConfigText {
  const parts: (string | { variable: string })[] = []
  let at = 0
  for (const match of value.matchAll(REFERENCE)) {
    const [whole, escaped, name = ''] = match
    parts.push(value.slice(at, match.index))
    parts.push(escaped === '$' ? whole.slice(1) : { variable: name })
    at = match.index + whole.length
  }
  return [...parts, value.slice(at)].filter((part) => part !== '')
}

/** The variables that a text needs. */
export function variablesIn(parts: ConfigText): string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.variable]))
}

/** The text with its variables filled in; null when one of them has no value. */
export function fillText(parts: ConfigText, values: ReadonlyMap<string, string>): string | null {
  const filled = parts.map((part) => (typeof part === 'string' ? part : (values.get(part.variable) ?? '')))
  return parts.every((part, index) => typeof part === 'string' || filled[index] !== '')
    ? filled.join('')
    : null
}
