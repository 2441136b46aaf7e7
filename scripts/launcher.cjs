#!/usr/bin/env node
// Starts the command line, which is one file. V8 has read it when it was built, and takes up from there when it is the
// same V8; another one reads the file anew. A third of what a short command costs is saved by that.
'use strict'
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')

const file = join(__dirname, 'ocm.js')
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: compiled() })
// The V8 of Node 20 optimizes what a short command will hardly run again, and collects its garbage seven times: a tenth of
// what a list costs. Set here and not with the options of Node, for what was compiled under others is not taken up.
// Not for a backup, which is long and holds something of each of thousands of files: its young space would grow to 32 MB.
const flags = process.argv.includes('backup')
  ? ['--semi-space-growth-factor=1']
  : process.versions.v8.startsWith('11.')
    ? ['--interrupt-budget=600000', '--semi-space-growth-factor=4']
    : []
for (const flag of flags) setFlagsFromString(flag)
script.runInThisContext()(module.exports, createRequire(file), module, file, __dirname)

function compiled() {
  try {
    return readFileSync(join(__dirname, 'ocm.compiled'))
  } catch {
    return undefined
  }
}
