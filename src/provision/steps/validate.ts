import { lookThrough } from '../../monitor/observe.ts'
import { factsOf, SHORT_MS } from '../commands.ts'
import { type Seen, saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { absentOf } from '../footprint.ts'
import { LOOK_SHOWN, lookAtMachine, type MachineFacts } from '../look.ts'
import { lookingStep } from '../step.ts'
import { hasKey } from './credentials.ts'

/** One Node.js, one OpenClaw and its first state; measured on 2026.9.6: 124 + 637 + 44 MB. */
export const DISK_BYTES = 1_500_000_000
/** Whoever holds the gateway port and says nothing is not waited for longer; a machine under load needs a second. */
const FIRST_LOOK_MS = 30_000
const INODES = 45_000
const MEMORY_BYTES = 900_000_000

/** Reaches the machine with the approved host key, and looks at what kind of machine it is. */
export const ssh = lookingStep(
  'ssh',
  async (bench) => {
    const limits = { deadlineMs: SHORT_MS, signal: bench.signal, fresh: true }
    const facts = await lookAtMachine(bench.machine, bench.wanted.gatewayPort, limits)
    bench.facts = facts
    const { secret } = bench.wanted
    bench.before ??= {
      home: facts.home,
      uid: facts.uid,
      absent: await absentOf(bench.machine, facts.uid, limits),
      hadKey: secret === null || (await hasKey(bench.machine, secret, limits)),
    }
    bench.snapshot = await lookThrough(bench.machine, {
      kind: 'asked',
      deadlineMs: FIRST_LOOK_MS,
      signal: bench.signal,
    })
    if (facts.arch === null || (facts.bits !== null && facts.bits !== 64))
      throw new Fault('wrong-machine', `${facts.machine}, ${facts.bits ?? '?'} bit`)
    if (facts.glibc === null) throw new Fault('wrong-machine', 'no glibc')
    if (facts.missingTools.length > 0) throw new Fault('tools-missing', facts.missingTools.join(' '))
    if (!facts.userServices) throw new Fault('no-user-services')
    const { user, machine, glibc, system, sudo } = facts
    const parts = [`${user}, ${machine}`, glibc, system].map((part) => part && bench.clean(part))
    return { state: 'satisfied', seen: [...saidAs(...parts), seen(sudo ? 'sudo' : 'no-sudo')] }
  },
  () => [LOOK_SHOWN],
)

/** Identity and names were checked with the plan; here is what only the machine itself can say. */
export const validate = lookingStep('validate', async (bench) => {
  const facts = factsOf(bench)
  const { snapshot, wanted } = bench
  const installed = snapshot !== null && snapshot.install.binary.value !== null
  requireRoom(facts, installed || bench.made.length > 0)
  const kind = snapshot?.service.kind.value
  const own = kind === 'systemd-user' || kind === 'systemd-system' || snapshot?.state === 'serving'
  if (facts.portTaken && !own) throw new Fault('port-taken', String(wanted.gatewayPort))
  return { state: 'satisfied', seen: roomOf(facts) }
})

/** What is not known is not held against a machine. What was begun already has its room. */
function requireRoom({ freeBytes, freeInodes, memoryBytes }: MachineFacts, begun: boolean): void {
  if (begun) return
  if (freeBytes !== null && freeBytes < DISK_BYTES)
    throw new Fault('no-room', `${inMb(freeBytes)} < ${inMb(DISK_BYTES)}`)
  // Some file systems have no table of inodes and say 0.
  if (freeInodes !== null && freeInodes > 0 && freeInodes < INODES)
    throw new Fault('no-inodes', `${freeInodes} < ${INODES}`)
  if (memoryBytes !== null && memoryBytes < MEMORY_BYTES)
    throw new Fault('no-memory', `${inMb(memoryBytes)} < ${inMb(MEMORY_BYTES)}`)
}

function roomOf({ freeBytes, freeInodes, memoryBytes }: MachineFacts): Seen[] {
  const parts = [
    freeBytes !== null && seen('disk', { mb: mbOf(freeBytes) }),
    freeInodes !== null && freeInodes > 0 && seen('inodes', { count: freeInodes }),
    memoryBytes !== null && seen('memory', { mb: mbOf(memoryBytes) }),
  ]
  return parts.filter((part): part is Seen => part !== false)
}

function inMb(bytes: number): string {
  return `${mbOf(bytes)} MB`
}

function mbOf(bytes: number): number {
  return Math.floor(bytes / 1_000_000)
}
