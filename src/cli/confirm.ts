import type { Context } from '../operations/context.ts'
import type { Operation, PlannedOperation, Report } from '../operations/operation.ts'
import { planOperation, runOperation } from '../operations/run-operation.ts'
import type { Call } from './command.ts'
import { NotConfirmed, type Refusal } from './not-confirmed.ts'

/** How a dangerous command talks to the person. */
export interface Dialogue<Step, Plan> {
  /** What is about to happen, for people. */
  plan(plan: Plan): string
  /** Called once it was confirmed and nothing stands against the run any more. */
  begins?(): void
  /** One line for a step that begins. */
  step?(step: Step): string
  /** Whether the options confirm this very plan; `--yes` when left out. */
  accepted?(plan: Plan): boolean
  /** What to say when nothing confirms it; that a confirmation is needed when null. */
  refusal?(plan: Plan): Refusal | null
}

/**
 * Shows what a dangerous operation will do, has it confirmed by an option or by a person, and runs exactly that.
 * @throws NotConfirmed and what runOperation throws
 */
export async function confirmAndRun<Input, Result, Step, Plan>(
  call: Call,
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  input: object,
  dialogue: Dialogue<Step, Plan>,
): Promise<Report<Result>> {
  const { signal, actor } = call
  const reason = call.args.text('reason')
  const why = reason === undefined ? {} : { reason }
  const planned = await planOperation(context, actor, operation, input, { signal, ...why })
  await confirm(call, operation.name, planned, dialogue)
  return runOperation(context, actor, operation, input, {
    signal,
    confirmed: planned,
    ...why,
    onWork: () => dialogue.begins?.(),
    onProgress: stepPrinter(call, dialogue.step),
  })
}

async function confirm<Step, Plan>(
  call: Call,
  operation: string,
  { plan }: PlannedOperation<Plan>,
  dialogue: Dialogue<Step, Plan>,
): Promise<void> {
  const { args, terminal, err, json } = call
  const accepted = dialogue.accepted ? dialogue.accepted(plan) : args.flag('yes')
  if (!json) terminal.err(`${dialogue.plan(plan)}\n`)
  if (accepted) return
  const refusal = dialogue.refusal?.(plan) ?? { code: 'confirmation-needed', params: { operation } }
  const notConfirmed = new NotConfirmed(refusal, plan)
  if (json || !terminal.canAsk) throw notConfirmed
  // Who breaks off at the question has not confirmed it.
  const typed = await terminal.ask(`${err.t('cli.confirm.ask')} `, call.signal).catch(() => '')
  if (!/^y(es)?$/i.test(typed.trim())) throw notConfirmed
}

/** Prints each kind of step once, and its repetitions only where somebody watches. */
export function stepPrinter<Step>(
  { terminal, json, err }: Call,
  write: ((step: Step) => string) | undefined,
): (step: Step) => void {
  let last = ''
  return (step) => {
    if (json || !write) return
    const line = write(step)
    if (line === last) return
    last = line
    terminal.err(`${err.paint('dim', line)}\n`)
  }
}
