import { z } from 'zod'
import { remotePathSchema } from '../../registry/schema.ts'
import type { InputForm } from '../base/input-problem.ts'
import type { WantedBinding } from '../openclaw/agent-config.ts'

/**
 * The id of an agent as OpenClaw leaves it: of another text it would make another id.
 * Source: what `agents.create` made of names (run: 2026.2.17, 2026.9.6).
 */
export const botIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/, 'bot-id' satisfies InputForm)

/** A folder on the node, below the home of the login; no step leads upwards. */
export const workspaceSchema = remotePathSchema.refine(
  (path) => !path.split('/').some((segment) => segment === '..' || segment === '.'),
  { error: 'bot-workspace' satisfies InputForm },
)

/** A channel, or one account of it: `discord` or `discord:ops`. */
export const bindingTextSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}(?::[\w.@+-]{1,64})?$/i, 'bot-binding' satisfies InputForm)

/** What a binding means that fits {@link bindingTextSchema}. */
export function parseBinding(text: string): WantedBinding {
  const [channel = '', account = null] = text.split(':')
  return { channel, account }
}
