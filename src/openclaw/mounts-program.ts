/**
 * JavaScript for programs that run in the node's own Node.js and have `fs`: where another file system begins. An overlay
 * gives its files devices of their own while its folders have one, so a device tells of folders alone, and the list of mount
 * points (proc(5), mountinfo) of everything.
 */
export const MOUNTS_PROGRAM = String.raw`
function mountPoints() {
  const unescaped = (text) => text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))
  return fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean).map((line) => unescaped(line.split(' ')[4]))
}
const isElsewhere = (found, device) => found.isDirectory() && found.dev !== device
`
