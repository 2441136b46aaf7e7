import { OperatorError } from '../base/errors.ts'
import type { UnitPrograms } from '../openclaw/update/unit-text.ts'
import { faultOf } from '../provision/fault.ts'
import type { Bench } from '../provision/step.ts'
import { nodejs } from '../provision/steps/nodejs.ts'
import { openclaw } from '../provision/steps/openclaw.ts'
import { backupNode } from './backup-node.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import type { UpdateStep } from './update-node.ts'
import { broughtOpenClaw, refused, type UpdatePlan, type UpdateSeen } from './update-plan.ts'

/** Makes the backup that the node can go back to. @throws OperatorError update-impossible, and what a backup throws */
export async function takeCheckpoint(
  context: Context,
  call: Call<UpdateStep>,
  { nodeId: node }: UpdatePlan,
): Promise<string> {
  const own = {
    ...call,
    progress: (step: { step: string; bytes?: number; total?: number }) => {
      if (step.bytes !== undefined)
        call.progress({ step: 'backing-up', bytes: step.bytes, total: step.total ?? null })
    },
  }
  const { data } = await backupNode.run(context, { node, method: 'stream' }, own, null)
  // A file of a workspace that cannot be read is none of OpenClaw's state; a database is.
  if (!data.verification.sound || data.gaps.databases.length > 0) throw refused(node, 'unsound')
  return data.backup.id
}

/**
 * Brings what is not there yet beside what runs: Node.js where the one that is there does not run the new OpenClaw, and
 * OpenClaw itself. Nothing that runs is touched. @throws OperatorError update-torn {node, why}
 */
export async function bringPrograms(
  context: Context,
  call: Call<UpdateStep>,
  plan: UpdatePlan,
  seen: UpdateSeen,
): Promise<UnitPrograms> {
  const bench = benchOf(context, call, plan, seen)
  const steps = plan.bringsNode ? ([nodejs, openclaw] as const) : ([openclaw] as const)
  try {
    for (const step of steps) {
      if ((await step.check(bench)).state !== 'missing') continue
      await step.act(bench)
      await step.verify(bench)
    }
  } catch (error) {
    const { code, detail } = faultOf(error, call.signal.aborted)
    const said = detail === null ? {} : { detail }
    throw new OperatorError('update-torn', { node: plan.nodeId, why: code }, { cause: error, ...said })
  }
  const node = bench.nodeBinary ?? seen.programs.node
  const folder = broughtOpenClaw(seen.facts.home, plan.to)
  return { node, package: folder, entry: 'dist/index.js' }
}

function benchOf(
  context: Context,
  call: Call<UpdateStep>,
  plan: UpdatePlan,
  { link, facts, programs }: UpdateSeen,
): Bench {
  const { clock, provision, redact } = context
  const { id, host, sshPort, sshUser, gatewayPort } = call.node()
  let bringing: 'bringing-node' | 'bringing-openclaw' = 'bringing-openclaw'
  const bench: Bench = {
    wanted: {
      ...{ id, host, sshPort, sshUser, model: null, secret: null },
      gatewayPort,
      version: plan.to,
    },
    machine: link,
    clock,
    sources: provision.sources,
    secrets: provision.secrets,
    // The plan of an update names no port on the node.
    registry: null,
    signal: call.signal,
    clean: (text) => redact(text).text,
    show: (bytes, total, unit) => {
      bringing = plan.bringsNode && bench.nodeBinary === null ? 'bringing-node' : 'bringing-openclaw'
      if (unit === 'bytes') call.progress({ step: bringing, bytes, total })
    },
    before: { home: facts.home, uid: facts.uid, absent: [], hadKey: true },
    facts,
    // What is installed is what is to be replaced: the steps are to find nothing of it.
    snapshot: null,
    nodeBinary: plan.bringsNode ? null : programs.node,
    openclaw: null,
    openclawVersion: null,
    made: [],
  }
  return bench
}
