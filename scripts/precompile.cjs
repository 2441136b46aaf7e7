// `node precompile.cjs FOLDER`: runs the command line once for each of its quick commands, and writes what V8 has
// compiled meanwhile beside it; see launcher.cjs.
'use strict'
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { tmpdir } = require('node:os')
const { dirname, join, resolve } = require('node:path')
const { Script } = require('node:vm')

const COMMANDS = [['help'], ['completion', 'bash'], ['node', 'list', '--cached']]

const file = resolve(process.argv[2], 'ocm.js')
const data = mkdtempSync(join(tmpdir(), 'ocm-precompile-'))
process.env.OCM_DATA_DIR = data
writeFileSync(join(data, 'registry.json'), JSON.stringify(registryOf(['a', 'b'])))
const script = new Script(wrap(readFileSync(file, 'utf8')), { filename: file })
const waiting = [...COMMANDS]
process.on('beforeExit', () => {
  const command = waiting.shift()
  if (command) return run(command)
  rmSync(data, { recursive: true, force: true })
  writeFileSync(join(dirname(file), 'ocm.compiled'), script.createCachedData())
  process.exit(0)
})

function run(command) {
  process.argv = [process.execPath, file, ...command]
  const module = { exports: {} }
  // A command that waits for nothing would end the process with itself.
  setImmediate(() => undefined)
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file))
}

function registryOf(ids) {
  const stamp = new Date().toISOString()
  const nodes = ids.map((id, index) => ({
    id,
    name: id,
    host: `192.0.2.${index + 1}`,
    sshPort: 22,
    sshUser: 'oc',
    gatewayPort: 18_789,
    ocPath: null,
    tags: [],
    state: 'active',
    stateReason: null,
    maintenance: null,
    hostKeys: [],
    agents: [],
    createdAt: stamp,
    updatedAt: stamp,
    retiredAt: null,
  }))
  return { version: 2, revision: 0, nodes }
}
