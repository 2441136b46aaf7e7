import { OperatorError } from '../base/errors.ts'
import type { RunRecord } from '../provision/run-record.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/** An addition that did not come to its end, as far as the actor may know of it. */
export async function unfinished(
  { provision }: Pick<Context, 'provision'>,
  actor: Actor,
  id: string,
): Promise<RunRecord | null> {
  const run = await provision.additions.get(id)
  return run === undefined || run.state === 'done' || !mayUse(actor, 'admin', run) ? null : run
}

/** As {@link unfinished}. @throws OperatorError unknown-addition */
export async function foundAddition(context: Context, actor: Actor, id: string): Promise<RunRecord> {
  const run = await unfinished(context, actor, id)
  if (run === null) throw new OperatorError('unknown-addition', { node: id })
  return run
}
