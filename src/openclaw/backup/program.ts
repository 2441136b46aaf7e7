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
const startedAt = Date.now()
const [work, state, wanted] = process.argv.slice(1)
const MOST_NAMED = 50
const ROOM_LEFT = 32 * 1024 * 1024
const MARK_BYTES = 12
const MOST_MARKS = 100000
const SETTLED_MS = 2000
// Until the list is whole.
fs.readFileSync(3)
const given = fs.readFileSync(0)
const earlier = new Set()
for (let at = 0; at + MARK_BYTES <= given.length; at += MARK_BYTES) earlier.add(given.toString('base64', at, at + MARK_BYTES))
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

/** What find told of each file with content: its inode, size and times, as the node's Node.js would tell them. */
const TOLD = /^f (\d+) ([1-9]\d*) (\d+)\.(\d{9})0? (\d+)\.(\d{9})0?$/
const told = new Map()
function namesTold() {
  if (!fs.existsSync(path.join(work, 'listed'))) return names('list')
  return names('listed').map((line) => {
    const end = line.lastIndexOf('\x01')
    const name = line.slice(0, end)
    if (earlier.size > 0) told.set(name, line.slice(end + 1))
    return name
  })
}
const all = [...new Set(namesTold())].sort().filter((name) => !isLeftOut(name))
const withLog = new Set(all.filter((name) => name.endsWith('-wal')))
const listed = (count) => ({ count, names: [] })
const special = listed(0)
const gone = listed(0)
const note = (list, name) => {
  list.count += 1
  if (list.names.length < MOST_NAMED) list.names.push(shown(name))
}
const sizes = new Map()
const marks = new Map()
const factsOf = ({ ino, size, mtimeNs, ctimeNs }) => '\0' + [ino, size, mtimeNs, ctimeNs].join(' ')
const isSettled = ({ ctimeMs }) => Number(ctimeMs) < startedAt - SETTLED_MS
// Node 18 has no hash() for one text alone, which takes less than half.
const sha256 = hash ? (bytes) => hash('sha256', bytes, 'base64') : (bytes) => createHash('sha256').update(bytes).digest('base64')
const MARK_LETTERS = MARK_BYTES / 3 * 4
const markOf = (name, facts) => sha256(Buffer.from(name + facts, 'latin1')).slice(0, MARK_LETTERS)
/** The mark of a file that is as it was, by what find told of it; null where it has to be looked at. */
function knownMark(name) {
  const [, ino, size, seconds, part, changed, changedPart] = TOLD.exec(told.get(name) ?? '') ?? []
  if (ino === undefined || changed * 1000 >= startedAt - SETTLED_MS - 1000) return null
  const mark = markOf(name, '\0' + ino + ' ' + size + ' ' + seconds + part + ' ' + changed + changedPart)
  if (!earlier.has(mark)) return null
  sizes.set(name, Number(size))
  return mark
}
for (const name of all) {
  const mark = marks.size < MOST_MARKS ? knownMark(name) : null
  if (mark !== null) {
    marks.set(name, mark)
    continue
  }
  let stat
  try {
    stat = fs.lstatSync(bytesOf(name), { bigint: true })
  } catch {
    note(gone, name)
    continue
  }
  if (stat.isFile()) {
    sizes.set(name, Number(stat.size))
    if (isSettled(stat) && stat.size > 0n && marks.size < MOST_MARKS) marks.set(name, markOf(name, factsOf(stat)))
  } else if (stat.isDirectory() || stat.isSymbolicLink()) sizes.set(name, 0)
  else note(special, name)
}

const MAGIC = 'SQLite format 3\0'
function isDatabase(name) {
  if (!/\.(?:sqlite3?|db)$/.test(name) && !(withLog.size > 0 && withLog.has(name + '-wal'))) return false
  if (!sizes.get(name)) return false
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
const databaseNames = [...sizes.keys()].filter(isDatabase)
const isUtf8 = (name) => Buffer.from(shown(name)).equals(bytesOf(name))
const storeNames = [...sizes.keys()].filter((name) => /\/agents\/[^/]+\/sessions\/sessions\.json$/.test(name) && isUtf8(name))

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
const same = new Set()
const copyMarks = new Map()
for (const name of databaseNames) copyMarks.set(name, markOfDatabase(name))
for (const name of storeNames) copyMarks.set(name, marks.get(name) ?? null)
for (const [name, mark] of copyMarks) if (earlier.has(mark)) same.add(name)

const need = [...databaseNames, ...storeNames].filter((name) => !same.has(name)).reduce(
  (sum, name) => sum + (sizes.get(name) || 0) + (sizes.get(name + '-wal') || 0), 0)
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
      databases.push({ ...where, ...nothing, bytes: sizes.get(name), error: null, same: true })
      for (const end of ['', ...LOGS, '-shm']) replaced.add(name + end)
      continue
    }
    if (sqlite === null) throw new Error(missing)
    databases.push({ ...where, ...copyDatabase(sqlite, name), error: null })
    copied.push(name)
    for (const end of ['', ...LOGS, '-shm']) replaced.add(name + end)
  } catch (error) {
    databases.push({ ...where, ...nothing, bytes: sizes.get(name), error: String(error.message).slice(0, 200) })
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

const rest = [...sizes.keys()].filter((name) => !replaced.has(name))
for (const name of rest) if (earlier.has(marks.get(name))) same.add(name)
const files = rest.filter((name) => !same.has(name))
const relative = (list) => Buffer.from(list.map((name) => name.slice(1) + '\0').join(''), 'latin1')
const inCopies = new Set(copied)
// In the order of the archive: copies come behind everything else.
const marked = wanted === 'no-marks' ? [] : [
  ...rest.map((name) => [name, marks.get(name)]),
  ...[...copyMarks].filter(([name]) => same.has(name) || inCopies.has(name)),
]
  .filter(([, mark]) => mark)
  .map(([name, mark]) => (same.has(name) ? '=' : '+') + mark + name.slice(1))
fs.writeFileSync(path.join(work, 'files'), relative(files))
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
  bytes: files.reduce((sum, name) => sum + sizes.get(name), 0) + copiedBytes,
  same: { files: same.size, bytes: [...same].reduce((sum, name) => sum + sizes.get(name), 0) },
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
const packed = require('node:zlib').gzipSync(Buffer.from(marked.join('\0'), 'latin1'), { level: 1 })
fs.writeFileSync(1, Buffer.concat([Buffer.from('facts ' + facts + '\nmarks ' + packed.length + '\n'), packed]))
`
