import { z } from 'zod'
import type { InputForm } from '../base/input-problem.ts'
import { formatVersion, parseVersion } from '../openclaw/versions.ts'

/** A release of OpenClaw as somebody names one, such as `2026.9.6`. */
export const versionInputSchema = z
  .string()
  .trim()
  .max(40)
  .refine((text) => {
    const version = parseVersion(text)
    return version !== null && formatVersion(version) === text
  }, 'openclaw-version' satisfies InputForm)
