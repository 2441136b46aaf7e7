import { MACHINE_PROGRAM } from '../machine-program.ts'
import { MOUNTS_PROGRAM } from '../mounts-program.ts'

/**
 * What runs in the node's own Node.js (18.15 and later) for a restore. Arguments: 1 marker, 2 verb. The first line on stdin
 * is the request, as JSON; what follows is data. On stdout: `<<ocm-restore MARKER`, the answer as one line of JSON,
 * `ocm-restore MARKER>>`.
 *
 * A place is one folder or file that is restored: `real` is where it lies, `staged` what is to take its place, in a folder
 * of the run beside it, `aside` the name that the present state gets, and `kept` the name for what is neither of the two and
 * may be nowhere else: a state that came up in between, or a restored one that was written to before it went back. Which of the three exist tells how far a swap has
 * come, at any instant: (real, staged) nothing is swapped, (aside, staged) it is between its two renames, (real, aside) it
 * is swapped. A place that did not exist before has no `aside`.
 *
 * Verbs: `look` what is there now; `stage` writes the journal and makes the folders; `unpack` takes a tar; `check`
 * compares what was staged with the list that comes, one entry a line, and when all of it is right releases its databases
 * from the gateway that wrote them and seals it; `swap` of what
 * is sealed, which goes back by itself when a rename fails; `back`; `quiet` whether the gateway has ended; `places` whether
 * folders can be written; `clean` removes what the run brought as long as nobody wrote to it, and nothing else. Each may be
 * run again, and from `swap` on none of them needs a free byte.
 */
export const RESTORE_PROGRAM = String.raw`
'use strict'
${MACHINE_PROGRAM}
const fs = require('node:fs')
const path = require('node:path')
const net = require('node:net')
const { createHash } = require('node:crypto')
const { spawnSync } = require('node:child_process')
const [marker, verb] = process.argv.slice(1)
process.umask(0o077)

const fail = (text) => {
  process.stderr.write(String(text).slice(0, 1500))
  process.exit(10)
}
function firstLine() {
  const bytes = []
  const one = Buffer.alloc(1)
  for (;;) {
    let count = 0
    try {
      count = fs.readSync(0, one, 0, 1, null)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      continue
    }
    if (count === 0) fail('the request did not come')
    if (one[0] === 10) return Buffer.from(bytes).toString('utf8')
    bytes.push(one[0])
  }
}
const stat = (name) => {
  try {
    return fs.lstatSync(name)
  } catch {
    return null
  }
}
const is = (name) => name !== null && stat(name) !== null
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
function syncFolder(name) {
  const handle = fs.openSync(name, 'r')
  try {
    fs.fsyncSync(handle)
  } catch {
    // Not every file system can.
  } finally {
    fs.closeSync(handle)
  }
}
function weigh(name) {
  const found = stat(name)
  if (found === null) return 0
  if (!found.isDirectory()) return found.isFile() ? found.size : 0
  let bytes = 0
  let names = []
  try {
    names = fs.readdirSync(Buffer.from(name), { encoding: 'buffer' })
  } catch {
    return 0
  }
  const walk = (folder) => {
    for (const item of fs.readdirSync(folder, { encoding: 'buffer' })) {
      const full = Buffer.concat([folder, Buffer.from('/'), item])
      try {
        const entry = fs.lstatSync(full)
        if (entry.isDirectory()) walk(full)
        else if (entry.isFile()) bytes += entry.size
      } catch {
        // Gone, or not for this login.
      }
    }
  }
  if (names.length > 0) walk(Buffer.from(name))
  return bytes
}

// The journal: what belongs to the run, and the seals. Its name tells whether the run was given up: a rename needs no room.
const journalOf = (folder) => path.join(folder, 'journal.json')
const givenOf = (folder) => path.join(folder, 'journal.given.json')
function readJournal(folder) {
  for (const file of [journalOf(folder), givenOf(folder)]) {
    try {
      return { ...JSON.parse(fs.readFileSync(file, 'utf8')), given: file === givenOf(folder) }
    } catch {
      // The other one, or none.
    }
  }
  return null
}
function writeJournal(folder, value) {
  const file = journalOf(folder)
  const handle = fs.openSync(file + '.next', 'w', 0o600)
  fs.writeSync(handle, JSON.stringify(value) + '\n')
  fs.fsyncSync(handle)
  fs.closeSync(handle)
  fs.renameSync(file + '.next', file)
  syncFolder(folder)
}
/** What tells whether anybody wrote below a name: no content is read, and every write shows in a time that nobody can set. */
function sealOf(root) {
  const hash = createHash('sha256')
  const walk = (name, isRoot) => {
    const { mode, size, mtimeNs, ctimeNs, ino } = fs.lstatSync(name, { bigint: true })
    // A rename changes the time of what is renamed.
    hash.update([mode, size, mtimeNs, isRoot ? '' : ctimeNs, ino].join(' ')).update(isRoot ? '' : name).update('\0')
    if ((mode & 0o170000n) !== 0o040000n) return
    let names = []
    try {
      names = fs.readdirSync(name, { encoding: 'buffer' }).sort(Buffer.compare)
    } catch {
      return
    }
    for (const item of names) walk(Buffer.concat([name, Buffer.from('/'), item]), false)
  }
  walk(Buffer.from(root), true)
  return hash.digest('hex')
}
/** Moves what may be nowhere else to a name of its own beside its place. */
function keep(from, place) {
  let name = place.kept
  for (let count = 1; is(name); count += 1) name = place.kept + '.' + count
  rename(from, name)
}
function toldOf(place) {
  const [real, staged, aside] = [is(place.real), is(place.staged), is(place.aside)]
  if (staged && aside) return 'between'
  if (staged) return 'untouched'
  if (aside) return real ? 'swapped' : 'between'
  // What was never sealed was never put there by this run.
  if (place.aside === null) return real && place.seal ? 'swapped' : 'bare'
  return real ? 'bare' : 'lost'
}
/** A bare place was not staged yet, or what was put aside has been removed since: the others tell. */
function allTold(places) {
  const each = places.map(toldOf).filter((one) => one !== 'bare')
  if (each.includes('lost')) return 'lost'
  if (each.every((one) => one === 'untouched')) return 'untouched'
  return each.every((one) => one === 'swapped') ? 'swapped' : 'between'
}
function rename(from, to) {
  // A rename onto an empty folder would succeed.
  if (is(to)) throw new Error('there is something at ' + to)
  fs.renameSync(from, to)
  syncFolder(path.dirname(to))
  if (path.dirname(from) !== path.dirname(to)) syncFolder(path.dirname(from))
}
function forward(place) {
  if (toldOf(place) === 'untouched' && place.aside !== null) rename(place.real, place.aside)
  if (is(place.staged)) rename(place.staged, place.real)
  if (toldOf(place) !== 'swapped') throw new Error('nothing was staged for ' + place.real)
}
function backward(place) {
  if (toldOf(place) === 'swapped') rename(place.real, place.staged)
  if (!is(place.aside)) return
  // Whoever started meanwhile made a state of his own: nothing is lost.
  if (is(place.real)) keep(place.real, place)
  rename(place.aside, place.real)
}
/** When a process began, in ticks since the machine did; null when it has ended. */
function bornAt(pid) {
  try {
    const text = fs.readFileSync('/proc/' + pid + '/stat', 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : fields[19]
  } catch {
    return null
  }
}
/** One at a time: a command whose connection was cut may still be at work. A link names its holder and needs no room. */
function inTurn(request, work) {
  const file = path.join(request.folder, 'turn')
  const own = process.pid + '.' + bornAt(process.pid)
  for (let waited = 0; ; waited += 50) {
    try {
      fs.symlinkSync(own, file)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let [pid, born] = ['', '']
    try {
      ;[pid, born] = fs.readlinkSync(file).split('.')
    } catch {
      // It has just gone.
    }
    // After a restart of the machine somebody else has its number.
    if (pid !== '' && bornAt(pid) !== born) fs.rmSync(file, { force: true })
    else if (waited > 30000) throw new Error('another command of this run is still at work')
    sleep(50)
  }
  try {
    return work()
  } finally {
    fs.rmSync(file, { force: true })
  }
}

function freeBytes(folder) {
  const { stdout } = spawnSync('df', ['-kP', folder], { encoding: 'utf8' })
  const line = String(stdout).trim().split('\n').pop() ?? ''
  const match = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+\d+%/.exec(line)
  return match === null ? null : Number(match[3]) * 1024
}
function userVersion(file) {
  try {
    const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      return Number(Object.values(db.prepare('PRAGMA user_version').get())[0])
    } finally {
      db.close()
    }
  } catch {
    return null
  }
}
function largest(values) {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
function realOf(name) {
  try {
    return fs.realpathSync(name)
  } catch {
    try {
      return path.join(fs.realpathSync(path.dirname(name)), path.basename(name))
    } catch {
      return null
    }
  }
}
const home = fs.realpathSync(process.env.HOME)

${MOUNTS_PROGRAM}
function look(request) {
  const expanded = request.state === '' ? path.join(home, '.openclaw') : request.state.replace(/^~(?=\/|$)/, home)
  const state = realOf(expanded)
  const uid = process.getuid()
  const places = request.places.map((real) => {
    const parent = path.dirname(real)
    const above = stat(parent)
    const present = stat(real)
    let problem = null
    if (above === null || !above.isDirectory() || realOf(real) !== real) problem = 'no-place'
    else if (present !== null && (isElsewhere(present, above.dev) || mountPoints().includes(real))) problem = 'mount-point'
    else if (present !== null && present.uid !== uid) problem = 'other-owner'
    else {
      try {
        fs.accessSync(parent, fs.constants.W_OK | fs.constants.X_OK)
        if ((above.mode & 0o1000) !== 0 && above.uid !== uid && present !== null && present.uid !== uid) problem = 'other-owner'
      } catch {
        problem = 'not-writable'
      }
    }
    return {
      real,
      problem,
      present: present !== null,
      bytes: weigh(real),
      device: above === null ? 0 : above.dev,
      free: above === null ? null : freeBytes(parent),
    }
  })
  const agents = []
  try {
    for (const id of fs.readdirSync(path.join(state, 'agents')))
      agents.push(userVersion(path.join(state, 'agents', id, 'agent', 'openclaw-agent.sqlite')))
  } catch {
    // No agents yet.
  }
  const { stdout } = spawnSync('tar', ['--version'], { encoding: 'utf8' })
  const leftovers = []
  for (const name of fs.readdirSync(path.dirname(state ?? home))) {
    if (!/^\.ocm-restore\.[0-9A-Za-z-]{1,60}$/.test(name)) continue
    const folder = path.join(path.dirname(state ?? home), name)
    const found = stat(folder)
    if (!found.isDirectory() || found.uid !== uid) continue
    const journal = readJournal(folder)
    const told = journal === null ? 'untouched' : allTold(journal.places)
    leftovers.push({ folder, told })
  }
  return {
    home,
    state,
    machine: machineOf(),
    gnuTar: String(stdout).includes('GNU tar'),
    places,
    databases: {
      state: state === null ? null : userVersion(path.join(state, 'state', 'openclaw.sqlite')),
      agent: largest(agents),
    },
    leftovers,
  }
}

function stage(request) {
  for (const { aside } of request.places) if (is(aside)) throw new Error('there is something at ' + aside)
  fs.mkdirSync(request.folder, { mode: 0o700 })
  const places = request.places.map((place) => ({ ...place, seal: null }))
  writeJournal(request.folder, { version: 1, at: new Date().toISOString(), backup: request.backup, places })
  const others = new Set(places.map(({ staged }) => path.dirname(staged)))
  others.delete(request.folder)
  for (const folder of others) fs.mkdirSync(folder, { mode: 0o700 })
  return { made: true }
}

function unpack(request) {
  const { place } = request
  const folder = path.dirname(place.staged)
  const strip = path.dirname(place.origin ?? place.real).split('/').filter(Boolean).length
  const { status, signal, stderr } = spawnSync(
    'tar',
    ['--extract', '--file=-', '--strip-components=' + strip, '--no-same-owner', '--same-permissions', '--delay-directory-restore'],
    { cwd: folder, stdio: [0, 'ignore', 'pipe'] },
  )
  if (status !== 0) fail('tar ended with ' + (status ?? signal) + ': ' + String(stderr))
  return { unpacked: true }
}

/**
 * Takes out of the databases what was true of the gateway that wrote them and of no other: who holds them (its lease keeps
 * a gateway on another machine from starting for five minutes) and what it was about to send (it has been sent since).
 * OpenClaw does the same to its own snapshots (src/state/openclaw-state-snapshot-sanitizer.ts, 2026.9.6).
 */
function release(root) {
  const file = path.join(root, 'state', 'openclaw.sqlite')
  let sqlite = null
  try {
    sqlite = require('node:sqlite')
  } catch {
    // No release of OpenClaw that has these tables runs on such a Node.js.
  }
  if (sqlite === null || !stat(file)?.isFile()) return
  const db = new sqlite.DatabaseSync(file)
  try {
    const known = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => name)
    const stale = ['state_leases', 'agent_database_leases', 'delivery_queue_entries'].filter((name) => known.includes(name))
    if (stale.length === 0) return
    db.exec('BEGIN IMMEDIATE')
    for (const name of stale) db.exec('DELETE FROM ' + name)
    db.exec('COMMIT')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

async function check(request) {
  const { place } = request
  const folder = path.dirname(place.staged)
  const problems = []
  let problemCount = 0
  const wrong = (name, what) => {
    problemCount += 1
    if (problems.length < 20) problems.push({ path: name, what })
  }
  let entries = 0
  let bytes = 0
  const buffer = Buffer.alloc(1024 * 1024)
  const lines = require('node:readline').createInterface({ input: fs.createReadStream(null, { fd: 0 }) })
  let ended = false
  for await (const line of lines) {
    if (line === 'end') {
      ended = true
      break
    }
    const [kind, name, mode, what, size] = JSON.parse(line)
    entries += 1
    const full = name === '' ? place.staged : path.join(place.staged, name)
    const found = stat(full)
    if (found === null) wrong(name, 'missing')
    else if (kind === 'link') {
      if (!found.isSymbolicLink() || fs.readlinkSync(full) !== what) wrong(name, 'link')
    } else if (kind === 'folder') {
      if (!found.isDirectory()) wrong(name, 'kind')
      else if ((found.mode & 0o777) !== (mode & 0o777)) wrong(name, 'mode')
    } else if (!found.isFile()) wrong(name, 'kind')
    else if (found.size !== size) wrong(name, 'size')
    else if ((found.mode & 0o777) !== (mode & 0o777)) wrong(name, 'mode')
    else {
      const hash = createHash('sha256')
      try {
        const handle = fs.openSync(full, 'r')
        try {
          for (let count = 1; count > 0; ) {
            count = fs.readSync(handle, buffer, 0, buffer.length, null)
            hash.update(buffer.subarray(0, count))
          }
        } finally {
          fs.closeSync(handle)
        }
        bytes += found.size
        if (hash.digest('hex') !== what) wrong(name, 'content')
      } catch {
        // Its own mode keeps this login from it: the size has to do.
        if (mode & 0o400) wrong(name, 'unreadable')
      }
    }
  }
  if (!ended) fail('the list did not come whole')
  let there = 0
  const count = (name) => {
    there += 1
    if (!fs.lstatSync(name).isDirectory()) return
    let names = []
    try {
      names = fs.readdirSync(name, { encoding: 'buffer' })
    } catch {
      return
    }
    for (const item of names) count(Buffer.concat([name, Buffer.from('/'), item]))
  }
  if (is(place.staged)) count(Buffer.from(place.staged))
  if (problemCount === 0 && there === entries) {
    try {
      release(place.staged)
    } catch (error) {
      wrong('state/openclaw.sqlite', 'lease: ' + String(error.message).slice(0, 30))
    }
  }
  spawnSync('sync', [])
  const sealed = problemCount === 0 && there === entries && there > 0
  const { given, ...journal } = readJournal(request.folder)
  const seal = (one) => (one.real === place.real ? { ...one, seal: sealed ? sealOf(place.staged) : null } : one)
  writeJournal(request.folder, { ...journal, places: journal.places.map(seal) })
  return { entries, there, bytes, problems, problemCount }
}

function swap(request) {
  return inTurn(request, () => {
    const journal = readJournal(request.folder)
    if (journal === null) throw new Error('the journal of this run is gone')
    if (journal.given) return { told: allTold(journal.places), fault: 'it was given up' }
    try {
      const unchecked = journal.places.find(({ seal }) => !seal)
      if (unchecked) throw new Error('what was staged for ' + unchecked.real + ' was not checked')
      for (const place of journal.places) forward(place)
      return { told: allTold(journal.places), fault: null }
    } catch (error) {
      for (const place of [...journal.places].reverse()) backward(place)
      return { told: allTold(journal.places), fault: String(error.message).slice(0, 300) }
    }
  })
}

function back(request) {
  return inTurn(request, () => {
    const journal = readJournal(request.folder)
    if (journal === null) throw new Error('the journal of this run is gone')
    // A swap that is still on its way comes too late.
    if (!journal.given) fs.renameSync(journalOf(request.folder), givenOf(request.folder))
    syncFolder(request.folder)
    for (const place of [...journal.places].reverse()) backward(place)
    return { told: allTold(journal.places), fault: null }
  })
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    const end = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', (error) => end(error.code !== 'ECONNREFUSED'))
    socket.setTimeout(2000, () => end(true))
  })
}
/** Processes of this login that have a database of these places open. */
function holders(places) {
  const found = []
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let handles = []
    try {
      handles = fs.readdirSync('/proc/' + pid + '/fd')
    } catch {
      continue
    }
    for (const handle of handles) {
      let target = ''
      try {
        target = fs.readlinkSync('/proc/' + pid + '/fd/' + handle)
      } catch {
        continue
      }
      if (!/\.sqlite(-wal|-shm)?( \(deleted\))?$/.test(target)) continue
      if (!places.some((place) => target.startsWith(place + '/'))) continue
      found.push(Number(pid))
      break
    }
  }
  return found
}
async function quiet(request) {
  return {
    listening: request.port === null ? false : await listens(request.port),
    lives: request.pid === null ? false : bornAt(request.pid) !== null,
    holders: holders(request.places).slice(0, 20),
  }
}

function places(request) {
  const unusable = []
  for (const name of request.folders) {
    const full = name.replace(/^~(?=\/|$)/, home)
    try {
      if (!fs.statSync(full).isDirectory()) throw new Error('no folder')
      fs.accessSync(full, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    } catch {
      unusable.push(name)
    }
  }
  return { unusable }
}

function remove(name) {
  const open = (folder) => {
    const found = stat(folder)
    if (found === null || !found.isDirectory()) return
    // A folder that may not be written keeps what is in it.
    fs.chmodSync(folder, 0o700)
    for (const item of fs.readdirSync(folder, { withFileTypes: true })) if (item.isDirectory()) open(path.join(folder, item.name))
  }
  open(name)
  fs.rmSync(name, { recursive: true, force: true })
}
/** Removes a folder of the run, the journal last. What else lies in it stays, and so does the folder. */
function removeFolder(folder) {
  const names = ['turn', 'journal.json.next', 'journal.given.json', 'journal.json']
  for (const name of names) fs.rmSync(path.join(folder, name), { force: true })
  try {
    fs.rmdirSync(folder)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    return [folder]
  }
  return []
}
const weighed = (name) => ({ path: name, bytes: weigh(name) })

function clean(request) {
  const places = readJournal(request.folder)?.places ?? []
  const state = allTold(places)
  if (state === 'between' || state === 'lost') throw new Error('its swap is not settled')
  const folders = new Set([...places.map(({ staged }) => path.dirname(staged)), request.folder])
  for (const folder of folders)
    if (!/^\.ocm-restore\.[0-9A-Za-z-]{1,60}$/.test(path.basename(folder))) throw new Error('not a folder of a restore')
  // Sealed and written to since: it was in its place, and what was written may be nowhere else.
  for (const place of places)
    if (place.seal && is(place.staged) && sealOf(place.staged) !== place.seal) keep(place.staged, place)
  for (const place of places) if (is(place.staged)) remove(place.staged)
  folders.delete(request.folder)
  const left = [...folders, request.folder].flatMap(removeFolder)
  const kept = places.flatMap((place) => {
    const [folder, base] = [path.dirname(place.kept), path.basename(place.kept)]
    const names = fs.readdirSync(folder).filter((name) => name === base || name.startsWith(base + '.'))
    return names.map((name) => path.join(folder, name))
  })
  const asides = places.flatMap(({ aside }) => (is(aside) ? [aside] : []))
  return { asides: asides.map(weighed), kept: [...kept, ...left].map(weighed) }
}

async function main() {
  const request = JSON.parse(firstLine())
  const verbs = { look, stage, unpack, check, swap, back, quiet, places, clean }
  const answer = await verbs[verb](request)
  process.stdout.write('<<ocm-restore ' + marker + '\n' + JSON.stringify(answer) + '\nocm-restore ' + marker + '>>\n')
}
main().then(
  () => process.exit(0),
  (error) => fail(error.code ? error.code + ' ' + error.message : error.message),
)
`
