import type { NodeList } from '../operations/list-nodes.ts'
import type { NodeRow } from '../operations/node-row.ts'

/** Lists that are remembered as they were sent, one for each kind of rights that is about. */
const MOST_LISTS = 4

/** A row belongs to its snapshot and never changes: a list from memory is made of texts that are there already. */
const texts = new WeakMap<NodeRow, string>()
/** The newest first. */
const lists: { rows: readonly NodeRow[]; bytes: Buffer }[] = []

/** The JSON of an envelope whose data is a list, without making anew what was sent before. */
export function listBody(envelope: object, { rows, ...rest }: NodeList): Uint8Array<ArrayBuffer> {
  const head = `${JSON.stringify({ ...envelope, data: undefined }).slice(0, -1)},"data":{"rows":[`
  const tail = `],${JSON.stringify(rest).slice(1)}}`
  return Buffer.concat([Buffer.from(head), bytesOf(rows), Buffer.from(tail)])
}

function bytesOf(rows: readonly NodeRow[]): Buffer {
  const at = lists.findIndex((one) => isSame(one.rows, rows))
  const [known] = at < 0 ? [] : lists.splice(at, 1)
  const list = known ?? { rows, bytes: Buffer.from(rows.map(rowText).join(',')) }
  lists.unshift(list)
  lists.length = Math.min(lists.length, MOST_LISTS)
  return list.bytes
}

function isSame(one: readonly NodeRow[], other: readonly NodeRow[]): boolean {
  return one.length === other.length && one.every((row, index) => row === other[index])
}

function rowText(row: NodeRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = JSON.stringify(row)
  texts.set(row, text)
  return text
}
