// An embedded node may run on a Node.js that is older than node:sqlite; then the same interface comes from a package.
const Module = require('node:module')

const load = Module._load
Module._load = (request, ...rest) => {
  if (request !== 'node:sqlite') return load(request, ...rest)
  try {
    return load(request, ...rest)
  } catch {
    return load('@PACKAGE@', ...rest)
  }
}
