// Sends its arguments to the node over a local socket and prints what comes back: JSON lines {out}, {err} or {exit}.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const [, , path, ...argv] = process.argv
const socket = connect(path)
let status = 1
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
})
socket.write(`${JSON.stringify({ argv })}\n`)
const lines = createInterface({ input: socket })
lines.on('line', (line) => {
  const { out, err, exit } = JSON.parse(line)
  if (out !== undefined) process.stdout.write(out)
  if (err !== undefined) process.stderr.write(err)
  if (exit !== undefined) status = exit
})
socket.on('close', () => {
  process.exitCode = status
})
