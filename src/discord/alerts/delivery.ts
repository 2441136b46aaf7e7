import type { Client } from 'discord.js'
import type { ChannelDeliveries } from '../../incidents/deliveries.ts'
import type { Digest, Incident } from '../../incidents/incident.ts'
import type { Context } from '../../operations/context.ts'
import { digestFacts, incidentFacts } from '../../presenters/incident-facts.ts'
import type { Card } from '../card.ts'
import { editMessage, postMessage } from '../message.ts'
import type { Reader } from '../reader.ts'
import { digestMarker, digestView } from '../views/digest.ts'
import { incidentMarker, incidentView } from '../views/incident.ts'
import { findPosted } from './find-posted.ts'

/** What has a message of its own. */
export type AlertTarget = { kind: 'incident'; of: Incident } | { kind: 'digest'; of: Digest }

/** What it takes to bring one message up to date. */
export interface AlertDesk {
  context: Context
  deliveries: ChannelDeliveries
  client: Client<true>
  channelId: string
  /** The role that is called when it is critical; null calls nobody. */
  roleId: string | null
  reader: Reader
}

/** The message as it should be now. */
export function alertCard(desk: AlertDesk, target: AlertTarget): Card {
  const { context, reader } = desk
  return target.kind === 'incident'
    ? incidentView(incidentFacts(context, target.of), reader, desk.roleId)
    : digestView(digestFacts(context, target.of), reader)
}

/**
 * Posts the message of an incident or a digest, once: that it is about to be posted is on disk first, and when that is
 * all there is (a crash, a broken connection), the channel is searched before anything is posted again.
 * @returns the message, and whether it shows this card for certain: one from an earlier attempt may show an older state
 * @throws what discord.js throws
 */
export async function postAlert(
  desk: AlertDesk,
  target: AlertTarget,
  card: Card,
): Promise<{ messageId: string; certain: boolean }> {
  const { context, channelId, client, deliveries } = desk
  const { id, revision } = target.of
  const { postingSince, reposted, deleted } = deliveries.of(id)
  if (postingSince !== null) {
    const marker = target.kind === 'incident' ? incidentMarker(id) : digestMarker(id)
    const messageId = await findPosted(client, context.clock, channelId, marker, postingSince)
    if (messageId !== null) {
      await report(desk, target, messageId, 0)
      return { messageId, certain: false }
    }
  }
  await deliveries.note(id, { postingSince: postingSince ?? context.clock.now() })
  const nonce = `${id}.${target.of.openedAt.toString(36)}${deleted ? '.3' : reposted ? '.2' : ''}`
  const calls = target.kind === 'incident' && target.of.level === 'critical' && target.of.state === 'open'
  const roles = calls && desk.roleId !== null ? [desk.roleId] : []
  const messageId = await postMessage(client, context.clock, channelId, card, nonce, roles)
  // Posted again with the same nonce, Discord answers with the message that it has already.
  const certain = postingSince === null
  await report(desk, target, messageId, certain ? revision : 0)
  return { messageId, certain }
}

async function report(
  { channelId, deliveries }: AlertDesk,
  target: AlertTarget,
  messageId: string,
  revision: number,
): Promise<void> {
  const { id } = target.of
  const told = target.kind === 'incident' && deliveries.of(id).reposted ? { told: endOf(target.of) } : {}
  await deliveries.note(id, { channelId, messageId, revision, postingSince: null, ...told })
}

/** How many entries the timeline has had so far. A message that comes back says all that its former thread had. */
function endOf({ timelineStart, timeline }: Incident): number {
  return timelineStart + timeline.length
}

/** Edits the message. @throws what discord.js throws, 10008 when it was deleted */
export async function editAlert(desk: AlertDesk, target: AlertTarget, card: Card): Promise<void> {
  const { id, revision } = target.of
  const { channelId, messageId } = desk.deliveries.of(id)
  const place = { channelId: channelId ?? desk.channelId, messageId: messageId ?? '' }
  const roles = desk.roleId === null ? [] : [desk.roleId]
  await editMessage(desk.client, desk.context.clock, place, card, roles)
  await desk.deliveries.note(id, { revision })
}
