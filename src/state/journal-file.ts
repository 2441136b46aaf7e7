import { createHash } from 'node:crypto'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

import { OperatorError } from '../base/errors.ts'
import { hasCode, makePrivateFolder, syncFolder, writeFileAtomic } from './atomic-file.ts'
import { isGone, thisProcess } from './file-lock.ts'

/** Work that a crash must not forget: written before the first step, closed after the last. */
export interface JournalPort {
  begin(job: {
    operationId: string
    operation: string
    nodeId: string | null
    actorId: string
    startedAt: string
  }): Promise<void>
  end(operationId: string): Promise<void>
  /** Jobs that a previous process began and never ended: their result is unknown. */
  unfinished(): readonly {
    operationId: string
    operation: string
    nodeId: string | null
    actorId: string
    startedAt: string
  }[]
}

const jobSchema = z.strictObject({
  operationId: z.string(),
  operation: z.string(),
  nodeId: z.string().nullable(),
  actorId: z.string(),
  startedAt: z.string(),
})
const jobFileSchema = z.strictObject({
  job: jobSchema,
  owner: z.strictObject({ pid: z.int(), realm: z.string(), started: z.string().nullable() }),
})

type Job = z.infer<typeof jobSchema>

/**
 * Opens the journal: a folder with one file per running job, so that the bot and a command line beside it never write
 * the same file. `unfinished()` is what was found at this moment: jobs of processes that are gone. `end` also removes
 * one of those, once someone was told.
 * @throws OperatorError state-damaged with the name of a file that is no job; the error of the file system
 */
export async function openJournal(options: { folder: string }): Promise<JournalPort> {
  const { folder } = options
  await makePrivateFolder(folder)
  const owner = await thisProcess()
  const left = new Map((await readUnfinished(folder)).map((job) => [job.operationId, job]))
  return {
    async begin(job) {
      const fields = jobSchema.parse(job)
      await writeFileAtomic(fileOf(folder, job.operationId), `${JSON.stringify({ job: fields, owner })}\n`)
    },
    async end(operationId) {
      left.delete(operationId)
      try {
        await unlink(fileOf(folder, operationId))
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return
        throw error
      }
      await syncFolder(folder)
    },
    unfinished: () => [...left.values()],
  }
}

async function readUnfinished(folder: string): Promise<Job[]> {
  const jobs: Job[] = []
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') || !name.endsWith('.json')) continue
    const text = await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return null
      throw error
    })
    if (text === null) continue
    const { job, owner } = parseJobFile(name, text)
    // A job of a process that cannot be asked (another host, before a reboot) has no one left to end it here either.
    if ((await isGone(owner)) !== false) jobs.push(job)
  }
  return jobs.sort((a, b) => a.startedAt.localeCompare(b.startedAt))
}

function parseJobFile(name: string, text: string): z.infer<typeof jobFileSchema> {
  try {
    return jobFileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new OperatorError('state-damaged', { file: name, problem: 'not-json' }, { cause })
  }
}

/** Ids are made by this program, but a file name is never taken from data. */
function fileOf(folder: string, operationId: string): string {
  const safe = /^[A-Za-z0-9_-]{1,80}$/.test(operationId)
  return join(folder, `${safe ? operationId : createHash('sha256').update(operationId).digest('hex')}.json`)
}
