import type { Json } from '../recorded.ts'

/** What OpenClaw says when the provider refused a prompt, and when no compaction helped. */
export const OVERFLOW =
  'Context overflow: prompt too large for the model. Try /reset (or /new) to start a fresh session, or use a larger-context model.'
export const WEDGED =
  '⚠️ Auto-compaction could not recover this turn. Try /compact, or /new to start a fresh session.'

/** Why no model has answered a turn of a release that is flawed. */
export function whyNoAnswer(flaw: 'turns-fail' | 'no-key', model: string): string {
  if (flaw === 'turns-fail')
    return 'LLM request failed: provider rejected the request schema or tool payload.'
  const [provider] = model.split('/')
  return `No API key found for provider "${provider}". Configure an API key or copy auth profiles from the main agentDir.`
}

/** What the chat event of an overflow carries from 2026.5.12 on. */
export function overflowDetail(model: string, sum: string): Json {
  const [provider, name] = model.split('/')
  return {
    provider,
    model: name,
    failoverReason: 'context_overflow',
    providerRuntimeFailureKind: 'unclassified',
    providerErrorType: 'invalid_request_error',
    httpStatus: 400,
    providerErrorMessagePreview: `input length and \`max_tokens\` exceed context limit: ${sum}, decrease input length or \`max_tokens\` and try again`,
  }
}
