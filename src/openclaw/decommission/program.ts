import { MOUNTS_PROGRAM } from '../mounts-program.ts'

/**
 * What runs in the node's own Node.js (18.15 and later) when a node is decommissioned. Arguments: 1 marker, 2 verb. On stdin one
 * line of JSON, the request; on stdout `<<ocm-decommission MARKER`, the answer as one line of JSON, `ocm-decommission MARKER>>`.
 *
 * An item is one folder or file of OpenClaw's own: `real` is where it lies, `aside` the name that it gets before it is deleted,
 * `id` its device and inode as they were found first. Whatever has another id is somebody else's and stays.
 *
 * Verbs: `look` what is there, why it may not be deleted, and what stays; `rename` items to their asides; `remove` the asides.
 * Each may be run again, and none needs a free byte. No link is followed, and no mount point is crossed.
 */
export const DECOMMISSION_PROGRAM = String.raw`
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const [marker, verb] = process.argv.slice(1)
process.umask(0o077)

const stat = (name) => {
  try {
    return fs.lstatSync(name, { bigint: true })
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  }
}
const idOf = (found) => found.dev + ':' + found.ino
const uid = BigInt(process.getuid())
const home = fs.realpathSync(process.env.HOME)
const tidy = (text) => text.replace(/\/+$/, '') || '/'

${MOUNTS_PROGRAM}
function homes() {
  const lines = fs.readFileSync('/etc/passwd', 'utf8').split('\n')
  return [home, tidy(process.env.HOME), ...lines.map((line) => line.split(':')[5]).filter((one) => one && one.startsWith('/')).map(tidy)]
}
const holds = (outer, inner) => inner === outer || inner.startsWith(outer === '/' ? '/' : outer + '/')

/** Why something may not be deleted; null when it may. */
function problemOf(real) {
  if (!path.isAbsolute(real) || path.normalize(real) !== real || real === '/') return 'no-place'
  const found = stat(real)
  if (found === null) return 'no-place'
  if (fs.realpathSync(real) !== real || found.isSymbolicLink()) return 'link'
  if (homes().some((one) => holds(real, one))) return 'home'
  if (mountPoints().some((one) => holds(real, one)) || isElsewhere(found, stat(path.dirname(real)).dev)) return 'mount-point'
  if (found.uid !== uid) return 'other-owner'
  try {
    fs.accessSync(path.dirname(real), fs.constants.W_OK | fs.constants.X_OK)
  } catch {
    return 'not-writable'
  }
  return null
}
function weigh(name) {
  let bytes = 0
  const walk = (one) => {
    try {
      const found = fs.lstatSync(one)
      if (found.isFile()) bytes += found.size
      if (!found.isDirectory()) return
      for (const item of fs.readdirSync(one, { encoding: 'buffer' })) walk(Buffer.concat([one, Buffer.from('/'), item]))
    } catch {
      // Gone, or not for this login.
    }
  }
  walk(Buffer.from(name))
  return bytes
}
const named = (folder, test) => {
  try {
    return fs.readdirSync(folder).filter((name) => test.test(name)).map((name) => path.join(folder, name))
  } catch {
    return []
  }
}
const isOpenClaw = (state) =>
  ['openclaw.json', 'agents', 'state/openclaw.sqlite'].some((name) => stat(path.join(state, name)) !== null)

function look(request) {
  const given = request.state === '' ? path.join(home, '.openclaw') : request.state.replace(/^~(?=\/|$)/, home)
  const state = tidy(given)
  const unit = path.join(home, '.config', 'systemd', 'user', request.unit)
  const items = []
  const problems = []
  const add = (kind, real, refused) => {
    const found = stat(real)
    const problem = found === null ? 'no-place' : (refused(found) ?? problemOf(real))
    if (problem !== null) problems.push({ path: real, problem })
    else items.push({ kind, real, id: idOf(found), bytes: weigh(real) })
  }
  add('state', state, (found) => (found.isSymbolicLink() ? 'link' : found.isDirectory() && isOpenClaw(state) ? null : 'not-openclaw'))
  add('unit', unit, (found) => (found.isSymbolicLink() ? 'link' : found.isFile() && /openclaw/i.test(fs.readFileSync(unit, 'utf8')) ? null : 'not-openclaw'))
  const others = named(home, /^\.openclaw(-[A-Za-z0-9][\w.-]*)?$/).filter((one) => one !== state && isOpenClaw(one))
  const caches = [path.join(home, '.cache', 'openclaw'), path.join(home, '.cache', 'openclaw-' + uid)].filter((one) => stat(one) !== null)
  const stays = []
  for (const cache of caches) {
    // Another gateway of this login may be at work in them.
    if (others.length > 0 || problemOf(cache) !== null) stays.push(cache)
    else add('cache', cache, () => null)
  }
  for (const place of request.places) {
    const full = tidy(path.normalize(place.replace(/^~(?=\/|$)/, home)))
    if (!holds(state, full) && stat(full) !== null) stays.push(full)
  }
  const base = path.basename(state)
  const beside = named(path.dirname(state), /\.(before-restore|after-restore|retired)-|^\.ocm-/)
  stays.push(...beside.filter((one) => path.basename(one).startsWith(base + '.') || path.basename(one).startsWith('.ocm-')))
  stays.push(...named(path.join(home, '.Trash'), /^\.fs-safe-trash-/), ...others)
  if (stat(unit + '.d') !== null) stays.push(unit + '.d')
  const mine = (one) => stat(one)?.uid === uid
  stays.push(...named('/tmp', /^(openclaw|\.openclaw-)/).filter(mine))
  return { home, items, problems, stays: [...new Set(stays)].slice(0, 200) }
}

/** The folder that holds an item, as far as nobody has put a link in its way. */
function requireFolder(item) {
  const folder = path.dirname(item.real)
  if (path.dirname(item.aside) !== folder || fs.realpathSync(folder) !== folder) throw new Error('a link is in the way of ' + folder)
  if (!path.basename(item.aside).startsWith(path.basename(item.real) + '.retired-')) throw new Error('not a name of a retired item')
}
function syncFolder(name) {
  try {
    const handle = fs.openSync(name, 'r')
    try {
      fs.fsyncSync(handle)
    } finally {
      fs.closeSync(handle)
    }
  } catch {
    // Not every file system can.
  }
}
/**
 * there: not renamed yet. renamed: its aside is what was found first; anew: besides, something came up at its place.
 * gone: neither is there; other: gone, and something came up at its place. changed: its aside is something else.
 */
function standOf(item) {
  const [real, aside] = [stat(item.real), stat(item.aside)]
  if (aside !== null) return idOf(aside) !== item.id ? 'changed' : real === null ? 'renamed' : 'anew'
  if (real === null) return 'gone'
  return idOf(real) === item.id ? 'there' : 'other'
}
function rename(request) {
  const told = request.items.map((item) => {
    requireFolder(item)
    if (standOf(item) === 'there') {
      const problem = problemOf(item.real)
      if (problem !== null) return { real: item.real, stand: 'refused', problem }
      fs.renameSync(item.real, item.aside)
      syncFolder(path.dirname(item.real))
    }
    return { real: item.real, stand: standOf(item), problem: null }
  })
  return { told }
}

function removeTree(name, device) {
  const found = stat(name)
  if (found === null) return
  if (isElsewhere(found, device)) throw new Error('another file system begins at ' + name)
  if (!found.isDirectory()) return fs.rmSync(name, { force: true })
  // A folder that may not be written keeps what is in it.
  if ((found.mode & 0o700n) !== 0o700n) fs.chmodSync(name, 0o700)
  for (const item of fs.readdirSync(name, { encoding: 'buffer' })) removeTree(Buffer.concat([name, Buffer.from('/'), item]), device)
  try {
    fs.rmdirSync(name)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
function remove(request) {
  const told = request.items.map((item) => {
    requireFolder(item)
    const stand = standOf(item)
    if (stand !== 'renamed' && stand !== 'anew') return { real: item.real, stand, problem: null }
    const problem = problemOf(item.aside)
    if (problem !== null) return { real: item.real, stand: 'refused', problem }
    removeTree(Buffer.from(item.aside), stat(path.dirname(item.aside)).dev)
    syncFolder(path.dirname(item.aside))
    return { real: item.real, stand: standOf(item), problem: null }
  })
  return { told }
}

try {
  const request = JSON.parse(fs.readFileSync(0, 'utf8'))
  const answer = { look, rename, remove }[verb](request)
  process.stdout.write('<<ocm-decommission ' + marker + '\n' + JSON.stringify(answer) + '\nocm-decommission ' + marker + '>>\n')
} catch (error) {
  process.stderr.write(String(error.message).slice(0, 1500))
  process.exitCode = 10
}
`
