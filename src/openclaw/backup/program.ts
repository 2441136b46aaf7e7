import { MACHINE_PROGRAM } from '../machine-program.ts'

/**
 * What runs in the node's own Node.js (18 and later; databases need `node:sqlite`, that is 22.13) for
 * {@link BACKUP_SCRIPT}: takes the list of files, copies the databases by `VACUUM INTO`, which is right also while the
 * gateway writes, and every sessions.json once it reads the same twice, and leaves the lists for tar. Prints `facts` and
 * one line of JSON, `marks BYTES`, and the marks as so many bytes of gzip. Names are kept as bytes until they are printed.
 *
 * A file's mark is made of its name, inode, size and times; that of a database, and of a sessions.json, is taken before it is
 * copied, and a database's is one of its logs as well: whatever is written to it moves one of them. A file whose mark is on
 * stdin (12 bytes each) is as it was when it was read for an earlier backup, and is neither copied nor in the archive. A file that
 * changed less than two seconds ago gets no mark: it may change again within one tick of the clock that the file system keeps.
 *
 * It begins while the list is still made, and goes on once whatever has file descriptor 3 has closed it. What find told of a file
 * is enough to see that it is as it was; every other file is looked at once more.
 *
 * Arguments: 1 the run's folder, 2 the state directory, 3 'no-marks' when the archive is to be another one. Reads `roots` (triples),
 * and `list` (names that end with NUL) or `listed` (behind each name 0x01 and what find tells of it); writes `files` and `copied`,
 * and below `copies` what tar takes in place of the originals. Ends with 7 when the disk has no room for the copies.
 */
export const BACKUP_PROGRAM = String.raw`
'use strict'
${MACHINE_PROGRAM}
const fs = require('node:fs')
const path = require('node:path')
const { createHash, hash } = require('node:crypto')
const { isAscii } = require('node:buffer')
const startedAt = Date.now()
const [work, state, wanted] = process.argv.slice(1)
const MOST_NAMED = 50
const ROOM_LEFT = 32 * 1024 * 1024
const MARK_BYTES = 12
const MOST_MARKS = 100000
const SETTLED_MS = 2000
// Until the list is whole.
fs.readFileSync(3)
// Each mark is whole in base64: 12 bytes are 16 letters.
const MARK_LETTERS = MARK_BYTES / 3 * 4
const given = fs.readFileSync(0, 'base64')
const earlier = new Set()
for (let at = 0; at + MARK_LETTERS <= given.length; at += MARK_LETTERS) earlier.add(given.slice(at, at + MARK_LETTERS))
const names = (file) => {
  const text = fs.readFileSync(path.join(work, file)).toString('latin1')
  return text.split('\0').slice(0, -1)
}
const bytesOf = (name) => Buffer.from(name, 'latin1')
const shown = (name) => bytesOf(name).toString('utf8')
const isIn = (folder, name) => name === folder || name.startsWith(folder + '/')
const stateName = Buffer.from(state).toString('latin1')
const LEFT_OUT = [stateName + '/tmp', stateName + '/cache/control-ui-assets'].map((name) => [name, name + '/'])
const isLeftOut = (name) => LEFT_OUT.some(([folder, inside]) => name === folder || name.startsWith(inside))

const roots = []
const triples = names('roots')
for (let at = 0; at + 2 < triples.length; at += 3)
  roots.push({ kind: shown(triples[at]), path: shown(triples[at + 1]), real: shown(triples[at + 2]) })
const workspaces = roots
  .filter(({ kind, real }) => kind === 'workspace' && !isIn(real, state))
  .map(({ real }) => Buffer.from(real).toString('latin1'))

/** What find told of each name. */
const told = new Map()
/** Whether all names are surely ASCII, so that their bytes are those of their text. */
let isPlain = false
function namesTold() {
  if (!fs.existsSync(path.join(work, 'listed'))) return [...new Set(names('list'))]
  const bytes = fs.readFileSync(path.join(work, 'listed'))
  isPlain = Boolean(isAscii?.(bytes))
  const text = bytes.toString('latin1')
  for (let from = 0, end; (end = text.indexOf('\0', from)) !== -1; from = end + 1) {
    const nameEnd = text.lastIndexOf('\x01', end)
    told.set(text.slice(from, nameEnd), text.slice(nameEnd + 1, end))
  }
  return [...told.keys()]
}
const all = namesTold().sort().filter((name) => !isLeftOut(name))
const withLog = new Set(all.filter((name) => name.endsWith('-wal')))
const listed = (count) => ({ count, names: [] })
const special = listed(0)
const gone = listed(0)
const note = (list, name) => {
  list.count += 1
  if (list.names.length < MOST_NAMED) list.names.push(shown(name))
}
const factsOf = ({ ino, size, mtimeNs, ctimeNs }) => '\0' + [ino, size, mtimeNs, ctimeNs].join(' ')
const isSettled = ({ ctimeMs }) => Number(ctimeMs) < startedAt - SETTLED_MS
// Node 18 has no hash() for one text alone, which takes less than half; of bytes it takes twice as long.
function markOf(name, facts) {
  const text = name + facts
  if (!hash) return createHash('sha256').update(text, 'latin1').digest('base64').slice(0, MARK_LETTERS)
  return hash('sha256', isPlain ? text : Buffer.from(text, 'latin1'), 'base64').slice(0, MARK_LETTERS)
}
/** Seconds with ten digits behind the point, of which the last is always 0, as nanoseconds. */
const nanoseconds = (time) => time.slice(0, -11) + time.slice(-10, -1)
let marksLeft = MOST_MARKS
/** A file that is as it was, by what find told of it; null where it has to be looked at, also where find tells it otherwise. */
function unchanged(name) {
  const facts = told.get(name)
  if (!facts.startsWith('f ')) return null
  const last = facts.lastIndexOf(' ')
  const middle = facts.lastIndexOf(' ', last - 1)
  const changed = facts.slice(last + 1)
  if (!(Number(changed) * 1000 < startedAt - SETTLED_MS)) return null
  const identity = facts.slice(2, middle + 1)
  const mark = markOf(name, '\0' + identity + nanoseconds(facts.slice(middle + 1, last)) + ' ' + nanoseconds(changed))
  return earlier.has(mark) ? { name, size: Number(identity.split(' ')[1]), mark, same: true } : null
}
function looked(name) {
  let stat
  try {
    stat = fs.lstatSync(bytesOf(name), { bigint: true })
  } catch {
    note(gone, name)
    return null
  }
  if (stat.isDirectory() || stat.isSymbolicLink()) return { name, size: 0, mark: null, same: false }
  if (!stat.isFile()) {
    note(special, name)
    return null
  }
  const isMarked = isSettled(stat) && stat.size > 0n && marksLeft > 0
  const mark = isMarked ? markOf(name, factsOf(stat)) : null
  return { name, size: Number(stat.size), mark, same: earlier.has(mark) }
}
/** What is there, by its name; same as it was by the mark of its file alone, which says nothing of what is copied. */
const found = new Map()
for (const name of all) {
  const entry = (told.size > 0 && marksLeft > 0 ? unchanged(name) : null) ?? looked(name)
  if (entry === null) continue
  found.set(name, entry)
  if (entry.mark !== null) marksLeft -= 1
}
const sizeOf = (name) => found.get(name)?.size ?? 0

const MAGIC = 'SQLite format 3\0'
function isDatabase(name) {
  if (!/\.(?:sqlite3?|db)$/.test(name) && !(withLog.size > 0 && withLog.has(name + '-wal'))) return false
  if (sizeOf(name) === 0) return false
  let file
  try {
    file = fs.openSync(bytesOf(name), 'r')
    const head = Buffer.alloc(16)
    return fs.readSync(file, head, 0, 16, 0) === 16 && head.toString('latin1') === MAGIC
  } catch {
    return false
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}
const databaseNames = all.filter(isDatabase)
const isUtf8 = (name) => Buffer.from(shown(name)).equals(bytesOf(name))
const STORE = /\/agents\/[^/]+\/sessions\/sessions\.json$/
const storeNames = all.filter((name) => name.endsWith('/sessions.json') && STORE.test(name) && found.has(name) && isUtf8(name))

const LOGS = ['-wal', '-journal']
const LOG_HEAD_BYTES = 32
/** The change time of a log says nothing: SQLite sets its owner anew whenever root opens it, also only to read. */
function factsOfLog(name, { ino, size, mtimeNs }) {
  const file = fs.openSync(bytesOf(name), 'r')
  try {
    const head = Buffer.alloc(LOG_HEAD_BYTES)
    fs.readSync(file, head, 0, LOG_HEAD_BYTES, 0)
    return '\0' + [ino, size, mtimeNs, head.toString('hex')].join(' ')
  } finally {
    fs.closeSync(file)
  }
}
/** What a database is by its file and its logs; null while one of them has just been written to. The index of a log (-shm) holds nothing. */
function markOfDatabase(name) {
  try {
    const stat = fs.lstatSync(bytesOf(name), { bigint: true })
    if (!isSettled(stat)) return null
    let facts = '\0database' + factsOf(stat)
    for (const end of LOGS) {
      const log = fs.lstatSync(bytesOf(name + end), { bigint: true, throwIfNoEntry: false })
      if (!log || log.size === 0n) continue
      if (!log.isFile() || !isSettled({ ctimeMs: log.mtimeMs })) return null
      facts += '\0' + end + factsOfLog(name + end, log)
    }
    return markOf(name, facts)
  } catch {
    return null
  }
}
/** What need not be copied. */
const same = new Set()
const copyMarks = new Map()
for (const name of databaseNames) copyMarks.set(name, markOfDatabase(name))
for (const name of storeNames) copyMarks.set(name, found.get(name).mark)
for (const [name, mark] of copyMarks) if (earlier.has(mark)) same.add(name)

const need = [...databaseNames, ...storeNames].filter((name) => !same.has(name)).reduce(
  (sum, name) => sum + sizeOf(name) + sizeOf(name + '-wal'), 0)
const disk = fs.statfsSync(work)
const free = Number(disk.bavail) * Number(disk.bsize)
if (need + ROOM_LEFT > free) {
  process.stderr.write('needs ' + (need + ROOM_LEFT) + ' of ' + free + ' bytes')
  process.exit(7)
}

const copied = []
const replaced = new Set()
function placeOf(name) {
  const place = path.join(work, 'copies') + Buffer.from(name, 'latin1').toString('utf8')
  fs.mkdirSync(path.dirname(place), { recursive: true })
  return place
}
/** The original's mode and time, so that the copy is restored as the original was. */
function stamp(name, place) {
  const { mode, mtime } = fs.statSync(bytesOf(name))
  fs.chmodSync(place, mode & 0o7777)
  fs.utimesSync(place, mtime, mtime)
}

function ownerOf(db) {
  try {
    const row = db.prepare('SELECT * FROM schema_meta LIMIT 1').get() || {}
    return { role: row.role ?? null, agentId: row.agent_id ?? null }
  } catch {
    return { role: null, agentId: null }
  }
}
const countTables = (db) => Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get().n)

function copyDatabase(sqlite, name) {
  if (!isUtf8(name)) throw new Error('its name is not UTF-8')
  const place = placeOf(name)
  let db = new sqlite.DatabaseSync(shown(name), { readOnly: true })
  let facts
  try {
    // The copy is read at once and then removed: nothing of it has to survive a power cut.
    db.exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF')
    db.prepare('VACUUM INTO ?').run(place)
  } finally {
    db.close()
  }
  db = new sqlite.DatabaseSync(place, { readOnly: true })
  try {
    const userVersion = Number(db.prepare('PRAGMA user_version').get().user_version)
    facts = { tables: countTables(db), userVersion, ...ownerOf(db) }
  } finally {
    db.close()
  }
  const bytes = fs.statSync(place).size
  stamp(name, place)
  return { ...facts, bytes }
}

const databases = []
let sqlite = null
let missing = 'this Node.js has no node:sqlite'
try {
  if (databaseNames.some((name) => !same.has(name))) sqlite = require('node:sqlite')
} catch (error) {
  missing = String(error.message).slice(0, 200)
}
for (const name of databaseNames) {
  const where = { path: shown(name), own: !workspaces.some((folder) => isIn(folder, name)) }
  const nothing = { tables: null, userVersion: null, role: null, agentId: null }
  try {
    if (same.has(name)) {
      databases.push({ ...where, ...nothing, bytes: sizeOf(name), error: null, same: true })
      for (const end of ['', ...LOGS, '-shm']) replaced.add(name + end)
      continue
    }
    if (sqlite === null) throw new Error(missing)
    databases.push({ ...where, ...copyDatabase(sqlite, name), error: null })
    copied.push(name)
    for (const end of ['', ...LOGS, '-shm']) replaced.add(name + end)
  } catch (error) {
    databases.push({ ...where, ...nothing, bytes: sizeOf(name), error: String(error.message).slice(0, 200) })
    fs.rmSync(path.join(work, 'copies') + shown(name), { force: true })
  }
}

const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const unsteady = listed(0)
for (const name of storeNames) {
  if (same.has(name)) {
    replaced.add(name)
    continue
  }
  let before = null
  let steady = false
  for (let turn = 0; turn < 40 && !steady; turn += 1) {
    try {
      const now = fs.readFileSync(bytesOf(name))
      steady = before !== null && before.equals(now)
      before = now
      if (steady) JSON.parse(now.toString('utf8'))
    } catch {
      steady = false
    }
    if (!steady) wait(25)
  }
  if (!steady || before === null) {
    note(unsteady, name)
    continue
  }
  const place = placeOf(name)
  fs.writeFileSync(place, before)
  stamp(name, place)
  copied.push(name)
  replaced.add(name)
}

const rest = [...found.values()].filter(({ name }) => !replaced.has(name))
const files = rest.filter(({ same }) => !same)
const relative = (list) => Buffer.from(list.map((name) => name.slice(1) + '\0').join(''), 'latin1')
const inCopies = new Set(copied)
const marked = []
const tell = (name, mark, isSame) => {
  if (mark) marked.push((isSame ? '=' : '+') + mark + name.slice(1))
}
// In the order of the archive: copies come behind everything else.
for (const { name, mark, same } of rest) tell(name, mark, same)
for (const [name, mark] of copyMarks) if (same.has(name) || inCopies.has(name)) tell(name, mark, same.has(name))
const sum = (sizes) => sizes.reduce((all, size) => all + size, 0)
const unchangedSizes = [...rest.filter(({ same }) => same).map(({ size }) => size), ...[...same].map(sizeOf)]
fs.writeFileSync(path.join(work, 'files'), relative(files.map(({ name }) => name)))
fs.writeFileSync(path.join(work, 'copied'), relative(copied))

const copiedBytes = copied.reduce(
  (sum, name) => sum + fs.statSync(path.join(work, 'copies') + shown(name)).size, 0)
const unread = fs.readFileSync(path.join(work, 'find'), 'utf8').split('\n').filter((line) => line !== '')
const facts = JSON.stringify({
  version: 1,
  home: process.env.HOME,
  state,
  roots,
  entries: files.length + copied.length,
  bytes: sum(files.map(({ size }) => size)) + copiedBytes,
  same: { files: unchangedSizes.length, bytes: sum(unchangedSizes) },
  databases,
  special,
  gone,
  unsteady,
  unread: { count: unread.length, names: unread.slice(0, MOST_NAMED) },
  nodeVersion: process.version,
  platform: process.platform + '-' + process.arch,
  machine: machineOf(),
  uid: process.getuid(),
})
const packed = require('node:zlib').gzipSync(Buffer.from(wanted === 'no-marks' ? '' : marked.join('\0'), 'latin1'), { level: 1 })
fs.writeFileSync(1, Buffer.concat([Buffer.from('facts ' + facts + '\nmarks ' + packed.length + '\n'), packed]))
`
