import { dotted } from '../../presenters/readings.ts'
import type { Line, Told } from '../../presenters/told.ts'
import type { CardAttachment } from '../card.ts'

/**
 * All of what a card has room for only in part, as a file; undefined where the card has it whole.
 * @param tell makes what is told for so much room, by an ink that marks nothing up
 */
export function wholeFile<Room>(
  name: string,
  tell: (room: Room) => Told,
  { shown, whole }: { shown: Room; whole: Room },
): CardAttachment | undefined {
  const text = plainText(tell(whole))
  return text === plainText(tell(shown)) ? undefined : { name, bytes: Buffer.from(text) }
}

function plainText({ title, lead, parts }: Told): string {
  const blocks = [[title, ...lead.flatMap(plainLines)], ...parts.map((part) => part.flatMap(plainLines))]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`
}

function plainLines(line: Line): string[] {
  switch (line.kind) {
    case 'facts':
      return line.facts.map(([label, value]) => `${label}: ${value}`)
    case 'item':
      return [`- ${line.text}`]
    case 'state':
      return [dotted([line.label, line.text, line.reason])]
    case 'check':
      return [`${line.passed ? '✓' : '✗'} ${line.text}`]
    case 'next':
      return [`→ ${line.text}`]
    case 'change':
      return [line.path, `- ${line.before}`, `+ ${line.after}`]
    case 'findings':
      return line.findings.flatMap(({ text, reason, next }) => [dotted([text, reason]), `→ ${next}`])
    case 'log':
      return [line.title, ...line.lines]
    default:
      return [line.text]
  }
}
