import { z } from 'zod'

/**
 * JavaScript for the node's own Node.js that defines `machineOf()`: the name of the machine and a SHA-256 of its machine
 * id (machine-id(5), which asks not to hand the id itself out), null where it has none.
 */
export const MACHINE_PROGRAM = `
function machineOf() {
  let idHash = null
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = require('node:fs').readFileSync(file, 'utf8').trim()
      if (!/^[0-9a-f]{32}$/.test(id)) continue
      idHash = require('node:crypto').createHash('sha256').update('ocm ' + id).digest('hex')
      break
    } catch {
      // The other one, or none.
    }
  }
  return { hostname: require('node:os').hostname().slice(0, 255), idHash }
}
`

/** What a machine says of itself; untrusted. */
export const machineSchema = z.strictObject({
  hostname: z.string().max(255),
  idHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
})
