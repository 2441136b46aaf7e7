import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPackageRegistry } from '../../src/provision/package-registry.ts'
import { runSteps, undoSteps } from '../../src/provision/run-steps.ts'
import { type ServedRegistry, serveRegistry } from '../../src/provision/served-registry.ts'
import type { Bench } from '../../src/provision/step.ts'
import { MACHINE_STEPS } from '../../src/provision/steps.ts'
import { type BareMachine, startBareMachine, VERSION } from './bare-machine.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'

let bare: BareMachine
let server: PackageServer

beforeEach(async () => {
  bare = await startBareMachine()
  server = await startPackageServer()
  // No archive of OpenClaw is at hand, and npm on the machine reaches nothing.
  const sums = join(bare.archives, 'SHASUMS256.txt')
  const lines = readFileSync(sums, 'utf8').split('\n')
  writeFileSync(sums, lines.filter((line) => line.includes('node-')).join('\n'))
})
afterEach(async () => {
  await server.close()
  await bare.close()
})

const registry = () => openPackageRegistry(server.address)

/** The first four steps: those up to OpenClaw. */
const go = (change: Partial<Bench> = {}) =>
  runSteps(MACHINE_STEPS.slice(0, 4), bare.bench({ registry: registry(), ...change }), bare.run, {
    additions: bare.additions,
    witness: { told: () => undefined },
  })

async function undo() {
  const last = bare.kept.at(-1)
  if (last === undefined) throw new Error('nothing was begun')
  return await undoSteps(bare.bench(), last, () => undefined)
}

interface Answer {
  status: number
  text: string
}

/** Asks the port on the loopback of the node as a program there would. */
function ask(served: ServedRegistry, path: string, how: { secret?: string; method?: string } = {}) {
  const [, own = ''] = /:_authToken=(\S+)/.exec(served.npmrc) ?? []
  const { secret = own, method = 'GET' } = how
  const headers = secret === '' ? {} : { authorization: `Bearer ${secret}` }
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(served.address)
    const asked = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    asked.on('error', reject).end()
  })
}

it('brings OpenClaw to a machine that reaches no registry, and nothing of it stays after the undo', async () => {
  const before = bare.files()
  const ended = await go()
  expect(ended.fault).toBeNull()
  const step = ended.steps.at(-1)
  expect(step).toMatchObject({ name: 'openclaw', state: 'done' })
  expect(step?.evidence).toContain(`${server.address}, ssh -R`)
  expect(server.asked.map(({ url }) => url)).toContain(`/npm/openclaw/-/openclaw-${VERSION}.tgz`)
  // What the node sends along ends here, the secret of the run above all.
  expect(server.asked.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([])
  const command = bare.fleet
    .node('bare')
    .facts()
    .commands.findLast((line) => line.includes('npm install'))
  const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(command ?? '') ?? []
  await expect(fetch(address ?? '')).rejects.toThrow()
  expect(bare.files().join('\n')).not.toMatch(/npmrc|npm-cache/)
  expect(await undo()).toEqual({ left: [], fault: null })
  expect(bare.files()).toEqual(before)
}, 120_000)

it('answers nobody without the secret of the run, and of the registry nothing but packages', async () => {
  const served = await serveRegistry(bare.bench({ registry: registry() }), registry())
  try {
    expect(await ask(served, '/openclaw', { secret: '' })).toEqual({ status: 401, text: '' })
    expect(await ask(served, '/openclaw', { secret: 'a-guess' })).toEqual({ status: 401, text: '' })
    expect((await ask(served, '/openclaw', { method: 'PUT' })).status).toBe(405)
    for (const path of [
      '/',
      '/-/whoami',
      '/../secret',
      '/openclaw/../../x',
      '/a/b/c',
      '//192.0.2.1/x',
      '/a?b',
    ])
      expect([path, (await ask(served, path)).status]).toEqual([path, 403])
    expect((await ask(served, 'http://192.0.2.1/openclaw')).status).toBe(403)
    expect(server.asked).toEqual([])
    expect((await ask(served, '/not-there')).status).toBe(404)
    expect((await ask(served, '/away')).status).toBe(502)
    const { versions } = JSON.parse((await ask(served, '/openclaw')).text)
    expect(versions[VERSION].dist.tarball).toBe(`${served.address}openclaw/-/openclaw-${VERSION}.tgz`)
    expect(versions['2020.1.1'].dist.tarball).toMatch(/^http:\/\/192\.0\.2\.1\//)
  } finally {
    await served.close()
  }
  await expect(ask(served, '/openclaw')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
}, 60_000)

it('stops in one sentence where sshd forbids it, and the machine is as it was after the undo', async () => {
  const before = bare.files()
  bare.fleet.node('bare').ssh.allowForwarding(false)
  const stopped = await go()
  expect(stopped.fault).toMatchObject({ step: 'openclaw', code: 'forward-refused' })
  expect(await undo()).toEqual({ left: [], fault: null })
  expect(bare.files()).toEqual(before)
}, 120_000)

it('closes the port when it is stopped in the middle', async () => {
  const before = bare.files()
  const stop = new AbortController()
  const asked = server.hold()
  const going = go({ signal: stop.signal })
  await asked
  const command = bare.fleet
    .node('bare')
    .facts()
    .commands.findLast((line) => line.includes('npm install'))
  const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(command ?? '') ?? []
  expect((await fetch(address ?? '')).status).toBe(401)
  stop.abort()
  expect((await going).fault).toMatchObject({ step: 'openclaw', code: 'stopped' })
  await expect(fetch(address ?? '')).rejects.toThrow()
  expect(await undo()).toEqual({ left: [], fault: null })
  expect(bare.files()).toEqual(before)
}, 120_000)

it('says so where neither the machine nor ocm has a registry', async () => {
  expect((await go({ registry: null })).fault).toMatchObject({ step: 'openclaw', code: 'openclaw-source' })
  await server.close()
  const closed = await go()
  expect(closed.fault).toMatchObject({ step: 'openclaw', code: 'openclaw-source', detail: server.address })
}, 120_000)
