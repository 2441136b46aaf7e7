import { spawn } from 'node:child_process'
import { type Conversation, converse } from '../support/conversation.ts'
import type { Machine } from './machine.ts'

/** Runs a command on a machine in a terminal, as a person does who is logged in there. */
export function atTerminal(machine: Machine, user: string, command: string, answers: Conversation = []) {
  return converse(spawn('ssh', ['-tt', ...machine.sshWords(command, { user })]), answers)
}
