import type { Report } from '../operations/operation.ts'
import type { RegisterPlan, RegisterResult, RegisterStep } from '../operations/register-node.ts'
import { compareLines, hostKeyLines, jumpLines, knownLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { namesakeLines } from './namesake.ts'
import { dotted, firstOf } from './readings.ts'
import { fact, finding, lines, STATE_MOODS, stateLine, type Told, text } from './told.ts'

const TAGS_SHOWN = 16

/** The host key that an admin approves before ocm logs in. */
export function registerPlan({ node, hostKey, known, jump, namesake }: RegisterPlan, ink: Ink): Told {
  return {
    mood: known === 'new' || jump?.known === 'new' ? 'warning' : 'neutral',
    title: ink.t('register.ask', {}, { node: ink.named(node) }),
    lead: [],
    parts: [
      lines(
        ...namesakeLines(namesake, ink),
        fact(ink.t('label.address'), ink.code(`${node.host}:${node.sshPort}`)),
        fact(ink.t('label.user'), ink.code(node.sshUser)),
        ...hostKeyLines(hostKey, ink),
        node.ocPath !== null && fact(ink.t('label.path'), ink.code(node.ocPath)),
        node.tags.length > 0 && fact(ink.t('label.tags'), tagsText(node.tags, ink)),
      ),
      [...knownLines(known, ink), ...compareLines(ink, known, jump?.known)],
      jumpLines(jump, ink),
    ],
  }
}

/** The first tags of a node. */
export function tagsText(tags: readonly string[], ink: Ink): string {
  const shown = tags.map((tag) => ink.remote(tag, 32))
  return firstOf(ink, shown, TAGS_SHOWN)
}

/** One step in words. */
export function registerStep({ step }: RegisterStep, ink: Ink): string {
  return ink.t(`step.${step}`)
}

/** A node that was taken in, with how it stands. */
export function registerResult({ data }: Report<RegisterResult>, ink: Ink): Told {
  const { node, snapshot, anomalies } = data
  const version = snapshot.install.version.value
  const agents = snapshot.agents.value
  const figures = dotted([
    version !== null && ink.t('word.version', { version }),
    agents !== null && ink.t('word.agents', { count: agents.length }),
  ])
  return {
    mood: STATE_MOODS[snapshot.state],
    title: ink.t('register.done', {}, { node: ink.named(node) }),
    lead: lines(stateLine(snapshot, ink), figures !== '' && text(figures)),
    parts: [[{ kind: 'findings', findings: anomalies.map((anomaly) => finding(anomaly, ink)) }]],
  }
}
