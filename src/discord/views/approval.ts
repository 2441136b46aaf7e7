import type { ApprovalList, ApprovalView } from '../../operations/decide-approval.ts'
import type { Report } from '../../operations/operation.ts'
import type { ApprovalRuleChange } from '../../operations/set-approval-rule.ts'
import { approvalRuleResult, emergencyTold } from '../../presenters/approval-words.ts'
import { approvalList, approvalTold } from '../../presenters/approvals.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { roleMention } from './incident.ts'
import { resultCard, textsOf } from './told.ts'

/** A plan for many nodes is longer than a card; the question above it has all of it. */
const LONGEST_PART = 900
const LONGEST = 3_600

/** The control by which a posted request is found again. */
export function approvalMarker(id: string): string {
  return encodeCustomId('approval-approve', 'approve', id)
}

/** The control by which a posted emergency is found again. */
export function emergencyMarker(id: string): string {
  return encodeCustomId('approval-list', 'show', id)
}

/** A request for everybody to see, with its buttons while they are of use. */
export function approvalView(request: ApprovalView, reader: Reader): Card {
  const { ink } = reader
  const told = approvalTold(request, ink)
  const isOpen = request.state === 'open'
  const refuse = {
    id: encodeCustomId('approval-refuse', 'refuse', request.id),
    label: ink.t('button.refuse'),
  }
  const approve = {
    id: approvalMarker(request.id),
    label: ink.t('button.approve'),
    style: 'success' as const,
  }
  const hasButtons = isOpen || request.state === 'approved'
  return makeCard({
    colour: told.mood,
    texts: cut(textsOf('🔏', told, ink)),
    controls: hasButtons ? [buttonRow(isOpen ? [approve, refuse] : [refuse])] : [],
  })
}

/** Somebody goes on without a second person. */
export function emergencyView(request: ApprovalView, reader: Reader, roleId: string | null): Card {
  const { ink } = reader
  const told = emergencyTold(request, ink)
  return makeCard({
    colour: told.mood,
    texts: [...textsOf('🚨', told, ink), roleId === null ? '' : roleMention(roleId)],
    controls: [buttonRow([{ id: emergencyMarker(request.id), label: ink.t('approval.list') }])],
  })
}

/** What waits, and the rules. */
export function approvalListView(report: Report<ApprovalList>, reader: Reader): Card {
  const told = approvalList(report.data, reader.ink)
  return makeCard({ colour: told.mood, texts: cut(textsOf('🔏', told, reader.ink)) })
}

/** A rule as it is now. */
export function approvalRuleView(report: Report<ApprovalRuleChange>, reader: Reader): Card {
  return resultCard(approvalRuleResult(report, reader.ink), report, reader, { symbol: '🔏' })
}

/** As many whole lines as fit into a card. */
function cut(texts: readonly string[]): string[] {
  let left = LONGEST
  return texts.map((text) => {
    const room = Math.min(left, texts.length > 1 ? LONGEST_PART * 2 : LONGEST)
    const shown: string[] = []
    let used = 0
    for (const line of text.split('\n')) {
      if (used + line.length + 1 > room) {
        shown.push('…')
        break
      }
      shown.push(line)
      used += line.length + 1
    }
    left -= used + 1
    return shown.join('\n')
  })
}
