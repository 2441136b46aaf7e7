import type { NodeRecord } from '../../registry/schema.ts'
import { type Actor, mayUse } from '../operations/access.ts'
import { type SharedPiece, sharedPieces } from './pieces.ts'

/** Rows that went are remembered for who comes back late; of more, everybody late begins anew. */
const MOST_GONE = 1_000

/** A node whose row is another than before; null is a row that is no more. */
export interface RowChange {
  id: string
  node: Pick<NodeRecord, 'tags'> | null
  json: string | null
}

/** What is told at once: the members of the data of its events as JSON; null where nothing is different. */
export interface News {
  fleet: readonly SharedPiece[] | null
  incidents: readonly SharedPiece[] | null
}

/** {@link News} of everything there is. */
type Whole = { readonly [Part in keyof News]: NonNullable<News[Part]> }

/** Rows of a fleet, each one text. */
interface FleetNews {
  rows: readonly string[]
  removed: readonly string[]
  totals: string
}

/** The members of the same as JSON, in parts. */
function* fleetMembers({ rows, removed, totals }: FleetNews): Iterable<string> {
  yield '"rows":['
  for (const [index, row] of rows.entries()) {
    if (index > 0) yield ','
    yield row
  }
  yield `],"removed":${JSON.stringify(removed)},${members(totals)}`
}

/** What stands between the braces of an object. */
export function members(json: string): string {
  return json.slice(1, -1)
}

/** What people with the same rights see of the fleet, and since when: made once, however many read it. */
export class View {
  readonly #rights: Actor
  readonly #rows = new Map<string, { json: string; revision: number }>()
  readonly #gone = new Map<string, number>()
  /** News from a revision on, until something changes again. */
  readonly #made = new Map<number, News>()
  /** Everything, until something changes. */
  #whole: Whole | null = null
  #floor: number
  #totals = { json: '{}', revision: 0 }
  #incidents = { json: '{}', revision: 0 }
  /** How many read it. */
  readers = 0

  /** @param rights of whoever reads it; @param revision from which it knows everything */
  constructor(rights: Actor, revision: number) {
    this.#rights = rights
    this.#floor = revision
  }

  get rights(): Actor {
    return this.#rights
  }

  /** Takes rows in. A row that its readers may no longer see is gone for them. */
  takeRows(changes: readonly RowChange[], revision: number): void {
    for (const { id, node, json } of changes) {
      if (node !== null && json !== null && mayUse(this.#rights, 'viewer', node)) {
        this.#rows.set(id, { json, revision })
        this.#gone.delete(id)
      } else if (this.#rows.delete(id)) this.#gone.set(id, revision)
    }
    if (this.#gone.size > MOST_GONE) {
      this.#gone.clear()
      this.#floor = revision
    }
    this.#forget()
  }

  /** Takes in how many nodes there are. Returns whether that is new. */
  takeTotals(nodes: readonly NodeRecord[], revision: number): boolean {
    const seen = nodes.filter((node) => mayUse(this.#rights, 'viewer', node))
    const count = (state: NodeRecord['state']) => seen.filter((node) => node.state === state).length
    const totals = { total: seen.length, retired: count('retired'), maintenance: count('maintenance') }
    const json = JSON.stringify(totals)
    if (json === this.#totals.json) return false
    this.#totals = { json, revision }
    this.#forget()
    return true
  }

  /** Takes in what is open. Returns whether that is new. */
  takeIncidents(json: string, revision: number): boolean {
    if (json === this.#incidents.json) return false
    this.#incidents = { json, revision }
    this.#forget()
    return true
  }

  /** Whether what happened after a revision is still known. */
  knows(revision: number): boolean {
    return revision >= this.#floor
  }

  /** Everything as it stands. */
  whole(): Whole {
    this.#whole ??= this.#makeWhole()
    return this.#whole
  }

  #makeWhole(): Whole {
    const rows = [...this.#rows.values()].map(({ json }) => json)
    return {
      fleet: sharedPieces(fleetMembers({ rows, removed: [], totals: this.#totals.json })),
      incidents: sharedPieces([members(this.#incidents.json)]),
    }
  }

  /** What is different since a revision. */
  since(from: number): News {
    const known = this.#made.get(from)
    if (known) return known
    const rows = [...this.#rows.values()].flatMap(({ json, revision }) => (revision > from ? [json] : []))
    const removed = [...this.#gone].flatMap(([id, revision]) => (revision > from ? [id] : []))
    const moved = rows.length + removed.length > 0 || this.#totals.revision > from
    const news = {
      fleet: moved ? sharedPieces(fleetMembers({ rows, removed, totals: this.#totals.json })) : null,
      incidents: this.#incidents.revision > from ? sharedPieces([members(this.#incidents.json)]) : null,
    }
    this.#made.set(from, news)
    return news
  }

  #forget(): void {
    this.#made.clear()
    this.#whole = null
  }
}
