import { ComponentType } from 'discord.js'
import { expect } from 'vitest'
import type { Card } from '../../src/discord/card.ts'
import { newMessage } from '../../src/discord/message.ts'
import { checkMessage } from '../../src/sandbox/discord/validate.ts'

type Part = { type: number; content?: string; components?: Part[]; accessory?: Part }

/** Every component of a card, nested ones included. */
export function partsOf(card: Card): Part[] {
  const walk = (part: Part): Part[] => [part, ...(part.components ?? []).flatMap(walk)]
  return (card.components as Part[]).flatMap(walk)
}

/** All text that a person reads in the body of a card. */
export function textOf(card: Card): string {
  return partsOf(card)
    .filter(({ type }) => type === ComponentType.TextDisplay)
    .map(({ content }) => content)
    .join('\n')
}

/** Fails unless Discord would take the card, as a new message and as an edit. */
export function expectAccepted(card: Card): void {
  const { files, allowedMentions, ...rest } = newMessage(card)
  const body = { ...rest, allowed_mentions: allowedMentions }
  const context = { fileNames: new Set(files.map(({ name }) => name)), before: null }
  for (const form of ['create', 'edit-by-webhook'] as const)
    expect(() => checkMessage(form, structuredClone(body), context), textOf(card).slice(0, 400)).not.toThrow()
  expect(allowedMentions.parse).toEqual([])
}
