import { answer, callbackResponse, editAnswer, followUp, messageOf } from '../answers.ts'
import { findForCallback, findForWebhook, type Interaction, settle } from '../interaction.ts'
import { asRecord } from '../json.ts'
import { fileNamesAfter, isLoading, type MessageInput, removeMessage } from '../messages.ts'
import { checkCallback, checkMessage } from '../validate.ts'
import type { World } from '../world.ts'
import {
  bodyOf,
  inputOf,
  MESSAGE_RATE,
  noContent,
  ok,
  type Reply,
  type RestRequest,
  type Route,
} from './route.ts'

const WEBHOOK = '/webhooks/:app/:token'
const WEBHOOK_MESSAGE = `${WEBHOOK}/messages/:message`
const LIMITED = { open: true, rateLimit: MESSAGE_RATE }

export const interactionRoutes: Route[] = [
  { method: 'POST', path: '/interactions/:id/:token/callback', open: true, handle: callback },
  { method: 'POST', path: WEBHOOK, ...LIMITED, handle: postFollowUp },
  { method: 'GET', path: WEBHOOK_MESSAGE, open: true, handle: read },
  { method: 'PATCH', path: WEBHOOK_MESSAGE, ...LIMITED, handle: edit },
  { method: 'DELETE', path: WEBHOOK_MESSAGE, ...LIMITED, handle: remove },
]

function callback(world: World, request: RestRequest): Reply {
  const { id = '', token = '' } = request.params
  const interaction = findForCallback(world, id, token)
  const body = bodyOf(request)
  const input: MessageInput = { body: asRecord(body.data) ?? {}, uploads: request.uploads }
  const type = Number(body.type)
  const source =
    interaction.sourceMessageId === null ? undefined : world.findMessage(interaction.sourceMessageId)
  const before = type === 7 && source !== undefined ? source.raw : null
  checkCallback(interaction, body, { fileNames: fileNamesAfter(input, before), before })
  answer(world, interaction, type, input)
  if (request.query.get('with_response') !== 'true') return noContent
  return ok(callbackResponse(world, interaction, type))
}

function postFollowUp(world: World, request: RestRequest): Reply {
  const interaction = webhook(world, request)
  const input = inputOf(request)
  const original = interaction.originalId === null ? undefined : world.findMessage(interaction.originalId)
  const before = original !== undefined && isLoading(original) ? original.raw : null
  checkMessage('follow-up', input.body, { fileNames: fileNamesAfter(input, before), before })
  return ok(followUp(world, interaction, input).raw)
}

function read(world: World, request: RestRequest): Reply {
  return ok(messageOf(world, webhook(world, request), request.params.message ?? '').raw)
}

function edit(world: World, request: RestRequest): Reply {
  const interaction = webhook(world, request)
  const message = messageOf(world, interaction, request.params.message ?? '')
  const input = inputOf(request)
  const context = { fileNames: fileNamesAfter(input, message.raw), before: message.raw }
  checkMessage('edit-by-webhook', input.body, context)
  editAnswer(world, interaction, message, input)
  return ok(message.raw)
}

function remove(world: World, request: RestRequest): Reply {
  const interaction = webhook(world, request)
  const message = messageOf(world, interaction, request.params.message ?? '')
  removeMessage(world, message)
  // An answer that is taken away while it still says "thinking" is over for the person who waits.
  if (interaction.state === 'thinking' && interaction.originalId === message.id)
    settle(world, interaction, 'answered')
  return noContent
}

function webhook(world: World, request: RestRequest): Interaction {
  const { app = '', token = '' } = request.params
  return findForWebhook(world, app, token)
}
