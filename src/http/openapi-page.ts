import { z } from 'zod'
import { ACCESS_LEVELS } from '../operations/access.ts'

const { $schema: _version, ...who } = z.toJSONSchema(
  z.object({
    person: z.object({ id: z.string(), name: z.string(), via: z.enum(['discord', 'cli', 'token']) }),
    level: z.enum(ACCESS_LEVELS).nullable(),
    tags: z.array(z.string()).nullable(),
    grants: z.array(z.object({ level: z.enum(ACCESS_LEVELS), tags: z.array(z.string()).nullable() })),
    operations: z.array(z.string()).nullable(),
    language: z.string(),
    serverTime: z.iso.datetime(),
    version: z.string(),
  }),
)

const problem = {
  default: {
    description: 'Nothing was done.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
}
const answered = (description: string, schema: object) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...problem,
})
const own = {
  name: 'X-OCM',
  in: 'header',
  required: true,
  schema: { const: '1' },
  description: 'Says that a page of this address asks.',
}

/** The routes that the page lives on, besides the operations. */
export const pagePaths = {
  '/login': {
    post: {
      operationId: 'log-in',
      summary: 'Uses the secret of a link up, and sets the cookie of a browser.',
      security: [],
      parameters: [own],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['secret'],
              additionalProperties: false,
              properties: { secret: { type: 'string', maxLength: 128 } },
            },
          },
        },
      },
      responses: answered('Who is signed in now.', who),
    },
  },
  '/login/ways': {
    get: {
      operationId: 'ways-to-log-in',
      summary: 'Where a browser signs in with Discord; null where that is not set up.',
      security: [],
      responses: answered('Besides by a link.', {
        type: 'object',
        required: ['discord'],
        properties: { discord: { type: ['string', 'null'], format: 'uri' } },
      }),
    },
  },
  '/logout': {
    post: {
      operationId: 'log-out',
      summary: 'Signs a browser out; refused for a token, which is revoked instead.',
      parameters: [own],
      responses: answered('It is done.', { type: 'object', properties: { signedOut: { const: true } } }),
    },
  },
  '/me': { get: { operationId: 'get-me', summary: 'Who asks.', responses: answered('Who asks.', who) } },
  '/stream': {
    get: {
      operationId: 'follow-fleet',
      summary: 'The fleet as server-sent events: hello, fleet, incidents, run, alive, signed-out.',
      parameters: [
        {
          name: 'Last-Event-ID',
          in: 'header',
          schema: { type: 'string' },
          description: 'Goes on from there where that is still known, else begins anew.',
        },
      ],
      responses: {
        200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        ...problem,
      },
    },
  },
  '/texts/{language}': {
    get: {
      operationId: 'get-texts',
      summary: 'The words of the page.',
      security: [],
      parameters: [{ name: 'language', in: 'path', required: true, schema: { enum: ['en', 'ja', 'zh-CN'] } }],
      responses: answered('Texts by their keys.', {
        type: 'object',
        properties: {
          language: { type: 'string' },
          texts: { type: 'object', additionalProperties: { type: 'string' } },
        },
      }),
    },
  },
}
