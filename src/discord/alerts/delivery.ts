import type { Client } from 'discord.js'
import type { Digest, Incident } from '../../incidents/incident.ts'
import type { Context } from '../../operations/context.ts'
import type { Card } from '../card.ts'
import { editMessage, postMessage } from '../message.ts'
import type { Reader } from '../reader.ts'
import { digestMarker, digestView } from '../views/digest.ts'
import { incidentMarker, incidentView, roleMention } from '../views/incident.ts'
import { findPosted } from './find-posted.ts'
import { incidentFacts, subjectOf } from './incident-facts.ts'

/** What has a message of its own. */
export type AlertTarget = { kind: 'incident'; of: Incident } | { kind: 'digest'; of: Digest }

/** What it takes to bring one message up to date. */
export interface AlertDesk {
  context: Context
  client: Client<true>
  channelId: string
  /** The role that is called when it is critical; null calls nobody. */
  roleId: string | null
  reader: Reader
}

/** The message as it should be now. */
export function alertCard(desk: AlertDesk, target: AlertTarget): Card {
  const { context, reader } = desk
  if (target.kind === 'incident') return incidentView(incidentFacts(context, target.of), reader, desk.roleId)
  const { incidents } = context.incidents.state()
  const members = incidents.filter(({ id }) => target.of.members.includes(id))
  return digestView(
    target.of.id,
    members.map((incident) => subjectOf(context, incident)),
    reader,
  )
}

/**
 * Posts the message of an incident or a digest, once: that it is about to be posted is on disk first, and when that is
 * all there is (a crash, a broken connection), the channel is searched before anything is posted again.
 * @returns whether the message shows this card for certain: one from an earlier attempt may show an older state
 * @throws what discord.js throws
 */
export async function postAlert(desk: AlertDesk, target: AlertTarget, card: Card): Promise<boolean> {
  const { context, channelId, client } = desk
  const { id, delivery, revision } = target.of
  const marker = target.kind === 'incident' ? incidentMarker(id) : digestMarker(id)
  const first = delivery.postingSince === null
  if (delivery.postingSince !== null) {
    const messageId = await findPosted(client, context.clock, channelId, marker, delivery.postingSince)
    if (messageId !== null) {
      await report(desk, target, messageId, 0)
      return false
    }
  }
  await context.incidents.apply({
    kind: 'delivered',
    id,
    delivery: { postingSince: delivery.postingSince ?? context.clock.now() },
  })
  const nonce = `${id}.${target.of.openedAt.toString(36)}${delivery.reposted ? '.2' : ''}`
  const calls = target.kind === 'incident' && target.of.level === 'critical' && target.of.state === 'open'
  const roles = calls && desk.roleId !== null ? [desk.roleId] : []
  const messageId = await postMessage(client, context.clock, channelId, card, nonce, roles)
  // Posted again with the same nonce, Discord answers with the message that it has already.
  await report(desk, target, messageId, first ? revision : 0)
  return first
}

async function report(
  { context, channelId }: AlertDesk,
  target: AlertTarget,
  messageId: string,
  revision: number,
): Promise<void> {
  await context.incidents.apply({
    kind: 'delivered',
    id: target.of.id,
    delivery: { channelId, messageId, revision, postingSince: null },
    told: target.kind === 'incident' ? toldByCard(target.of) : 0,
  })
}

/** A first message says that it is open; one that comes back says all that its former thread had. */
function toldByCard({ timeline, delivery }: Incident): number {
  if (delivery.reposted) return timeline.length
  return timeline[0]?.kind === 'opened' ? 1 : 0
}

/** Edits the message. @throws what discord.js throws, 10008 when it was deleted */
export async function editAlert(desk: AlertDesk, target: AlertTarget, card: Card): Promise<void> {
  const { id, delivery, revision } = target.of
  const place = { channelId: delivery.channelId ?? desk.channelId, messageId: delivery.messageId ?? '' }
  const text = JSON.stringify(card.components)
  const named = desk.roleId !== null && text.includes(roleMention(desk.roleId)) ? [desk.roleId] : []
  await editMessage(desk.client, desk.context.clock, place, card, named)
  await desk.context.incidents.apply({ kind: 'delivered', id, delivery: { revision } })
}
