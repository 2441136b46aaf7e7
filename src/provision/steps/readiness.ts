import { OperatorError } from '../../base/errors.ts'
import { lookThrough } from '../../monitor/observe.ts'
import { isUnread } from '../../openclaw/node-state.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { run, systemctl } from '../commands.ts'
import { saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { UNIT } from '../footprint.ts'
import { type Bench, lookingStep } from '../step.ts'

/** A first start under load has needed 188 s. */
const READY_MS = 300_000
const LOOK_MS = 20_000
const POLL_MS = 700
/** Looks in a row at which a stranger has the port: then it does not go away while the old gateway ends. */
const HELD_LOOKS = 3
/** Starts by systemd itself that make it a crash loop. */
const CRASHES = 3
const TAIL_LINES = 20

async function settled(bench: Bench): Promise<boolean> {
  const { stdout } = await run(bench, systemctl(sh`show ${UNIT} -p ActiveState -p NRestarts`))
  const restarts = Number(/^NRestarts=(\d+)$/m.exec(stdout)?.[1] ?? 0)
  return /^ActiveState=failed$/m.test(stdout) || restarts >= CRASHES
}

async function logTail(bench: Bench): Promise<string> {
  const command = sh`journalctl --user -u ${UNIT} -n ${TAIL_LINES} --no-pager -o cat 2>/dev/null; exit 0`
  const { stdout } = await run(bench, command)
  return bench.clean(stdout.trim())
}

/** Waits for the gateway's own word, and ends early when systemd says that it will not come, or a stranger has its port. */
export const readiness = lookingStep(
  'readiness',
  async (bench) => {
    const { clock, machine, signal } = bench
    const startedAt = clock.monotonic()
    let held = 0
    for (;;) {
      const snapshot = await lookThrough(machine, { kind: 'asked', deadlineMs: LOOK_MS, signal })
      signal.throwIfAborted()
      const waitedMs = Math.round(clock.monotonic() - startedAt)
      if (snapshot.state === 'serving') {
        bench.snapshot = snapshot
        const version = snapshot.install.version.value
        return { state: 'satisfied', seen: [seen('ready'), ...saidAs(version)] }
      }
      held = snapshot.reason?.code === 'port-held-by-other' ? held + 1 : 0
      if (held >= HELD_LOOKS) throw new Fault('port-taken', await logTail(bench))
      if (isUnread(snapshot) && waitedMs >= READY_MS) throw new Fault('silent')
      if (!isUnread(snapshot) && (await settled(bench)))
        throw new Fault('gateway-failed', await logTail(bench))
      if (waitedMs >= READY_MS) throw new Fault('gateway-slow', await logTail(bench))
      bench.show(waitedMs, READY_MS, 'ms')
      await clock.sleep(POLL_MS, signal)
    }
  },
  ({ gatewayPort }) => [`GET http://127.0.0.1:${gatewayPort}/readyz`],
)

/** A login of a client with the token is enough on every version that was run: there is nothing to approve. */
export const pairing = lookingStep('pairing', async (bench) => {
  const { machine, signal, clean } = bench
  try {
    const hello = await machine.hello({ deadlineMs: LOOK_MS, signal, fresh: true })
    return {
      state: 'not-needed',
      seen: [
        seen('protocol', { protocol: hello.protocol }),
        ...saidAs(clean(hello.scopes.join(' ')).slice(0, 200)),
      ],
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    // It served a moment ago.
    if (error.code === 'gateway-unreachable') throw new Fault('gateway-failed', await logTail(bench), error)
    if (error.code.startsWith('gateway-'))
      throw new Fault('gateway-refuses', String(error.params.reason ?? error.code), error)
    throw error
  }
})
