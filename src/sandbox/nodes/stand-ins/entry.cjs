// What a unit names as its program. The gateway itself is run by the embedded node; this is for who calls it by hand.
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const program = join(__dirname, '..', 'openclaw.mjs')
const { status } = spawnSync('/bin/sh', [program, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1
