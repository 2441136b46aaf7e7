// Starts the demo as a newcomer does, uses it in Discord and in a shell, ends it with Ctrl-C, and looks whether anything is left.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const START_MS = 120_000
const leftovers = () => readdirSync(tmpdir()).filter((name) => /^ocm-(sandbox-)?[A-Za-z0-9]{6}$/.test(name))

const before = new Set(leftovers())
const demo = spawn('npm', ['run', 'demo'], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
let output = ''
demo.stdout.setEncoding('utf8').on('data', (chunk) => {
  output += chunk
})
const exited = new Promise((resolve) => demo.once('exit', (code, signal) => resolve(code ?? signal)))
const quit = (signal) => {
  try {
    process.kill(-demo.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
process.once('exit', () => quit('SIGKILL'))

const url = await until(START_MS, () => /http:\/\/127\.0\.0\.1:\d+\//.exec(output)?.[0])
const page = await fetch(url)
assert.equal(page.status, 200)
const first = await state('', '')
const as = {
  userId: first.users.find((user) => user.name === 'Vera').id,
  locale: 'ja',
  channelId: first.channels[0].id,
}
const used = await fetch(new URL('/page/call', url), {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ method: 'slash', params: [as, ['node', 'list'], {}] }),
})
assert.equal((await used.json()).ok, true)
await until(30_000, async () => {
  const { messages } = await state(as.userId, as.channelId)
  return JSON.stringify(messages).includes('tokyo-1')
})
// The link of the page signs in, once.
const link = new URL(await until(START_MS, () => /http:\S+#login=[\w-]+/.exec(output)?.[0]))
const ofPage = { origin: link.origin, 'x-ocm': '1' }
const logIn = () =>
  fetch(new URL('/api/ocm/login', link), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...ofPage },
    body: JSON.stringify({ secret: link.hash.replace('#login=', '') }),
  })
const signedIn = await logIn()
assert.equal(signedIn.status, 200)
const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
const nodes = await fetch(new URL('/api/ocm/nodes?live=false', link), {
  headers: { cookie, ...ofPage },
})
assert.match(await nodes.text(), /tokyo-1/)
assert.equal((await logIn()).status, 401)
// As it is printed, but for the terminal.
const line = await until(START_MS, () => /OCM_DATA_DIR=.* node list$/m.exec(output)?.[0])
const shell = spawnSync('sh', ['-c', line], { encoding: 'utf8', timeout: START_MS })
assert.match(shell.stdout, /tokyo-1/, shell.stderr)
quit('SIGINT')
const ended = await Promise.race([exited, sleep(30_000).then(() => 'still running')])
assert.notEqual(ended, 'still running')
await until(10_000, () => leftovers().every((name) => before.has(name)))
process.stdout.write('demo: started, answered, ended, left nothing behind\n')

async function state(userId, channelId) {
  const answer = await fetch(new URL(`/page/state?userId=${userId}&locale=ja&channelId=${channelId}`, url))
  return answer.json()
}

async function until(ms, read) {
  const end = Date.now() + ms
  for (;;) {
    const value = await read()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain; the demo said:\n${output}`)
    await sleep(200)
  }
}
