// Speaks the OpenClaw gateway's WebSocket protocol from inside a node, so that the harness can read and prepare a gateway
// without the product under test. Reads one JSON document from standard input:
//   { port, token, calls?: [{ method, params?, timeoutMs? }], turns?: [{ key, agent, message }] }
// and writes { hello, results, turns } to standard output. Nothing secret is in its arguments.
//
// Protocols 3 (2026.2) and 4 (2026.9) differ here in two ways: 3 grants a scope only to a client that signs with a device
// key, and it has no sessions.send. So every connection is signed, and turns go the way the gateway says it offers.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const DEVICE_FILE = path.join(import.meta.dirname, 'device.json')
const SCOPES = ['operator.read', 'operator.write', 'operator.admin']
const CLIENT = { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' }
const ROLE = 'operator'

function loadDevice() {
  if (fs.existsSync(DEVICE_FILE)) return JSON.parse(fs.readFileSync(DEVICE_FILE, 'utf8'))
  const pair = crypto.generateKeyPairSync('ed25519')
  const raw = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const device = {
    id: crypto.createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
  fs.writeFileSync(DEVICE_FILE, JSON.stringify(device), { mode: 0o600 })
  return device
}

function signed(device, token, challenge) {
  const signedAt = challenge.ts ?? Date.now()
  const fields = [
    'v2',
    device.id,
    CLIENT.id,
    CLIENT.mode,
    ROLE,
    SCOPES.join(','),
    signedAt,
    token,
    challenge.nonce,
  ]
  const signature = crypto.sign(null, Buffer.from(fields.join('|')), device.privateKey).toString('base64url')
  return { id: device.id, publicKey: device.publicKey, signature, signedAt, nonce: challenge.nonce }
}

class Gateway {
  #socket
  #waiting = new Map()
  #serial = 0

  async open(port, token) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`)
    return await new Promise((resolve, reject) => {
      this.#socket.addEventListener('error', (event) => reject(new Error(event.message ?? 'no connection')))
      this.#socket.addEventListener('close', (event) => {
        const closed = new Error(`closed ${event.code} ${event.reason}`)
        reject(closed)
        for (const call of this.#waiting.values()) call.reject(closed)
      })
      this.#socket.addEventListener('message', (event) => {
        const frame = JSON.parse(event.data)
        if (frame.event === 'connect.challenge') this.#introduce(token, frame.payload).then(resolve, reject)
        if (frame.type === 'res') this.#settle(frame)
      })
    })
  }

  #introduce(token, challenge) {
    const device = signed(loadDevice(), token, challenge)
    const about = { client: CLIENT, role: ROLE, scopes: SCOPES, caps: [], auth: { token }, device }
    return this.call('connect', { minProtocol: 3, maxProtocol: 4, ...about })
  }

  #settle(frame) {
    const call = this.#waiting.get(frame.id)
    this.#waiting.delete(frame.id)
    if (frame.ok) call?.resolve(frame.payload)
    else
      call?.reject(Object.assign(new Error(frame.error?.message ?? 'refused'), { code: frame.error?.code }))
  }

  call(method, params = {}, timeoutMs = 30_000) {
    const id = String(++this.#serial)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${method} in ${timeoutMs} ms`)), timeoutMs)
      const settle = (done) => (value) => {
        clearTimeout(late)
        done(value)
      }
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
      this.#socket.send(JSON.stringify({ type: 'req', id, method, params }))
    })
  }

  close() {
    this.#socket.close()
  }
}

async function turn(gateway, methods, { key, agent, message }) {
  const unique = crypto.randomUUID()
  let run
  if (methods.includes('sessions.send')) {
    await gateway.call('sessions.create', { key, agentId: agent })
    run = await gateway.call('sessions.send', { key, message }, 120_000)
  } else {
    run = await gateway.call('chat.send', { sessionKey: key, message, idempotencyKey: unique }, 120_000)
  }
  const end = await gateway.call('agent.wait', { runId: run.runId, timeoutMs: 110_000 }, 120_000)
  return { key, status: end.status, error: end.error, endedAt: Date.now() }
}

const asked = JSON.parse(fs.readFileSync(0, 'utf8'))
const gateway = new Gateway()
const hello = await gateway.open(asked.port, asked.token)
const turns = []
for (const one of asked.turns ?? []) turns.push(await turn(gateway, hello.features.methods, one))
const results = []
for (const { method, params, timeoutMs } of asked.calls ?? []) {
  try {
    results.push({ ok: true, payload: await gateway.call(method, params, timeoutMs) })
  } catch (error) {
    results.push({ ok: false, error: error.message, code: error.code })
  }
}
gateway.close()
const { methods } = hello.features
process.stdout.write(JSON.stringify({ hello: { protocol: hello.protocol, methods }, results, turns }), () =>
  process.exit(0),
)
