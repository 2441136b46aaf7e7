import { OperatorError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { listModels } from '../openclaw/methods/models.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { CallLimits } from '../ssh/call.ts'

const MODELS_NEAR = 4

/** What a gateway says of a model that somebody typed. */
export interface ModelCheck {
  /** `not-asked` without a model; `unread` where the gateway did not tell. */
  modelCheck: 'not-asked' | 'listed' | 'unlisted' | 'unread'
  modelsNear: string[]
  modelMeant: string | null
}

/** Whether the gateway lists the model. That it does not is a warning and no more: a provider may have it all the same. */
export async function checkModel(
  link: NodeLink,
  model: string | undefined,
  agentId: string,
  limits: CallLimits,
): Promise<ModelCheck> {
  const nothing = { modelsNear: [], modelMeant: null }
  if (model === undefined) return { modelCheck: 'not-asked', ...nothing }
  try {
    const models = await listModels(link, agentId, limits)
    if (models.includes(model)) return { modelCheck: 'listed', ...nothing }
    return { modelCheck: 'unlisted', modelsNear: nearTo(model, models), modelMeant: meantBy(model, models) }
  } catch (error) {
    if (limits.signal?.aborted || !(error instanceof OperatorError)) throw error
    return { modelCheck: 'unread', ...nothing }
  }
}

/** The models that are most like the one that was typed: those that share most of its words. */
function nearTo(model: string, models: readonly string[]): string[] {
  const wordsOf = (text: string) =>
    text
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean)
  const wanted = new Set(wordsOf(model))
  const shared = (one: string) => wordsOf(one).filter((word) => wanted.has(word)).length
  return [...models].sort((a, b) => shared(b) - shared(a) || a.localeCompare(b)).slice(0, MODELS_NEAR)
}

/** The one that was mistyped, if it was; people leave the provider and the version out. */
function meantBy(model: string, models: readonly string[]): string | null {
  const whole = nearest(model, models)
  if (whole !== null) return whole
  const nameOf = (one: string) => one.slice(one.lastIndexOf('/') + 1).replace(/[-.@\d]+$/, '')
  const name = nearest(nameOf(model), [...new Set(models.map(nameOf))])
  return models.find((one) => nameOf(one) === name) ?? null
}
