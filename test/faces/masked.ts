import { userInfo } from 'node:os'
import { PEOPLE } from '../../src/sandbox/stage/start-sandbox.ts'
import type { Face, World } from './world.ts'

/** Moments, measured times, and what a machine does differently each time. */
const MOMENT =
  /(?:At|Ms|Since|Until|Seconds|seconds|ToServe)$|^(?:at|until|since|secondsDown|pid|bootId|startedAt)$/
/** What the machine under all the nodes is doing, and what is said of it. */
const BUSY = /^(?:load|memory)$/
const BUSY_CODES = ['load-high', 'memory-high']
/** How much there is to store, and how much of it is stored already: the logs of a node grow with its time. */
const GROWS = /^(?:bytes|newBytes|unchanged)$/
/** A time, and what a backup of that time is called. */
const STAMP = /\d{4}-?\d\d-?\d\dT\d\d[:-]?\d\d[:-]?\d\d(?:\.\d+)?Z?(?:-[0-9a-f]{6}\b)?/g
/** The short ids of requests, and those of what lint found, which are made of the path. */
const SHORT = /\b(?:[0-9a-f]{12}|[0-9a-f]{8})\b/g
/** The fingerprint of a plan, which holds where the node is. */
const FINGERPRINT = /^[\w-]{43}$/
/** The secret of a link that signs somebody in, behind where the page of this world is. */
const LINK = /http:\S+#login=\S+/
const WHO = /^by$|By$/
const WHOEVER = { face: '<face>', id: '<whoever>', identity: '<whoever>', name: '<whoever>' }
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** A value of one world as it would be in each: without its times, its ids, its ports, its keys, and who asked. */
export function masked(value: unknown, world: World, face: Face): unknown {
  const { id } = world.actorOf(face)
  const whoever = {
    discord: PEOPLE.admin.toLowerCase(),
    cli: userInfo().username,
    http: 'admin of a program',
  }[face]
  const marks = marksOf(world, [`${face}:${id}`, `${face}:${whoever}`])
  const isWhoever = (part: unknown): part is object =>
    typeof part === 'object' &&
    part !== null &&
    'face' in part &&
    part.face === face &&
    'id' in part &&
    part.id === id
  const clean = (text: string) =>
    marks
      .reduce((left, [part, mark]) => left.replaceAll(part, mark), text)
      .replaceAll(STAMP, '<time>')
      .replaceAll(UUID, '<id>')
      .replaceAll(SHORT, '<short id>')
      .replace(FINGERPRINT, '<fingerprint>')
      .replace(LINK, '<link>')
  const numbers = new Map(
    world.sandbox.nodes.nodes.flatMap(({ id, sshPort, gatewayPort }) => [
      [sshPort, `<ssh port of ${id}>`],
      [gatewayPort, `<gateway port of ${id}>`],
    ]),
  )
  return JSON.parse(
    JSON.stringify(value ?? null, (key, part) => {
      if (MOMENT.test(key) && part !== null) return '<moment>'
      if (BUSY.test(key)) return '<busy>'
      if (GROWS.test(key)) return '<size>'
      if (Array.isArray(part)) return part.filter((one) => !BUSY_CODES.includes(one?.code))
      if (isWhoever(part)) return { ...part, ...WHOEVER }
      if (WHO.test(key) && part === whoever) return '<whoever>'
      if (typeof part === 'number') return numbers.get(part) ?? part
      return typeof part === 'string' ? clean(part) : part
    }),
  )
}

/** Longer ones first: one may be part of another. */
function marksOf({ sandbox, publicKey }: World, whoever: readonly string[]): [string, string][] {
  const nodes = sandbox.nodes.nodes.flatMap((node): [string, string][] => [
    [node.hostPublicKey.split(' ')[1] ?? '', `<key of ${node.id}>`],
    [node.fingerprint, `<fingerprint of ${node.id}>`],
    [node.home, `<home of ${node.id}>`],
    [`:${node.sshPort}`, `:<ssh port of ${node.id}>`],
  ])
  const marks: [string, string][] = [
    ...nodes,
    [sandbox.folder, '<folder>'],
    [sandbox.discord.ids.channels.fleet ?? '', '<channel>'],
    ...whoever.map((one): [string, string] => [one, '<whoever>']),
    [publicKey, '<public key>'],
  ]
  return marks.filter(([part]) => part !== '').sort(([a], [b]) => b.length - a.length)
}
