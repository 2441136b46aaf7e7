import { systemClock } from '../src/base/clock.ts'
import { loadSshAuth } from '../src/ssh/keys.ts'
import { createSshPool } from '../src/ssh/pool.ts'
import type { ScriptText } from '../src/ssh/ssh.ts'
import type { Fleet } from './fleet.ts'

/**
 * The same work as the rivals in one process from start to exit: ocm's own connections and held shells, with the
 * probe of the bench. Takes the fleet and the probe's text as JSON.
 */
const [fleetJson = '', probe = ''] = process.argv.slice(2)
const fleet = JSON.parse(fleetJson) as Fleet
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const pool = createSshPool({
  auth: await loadSshAuth({ agentSocket: null, keyFile: fleet.userKey, passphrase: null }),
  clock: systemClock,
  log: silent,
  connectTimeoutMs: 10_000,
})
const script = { text: probe, isolation: 'subshell', shell: 'any' } as ScriptText
const answers = await Promise.all(
  fleet.hosts.map((host, index) =>
    pool
      .session({ nodeId: `n${index}`, host, port: 22, user: 'root', hostKeys: [fleet.hostKey] })
      .script(script, { deadlineMs: 60_000 }),
  ),
)
process.stdout.write(answers.map(({ stdout }) => stdout).join(''))
await pool.close()
