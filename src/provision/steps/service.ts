import { startsOpenClaw } from '../../openclaw/service.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { beforeOf, CLI_MS, must, openclaw, run, systemctl } from '../commands.ts'
import { saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { UNIT, UNIT_FILE } from '../footprint.ts'
import type { Before, Bench, Step } from '../step.ts'

/** A gateway lets running turns end for up to 330 s. */
const STOP_MS = 345_000

interface UnitSeen {
  load: string
  active: string
  enabled: string
  exec: string
}

async function unit(bench: Pick<Bench, 'machine' | 'signal'>): Promise<UnitSeen> {
  const { stdout } = await run(
    bench as Bench,
    systemctl(sh`show ${UNIT} -p LoadState -p ActiveState -p UnitFileState -p ExecStart`),
  )
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
  return {
    load: value('LoadState'),
    active: value('ActiveState'),
    enabled: value('UnitFileState'),
    exec: value('ExecStart'),
  }
}

/** Whether the unit lay there before the run: then it is nobody's to write over or to remove. */
function wasThere({ absent }: Before): boolean {
  return !absent.includes(UNIT_FILE)
}

/**
 * A unit of this name that starts something else is somebody's own, also one that is masked or that systemd cannot read.
 * @throws Fault service-foreign
 */
function refuseForeign(bench: Bench, { load, exec }: UnitSeen): void {
  if (load === 'not-found' || load === '') return
  const ours = load === 'loaded' ? startsOpenClaw(exec) : load !== 'masked' && !wasThere(beforeOf(bench))
  if (!ours) throw new Fault('service-foreign', bench.clean(`${UNIT} ${load} ${exec}`.slice(0, 300).trim()))
}

/** OpenClaw writes the unit itself: for the Node.js that it runs on, so that no PATH decides at the next boot. */
export const service: Step = {
  name: 'service',
  commands: ({ gatewayPort }) => [`openclaw gateway install --port ${gatewayPort} --json`],
  async check(bench) {
    const kind = bench.snapshot?.service.kind.value
    if (kind === 'systemd-system')
      return { state: 'satisfied', seen: saidAs(`${kind} ${bench.snapshot?.service.unit.value}`) }
    const now = await unit(bench)
    // What serves is taken in, whatever wrapper its unit starts.
    if (bench.snapshot?.state !== 'serving') refuseForeign(bench, now)
    return now.load === 'loaded' && now.enabled === 'enabled'
      ? { state: 'satisfied', seen: [seen('unit-enabled', { unit: UNIT })] }
      : { state: 'missing' }
  },
  async act(bench) {
    if (wasThere(beforeOf(bench))) {
      const { exec } = await unit(bench)
      if (bench.nodeBinary !== null && !exec.includes(bench.nodeBinary))
        throw new Fault('service-foreign', bench.clean(`${UNIT} ${exec}`.slice(0, 300)))
      await must(bench, systemctl(sh`enable ${UNIT}`), 'service-refused')
      return
    }
    const args = ['gateway', 'install', '--port', String(bench.wanted.gatewayPort), '--json']
    await must(bench, openclaw(bench, args), 'service-refused', { deadlineMs: CLI_MS })
  },
  async verify(bench) {
    const now = await unit(bench)
    if (now.load !== 'loaded' || now.enabled !== 'enabled')
      throw new Fault('service-refused', `${UNIT} ${now.load} ${now.enabled}`)
    const node = bench.nodeBinary
    if (node !== null && !now.exec.includes(node))
      throw new Fault('service-refused', bench.clean(now.exec.slice(0, 300)))
    return [seen('unit-enabled', { unit: UNIT })]
  },
}

/** Without it the user's services end with the last login: the one step that may need root. */
export const linger: Step = {
  name: 'linger',
  commands: ({ sshUser }) => [`sudo loginctl enable-linger ${sshUser}`],
  async check(bench) {
    if (bench.snapshot?.service.kind.value === 'systemd-system')
      return { state: 'not-needed', seen: saidAs('systemd-system') }
    return (await lingers(bench)) ? { state: 'satisfied', seen: [seen('lingers')] } : { state: 'missing' }
  },
  async act(bench) {
    const command = sh`u=$(id -un); loginctl enable-linger "$u" 2>/dev/null || sudo -n loginctl enable-linger "$u"`
    await must(bench, command, 'linger-denied')
  },
  async verify(bench) {
    if (!(await lingers(bench))) throw new Fault('linger-denied')
    return [seen('lingers')]
  },
}

async function lingers(bench: Bench): Promise<boolean> {
  const { stdout } = await run(
    bench,
    sh`loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null; [ -e /var/lib/systemd/linger/"$(id -un)" ] && echo yes; exit 0`,
  )
  return stdout.split('\n').includes('yes')
}

/** `gateway install` has mostly started it already. */
export const start: Step = {
  name: 'start',
  commands: () => [`systemctl --user start ${UNIT}`],
  async check(bench) {
    if (bench.snapshot?.state === 'serving') return { state: 'satisfied', seen: [seen('serving')] }
    const now = await unit(bench)
    return now.active === 'active' || now.active === 'activating'
      ? { state: 'satisfied', seen: saidAs(`ActiveState=${now.active}`) }
      : { state: 'missing' }
  },
  async act(bench) {
    await run(bench, systemctl(sh`reset-failed ${UNIT}`))
    await must(bench, systemctl(sh`start ${UNIT}`), 'start-refused')
  },
  async verify(bench) {
    const now = await unit(bench)
    if (now.active !== 'active' && now.active !== 'activating')
      throw new Fault('start-refused', `ActiveState=${now.active}`)
    return saidAs(`ActiveState=${now.active}`)
  },
}

/** Stops the gateway and takes its unit away. Safe to repeat. @throws Fault service-refused */
async function removeService(bench: Bench): Promise<void> {
  await run(bench, systemctl(sh`disable --now ${UNIT}`), { deadlineMs: STOP_MS })
  await run(bench, systemctl(sh`stop ${UNIT}`), { deadlineMs: STOP_MS })
  const file = `.config/systemd/user/${UNIT}`
  const link = `.config/systemd/user/default.target.wants/${UNIT}`
  await run(bench, sh`rm -f -- "$HOME"/${link} "$HOME"/${file}`)
  await run(bench, systemctl(sh`daemon-reload`))
  await run(bench, systemctl(sh`reset-failed ${UNIT}`))
  const now = await unit(bench)
  if (now.load !== 'not-found' || (now.active !== 'inactive' && now.active !== ''))
    throw new Fault('service-refused', `${UNIT} ${now.load} ${now.active}`)
}

/**
 * Takes back what a run did to the unit: one that it brought goes, one that was there is stopped and disabled as far as
 * the run started and enabled it. Safe to repeat. @throws Fault service-refused, start-refused
 */
export async function takeBackService(
  bench: Bench,
  before: Before,
  { enabled, started }: { enabled: boolean; started: boolean },
): Promise<void> {
  if (enabled && !wasThere(before)) return await removeService(bench)
  if (started) await must(bench, systemctl(sh`stop ${UNIT}`), 'start-refused', { deadlineMs: STOP_MS })
  if (enabled) await must(bench, systemctl(sh`disable ${UNIT}`), 'service-refused')
}

/** @throws Fault linger-denied */
export async function removeLinger(bench: Bench): Promise<void> {
  if (!(await lingers(bench))) return
  await run(
    bench,
    sh`u=$(id -un); loginctl disable-linger "$u" 2>/dev/null || sudo -n loginctl disable-linger "$u"`,
  )
  if (await lingers(bench)) throw new Fault('linger-denied')
}
