import type { Reason } from '../base/reading.ts'
import type { AddBotPlan, AddBotResult, AddBotStep, BotWarnings } from '../operations/add-bot.ts'
import type { BotPart } from '../operations/configure-bot.ts'
import type { Report } from '../operations/operation.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const LONGEST_PATH = 200
const LONGEST_NAME = 80
const CHANNELS_SHOWN = 8
/** Where the parts of the bot and what OpenClaw changed besides are told as well. */
const CHANNELS_REPEATED = 3
const CHANGES_SHOWN = 5
const VALUE_SHOWN = 80
/** Of each part: all of them may have failed at once. */
const DETAIL_SHOWN = 100

/**
 * The question before an agent is made: all that it will be, and what happens besides.
 * @param why the reason that the person gave; untrusted
 */
export function addBotPlan(plan: AddBotPlan, ink: Ink, why: string | null = null): Told {
  const { nodeId, nodeName, botId, name, model, workspace, workspaceKind, bindings, second } = plan
  return {
    mood: workspaceKind === 'filled' || !isModelKnown(plan) ? 'warning' : 'neutral',
    title: ink.t(
      'add-bot.ask',
      {},
      { bot: ink.code(botId), node: ink.named({ id: nodeId, name: nodeName }) },
    ),
    lead: [],
    parts: [
      [
        fact(ink.t('label.name'), ink.remote(name, LONGEST_NAME)),
        fact(
          ink.t('cli.column.model'),
          model === null ? ink.t('add-bot.default-model') : ink.code(model, LONGEST_NAME),
        ),
        fact(ink.t('bot-part.workspace'), ink.code(workspace, LONGEST_PATH)),
        fact(ink.t('label.channels'), bindingsText(bindings, ink)),
      ],
      lines(
        ...modelLines(plan, ink),
        text(ink.t(`add-bot.workspace.${workspaceKind}`), workspaceKind === 'filled' ? 'warning' : null),
        ...channelLines(plan, CHANNELS_SHOWN, ink),
        plan.beginsAnew && text(ink.t('add-bot.begins-anew'), 'warning'),
        second && aside(ink.t('add-bot.second')),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

function isModelKnown({ modelCheck }: BotWarnings): boolean {
  return modelCheck === 'listed' || modelCheck === 'not-asked'
}

/** Channels without which nobody hears the bot: none, or some that the node does not set up. */
function channelLines({ bindings }: BotWarnings, most: number, ink: Ink): Line[] {
  const all = notSetUp(bindings)
  const more = all.length - most
  return lines(
    bindings.length === 0 && text(ink.t('add-bot.no-bindings')),
    ...all
      .slice(0, most)
      .map((channel) =>
        text(ink.t('add-bot.unknown-channel', {}, { channel: ink.code(channel, LONGEST_NAME) }), 'warning'),
      ),
    more > 0 && aside(ink.t('word.more', { count: more })),
  )
}

function notSetUp(bindings: BotWarnings['bindings']): string[] {
  return [...new Set(bindings.filter(({ known }) => known === false).map((one) => one.text))]
}

/** A model that the gateway does not list is likely mistyped; nothing else says so before the first message. */
function modelLines(warned: BotWarnings, ink: Ink): Line[] {
  const { model, modelCheck, modelsNear, modelMeant } = warned
  if (model === null || isModelKnown(warned)) return []
  if (modelCheck === 'unread') return [text(ink.t('add-bot.models-unread'), 'warning')]
  const others = modelsNear.filter((one) => one !== modelMeant)
  const near = others.map((one) => ink.code(one, LONGEST_NAME)).join(' ')
  return lines(
    text(ink.t('add-bot.unknown-model', {}, { model: ink.code(model, LONGEST_NAME) }), 'warning'),
    modelMeant !== null &&
      text(ink.t('add-bot.model-meant', {}, { model: ink.code(modelMeant, LONGEST_NAME) })),
    near !== '' && aside(ink.t('add-bot.models-near', {}, { models: near })),
    modelMeant === null && near === '' && text(ink.t('add-bot.models-none')),
  )
}

function bindingsText(bindings: AddBotPlan['bindings'], ink: Ink): string {
  if (bindings.length === 0) return ink.t('bots.unbound')
  return firstOf(
    ink,
    bindings.map((one) => ink.code(one.text, LONGEST_NAME)),
    CHANNELS_SHOWN,
  )
}

/** One step in words. */
export function addBotStep({ step }: AddBotStep, ink: Ink): string {
  return ink.t(`step.${step}`)
}

/** How it ended: each part that was asked for, and what OpenClaw changed besides. */
export function addBotResult({ data, outcome }: Report<AddBotResult>, ink: Ink): Told {
  const { nodeId, botId, madeAs, workspace, parts, besides } = data
  // A run that an older ocm wrote down has none.
  const warned = data.warned ?? null
  return {
    mood: outcome === 'done' && warned !== null && isWorrying(warned) ? 'warning' : OUTCOME_MOODS[outcome],
    title: ink.t(`add-bot.${outcome}`, {}, { bot: ink.code(botId), node: ink.code(nodeId) }),
    lead: lines(
      outcome !== 'done' && { kind: 'next', text: ink.t(`add-bot.${outcome}.next`) },
      madeAs !== null &&
        text(ink.t('add-bot.other-id', {}, { id: ink.code(madeAs, LONGEST_NAME) }), 'warning'),
    ),
    parts: [
      [
        ...parts.map((part) => partLine(part, ink)),
        fact(ink.t('bot-part.workspace'), ink.code(workspace, LONGEST_PATH)),
      ],
      warned === null ? [] : warnedLines(warned, ink),
      parts.length === 0 || madeAs !== null ? [] : besidesLines(besides, ink),
    ],
  }
}

function isWorrying(warned: BotWarnings): boolean {
  return !isModelKnown(warned) || notSetUp(warned.bindings).length > 0
}

/** What the question warned of holds for what was made as well. */
function warnedLines(warned: BotWarnings, ink: Ink): Line[] {
  return lines(
    ...modelLines(warned, ink),
    ...channelLines(warned, CHANNELS_REPEATED, ink),
    warned.beginsAnew && text(ink.t('add-bot.begins-anew'), 'warning'),
  )
}

function partLine({ part, state, reason }: BotPart, ink: Ink): Line {
  const words = dotted([
    ink.t(`bot-part.${part}`),
    ink.t(`bot-part-state.${state}`),
    reason && reasonText(ink, brief(reason)),
  ])
  return text(words, state === 'done' ? 'well' : state === 'failed' ? 'alarm' : 'warning')
}

/** What a gateway says may be of any length. */
function brief({ code, params = {}, detail }: Reason): Reason {
  const short = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, VALUE_SHOWN / 2) : value,
  ])
  return {
    code,
    params: Object.fromEntries(short),
    ...(detail === undefined ? {} : { detail: detail.slice(0, DETAIL_SHOWN) }),
  }
}

function besidesLines(besides: AddBotResult['besides'], ink: Ink): Line[] {
  if (besides === null) return [text(ink.t('add-bot.besides.unknown'), 'warning')]
  if (besides.length === 0) return [aside(ink.t('add-bot.besides.none'))]
  const shown = besides.slice(0, CHANGES_SHOWN).map(({ path, before, after }): Line => {
    const none = ink.t('prevent.unset')
    const shown = (value: string) => value.slice(0, VALUE_SHOWN)
    return { kind: 'change', path: shown(path), before: shown(before ?? none), after: shown(after ?? none) }
  })
  const more = besides.length - shown.length
  return [
    text(ink.t('add-bot.besides')),
    ...shown,
    ...(more > 0 ? [aside(ink.t('word.more', { count: more }))] : []),
  ]
}
