// A stand-in for the model provider of a node: the Anthropic Messages API on the node's loopback.
//
// What a turn "costs" is chosen by the person who writes the message, so a test can grow a session to any size with one
// real turn:  TOKENS=150000 [CACHED=149000] [OUT=50]
//   TOKENS  prompt tokens that this turn reports, CACHED of them as prompt-cache reads; OUT completion tokens.
// A turn that chooses its size is always accepted. Every other turn is measured (about four bytes a token, on top of the
// newest chosen size in the same conversation) and refused as the real API does when it and `max_tokens` do not fit.
// A request for a summary, which is how OpenClaw compacts a session, gets one.
import http from 'node:http'

const port = Number(process.env.STANDIN_PORT ?? 18100)
const windowTokens = Number(process.env.STANDIN_WINDOW ?? 200_000)
const BYTES_PER_TOKEN = 4

const SUMMARY_REQUEST = /context summarization assistant|structured (?:context )?(?:summary|checkpoint)/i
// OpenClaw checks a summary for these headings and rejects one without them.
const SUMMARY = ['Decisions', 'Open TODOs', 'Constraints/Rules', 'Pending user asks', 'Exact identifiers']
  .map((heading) => `## ${heading}\nnone`)
  .join('\n')

function textOf(content) {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => part?.text ?? '').join('\n')
}

function tokensIn(value) {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_PER_TOKEN)
}

function numberAfter(name, text) {
  const found = [...text.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))].at(-1)
  return found ? Number(found[1]) : undefined
}

function isSummaryRequest(request) {
  return SUMMARY_REQUEST.test(`${textOf(request.system)}\n${textOf(request.messages.at(-1)?.content)}`)
}

/** How big this request is, and whether its own message chose that. */
function measure(request) {
  const { messages } = request
  const at = messages.findLastIndex((m) => m.role === 'user' && numberAfter('TOKENS', textOf(m.content)))
  if (at < 0) return { input: tokensIn(request), cached: 0, output: 12, chosen: false }

  const text = textOf(messages[at].content)
  const input = numberAfter('TOKENS', text)
  const cached = Math.min(input, numberAfter('CACHED', text) ?? 0)
  const output = numberAfter('OUT', text) ?? 12
  const later = messages.slice(at + 1)
  // OpenClaw may put a message of its own after the person's; only an answer ends the turn.
  if (!later.some((m) => m.role === 'assistant')) return { input, cached, output, chosen: true }
  return { input: input + output + tokensIn(later), cached: 0, output: 12, chosen: false }
}

function refusal(input, maxTokens) {
  if (input > windowTokens) return `prompt is too long: ${input} tokens > ${windowTokens} maximum`
  if (input + maxTokens <= windowTokens) return undefined
  return (
    `input length and \`max_tokens\` exceed context limit: ${input} + ${maxTokens} > ${windowTokens}, ` +
    'decrease input length or `max_tokens` and try again'
  )
}

function sendJson(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function sendError(response, status, type, message) {
  sendJson(response, status, { type: 'error', error: { type, message } })
}

function sendStream(response, message, text, usage) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (type, data) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  event('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  })
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  event('content_block_stop', { index: 0 })
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage })
  event('message_stop', {})
  response.end()
}

function answer(response, request, serial) {
  const summary = isSummaryRequest(request)
  const size = summary ? { input: tokensIn(request), cached: 0, output: 60, chosen: true } : measure(request)
  const refused = size.chosen ? undefined : refusal(size.input, request.max_tokens ?? 0)
  if (refused) return sendError(response, 400, 'invalid_request_error', refused)

  const text = summary ? SUMMARY : `Done (${size.input} tokens in).`
  const usage = {
    input_tokens: size.input - size.cached,
    cache_read_input_tokens: size.cached,
    cache_creation_input_tokens: 0,
    output_tokens: size.output,
  }
  const message = { id: `msg_${serial}`, type: 'message', role: 'assistant', model: request.model }
  if (request.stream) return sendStream(response, message, text, usage)
  sendJson(response, 200, { ...message, content: [{ type: 'text', text }], stop_reason: 'end_turn', usage })
}

let served = 0
const server = http.createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  if (path.endsWith('/models')) return sendJson(response, 200, { data: [{ id: 'sonnet', type: 'model' }] })
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (!Array.isArray(body.messages))
      return sendError(response, 400, 'invalid_request_error', 'messages: Field required')
    if (path.endsWith('/count_tokens')) return sendJson(response, 200, { input_tokens: tokensIn(body) })
    if (path.endsWith('/messages')) return answer(response, body, ++served)
    sendError(response, 404, 'not_found_error', `no such path: ${path}`)
  } catch (error) {
    sendError(response, 400, 'invalid_request_error', String(error))
  }
})
server.listen(port, '127.0.0.1')
