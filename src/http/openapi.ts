import { z } from 'zod'
import { ERROR_CODES } from '../base/errors.ts'
import { listNodes } from '../operations/list-nodes.ts'
import { EXIT_CODES } from '../presenters/ending.ts'
import { SCHEMA } from '../presenters/envelope.ts'
import { type AnyOperation, isRun, offered } from './offered.ts'
import { pagePaths } from './openapi-page.ts'
import { RESULTS } from './results.ts'
import { ROUTES } from './routes.ts'
import { type Json, schemaJson as json, ref, sharedSchemas } from './schema-json.ts'

const outcome = z.enum(Object.keys(EXIT_CODES) as [keyof typeof EXIT_CODES])
const failure = z.object({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  next: z.string().nullable(),
  detail: z.string().nullable(),
})
const envelope = z.object({
  schema: z.literal(SCHEMA),
  operation: z.string().nullable(),
  outcome,
  exitCode: z.int(),
  operationId: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  durationMs: z.number().nullable(),
  data: z.unknown(),
  error: failure.nullable(),
  /** In words, for who asks with X-OCM. */
  told: z.unknown().optional(),
})
const run = envelope.extend({
  state: z.enum(['running', 'ended']),
  stopping: z.boolean(),
  outcome: outcome.nullable(),
  exitCode: z.int().nullable(),
  steps: z.array(z.object({ id: z.int(), at: z.number(), step: z.unknown() })),
})
const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  next: z.string(),
  operationId: z.string().nullable(),
  detail: z.string().optional(),
})

/** Under which name the data of an operation is described. */
const resultName = (name: string): string => `${name}-result`
/** An envelope or a run with the data of one operation, which is null where nothing came of it. */
const withResult = (around: 'Envelope' | 'Run', { name }: AnyOperation): Json => ({
  allOf: [
    ref(around),
    {
      type: 'object',
      properties: { operation: { const: name }, data: { anyOf: [ref(resultName(name)), { type: 'null' }] } },
    },
  ],
})
const answer = (description: string, schema: Json, headers: Json = {}): Json => ({
  description,
  headers,
  content: { 'application/json': { schema } },
})
const text = (description: string): Json => ({ description, schema: { type: 'string' } })

const problems: Json = {
  default: {
    description: 'Nothing was done, or it is not known what was; the code says which.',
    content: { 'application/problem+json': { schema: ref('Problem') } },
  },
}
const notDone: Json = {
  502: answer('It failed, or only a part of it was done.', ref('Envelope')),
  504: answer('It is not known whether it was done.', ref('Envelope')),
}

/** The API as OpenAPI 3.1, from the schemas that check what comes in. */
export function openApi(version: string): Json {
  const paths: Json = {}
  for (const [name, operation] of offered) {
    const decision = ROUTES[name]
    paths[`/operations/${name}`] = { post: performed(operation, {}) }
    if (operation.question) paths[`/operations/${name}/plan`] = { post: planned(operation, {}) }
    if (decision.kind !== 'own') continue
    const { method, path } = decision.route
    const of = { path }
    paths[path] = { [method]: method === 'get' ? read(operation, of) : performed(operation, of) }
    if (operation.question) paths[`${path}/plan`] = { post: planned(operation, of) }
  }
  const runId = { name: 'run', in: 'path', required: true, schema: { type: 'string' } }
  paths['/runs/{run}'] = {
    get: {
      operationId: 'get-run',
      summary: 'A run: its steps and, when it is over, its result.',
      parameters: [runId],
      responses: {
        200: answer('It is done.', ref('Run')),
        202: answer('It is running.', ref('Run')),
        502: answer('It failed, or only a part of it was done.', ref('Run')),
        504: answer('It is not known how it ended.', ref('Run')),
        ...problems,
      },
    },
  }
  paths['/runs/{run}/events'] = {
    get: {
      operationId: 'follow-run',
      summary: 'A run as server-sent events: step, and at last end with the result.',
      parameters: [
        runId,
        {
          name: 'Last-Event-ID',
          in: 'header',
          schema: { type: 'string' },
          description: 'Sends what came after it.',
        },
      ],
      responses: {
        200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        204: { description: 'The end was seen already.' },
        ...problems,
      },
    },
  }
  paths['/runs/{run}/stop'] = {
    post: {
      operationId: 'stop-run',
      summary:
        'Has a run begin nothing more, where it can be stopped on the way: backups, and changes of many nodes.',
      parameters: [runId],
      responses: {
        200: answer('It was over before.', ref('Run')),
        202: answer('It was told.', ref('Run')),
        ...problems,
      },
    },
  }
  Object.assign(paths, pagePaths)
  return {
    openapi: '3.1.0',
    info: { title: 'ocm', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/api/ocm' }],
    security: [{ token: [] }, { browser: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        browser: { type: 'apiKey', in: 'cookie', name: 'ocm_session' },
      },
      schemas: {
        Envelope: json(envelope),
        Run: json(run),
        Problem: json(problem),
        ...sharedSchemas(),
        ...Object.fromEntries([...offered.keys()].map((name) => [resultName(name), json(RESULTS[name])])),
      },
    },
  }
}

function described(operation: AnyOperation, { path }: { path?: string }, kind = ''): Json {
  const named = path === undefined ? '' : '-of-path'
  return {
    operationId: `${operation.name}${kind}${named}`,
    summary: `${operation.name}${kind === '' ? '' : ': its plan'}`,
    description: `Needs the level ${operation.access}.`,
    parameters: path?.includes('{id}')
      ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: 'The node.' }]
      : [],
  }
}

/** The input of an operation; without the node where the path names it. */
function inputOf(operation: AnyOperation, path: string | undefined): Json {
  const schema = json(operation.input, 'input')
  if (!path?.includes('{id}')) return schema
  const { node: _node, ...properties } = (schema.properties ?? {}) as Json
  const required = ((schema.required ?? []) as string[]).filter((name) => name !== 'node')
  return { ...schema, properties, required }
}

function body(operation: AnyOperation, path: string | undefined, more: Json): Json {
  const input = inputOf(operation, path)
  const properties = { input, reason: { type: 'string', maxLength: 400 }, ...more }
  const schema = { type: 'object', additionalProperties: false, properties }
  return { content: { 'application/json': { schema } } }
}

function read(operation: AnyOperation, of: { path: string }): Json {
  const base = described(operation, of)
  const fields = (inputOf(operation, of.path).properties ?? {}) as Record<string, Json>
  const query = Object.entries(fields).map(([name, schema]) => ({ name, in: 'query', schema }))
  const isList = operation.name === listNodes.name
  return {
    ...base,
    parameters: [...(base.parameters as Json[]), ...query, ...(isList ? [heldList] : [])],
    responses: {
      200: answer(
        'The result.',
        withResult('Envelope', operation),
        isList ? { ETag: text('Names the list.') } : {},
      ),
      ...(isList ? { 304: { description: 'It is the list that If-None-Match names.' } } : {}),
      ...notDone,
      ...problems,
    },
  }
}

const heldList = {
  name: 'If-None-Match',
  in: 'header',
  schema: { type: 'string' },
  description: 'The ETag of the list that is there already.',
}

function performed(operation: AnyOperation, of: { path?: string }): Json {
  const base = described(operation, of)
  const fingerprint = { type: 'string', description: 'Of the plan that is confirmed.' }
  const requestBody = body(operation, of.path, operation.question ? { fingerprint } : {})
  if (!isRun(operation))
    return {
      ...base,
      requestBody,
      responses: {
        200: answer('The result.', withResult('Envelope', operation)),
        ...notDone,
        ...problems,
      },
    }
  const key = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 128 } }
  return {
    ...base,
    parameters: [...(base.parameters as Json[]), key],
    requestBody,
    responses: {
      202: answer('It has begun.', withResult('Run', operation), {
        Location: text('Where the run is found.'),
      }),
      ...problems,
    },
  }
}

function planned(operation: AnyOperation, of: { path?: string }): Json {
  const plan = operation.question ? json(operation.question.planSchema) : {}
  const schema = {
    type: 'object',
    required: ['schema', 'operation', 'plan', 'fingerprint', 'expiresAt'],
    properties: {
      schema: { const: SCHEMA },
      operation: { const: operation.name },
      plan,
      fingerprint: { type: 'string' },
      expiresAt: { type: 'string', format: 'date-time' },
    },
  }
  return {
    ...described(operation, of, '-plan'),
    requestBody: body(operation, of.path, {}),
    responses: { 200: answer('What would be done.', schema), ...problems },
  }
}
