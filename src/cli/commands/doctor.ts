import { OperatorError } from '../../base/errors.ts'
import type { Config } from '../../settings/config.ts'
import { pageAddressOf, redirectOf } from '../../settings/http-config.ts'
import type { PlainKey } from '../../text/params.ts'
import { type Answer, type Call, plainAnswer } from '../command.ts'
import { checkAuditCopy } from '../doctor/audit-copy.ts'
import { AREAS, type Area, areaText, endingOf, type Finding, finding, sumText } from '../doctor/finding.ts'
import { checkData, checkRegistry, checkSettings, checkSsh } from '../doctor/local.ts'
import { checkNodes } from '../doctor/nodes.ts'
import { checkOffsite } from '../doctor/offsite.ts'
import { checkStore } from '../doctor/store.ts'

/** `ocm doctor`: looks at every part of the setup and says how to mend what is wrong. */
export async function doctor(call: Call): Promise<Answer> {
  const { json, out, terminal } = call
  const findings: Finding[] = []
  // Each part is printed when it is known: Discord and the nodes may take their time.
  for await (const part of examine(call)) {
    findings.push(...part)
    const area = part[0]?.area
    if (!json && area !== undefined) terminal.out(`${areaText(area, part, out)}\n`)
  }
  const data = {
    findings: findings.map(({ text, mend, params, ...rest }) => ({
      ...rest,
      code: text,
      message: out.coded(text, params),
      mend: mend === null ? null : out.coded(mend, params),
      params,
    })),
  }
  return plainAnswer(endingOf(findings), data, sumText(findings, out))
}

async function* examine(call: Call): AsyncGenerator<Finding[]> {
  const { config, findings } = await checkSettings(call.settings)
  yield findings
  if (config === null) {
    for (const area of AREAS.slice(1)) yield skipped(area, 'doctor.skipped-settings')
    return
  }
  const offsite = await checkOffsite(config, call.signal)
  const copied = await checkAuditCopy(config, call)
  yield [...(await checkData(config)), ...(await checkStore(config)), ...copied, ...offsite]
  const registry = await checkRegistry(config)
  yield registry
  const ssh = await checkSsh(config)
  yield ssh.findings
  const refused = findings.some(({ level }) => level === 'problem')
  yield refused ? skipped('discord', 'doctor.skipped-settings') : await checkChat(config, call)
  if (registry.some(({ level }) => level === 'problem')) yield skipped('nodes', 'doctor.skipped-registry')
  else if (!ssh.usable) yield skipped('nodes', 'doctor.skipped-ssh')
  else yield await openAndCheckNodes(call)
}

async function checkChat(
  { discord, alerts, http, clientSecret }: Config,
  { signal }: Call,
): Promise<Finding[]> {
  if (discord === null) return skipped('discord', 'doctor.skipped-discord')
  const [{ checkDiscord }, { commands }] = await Promise.all([
    import('../../discord/doctor.ts'),
    import('../../../commands/index.ts'),
  ])
  const logIn =
    clientSecret === null || http === null
      ? null
      : { clientSecret, redirect: redirectFor(pageAddressOf(http)) }
  const checks = await checkDiscord(discord, { alertRoleId: alerts.roleId, logIn }, commands, signal)
  return checks.map(({ code, level, params }) => finding('discord', level, `doctor.discord.${code}`, params))
}

function redirectFor(address: string | null): string | null {
  return address === null ? null : redirectOf(address)
}

async function openAndCheckNodes(call: Call): Promise<Finding[]> {
  try {
    return await checkNodes(await call.open('required'), call)
  } catch (error) {
    if (!(error instanceof OperatorError) || error.kind === 'internal' || error.code === 'cancelled')
      throw error
    const more = { mend: `error.${error.code}.next`, detail: error.detail ?? null } as const
    return [finding('nodes', 'problem', `error.${error.code}`, error.params, more)]
  }
}

function skipped(area: Area, text: Extract<PlainKey, `doctor.skipped-${string}`>): Finding[] {
  return [finding(area, 'note', text)]
}
