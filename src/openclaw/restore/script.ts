import { scriptText } from '../../ssh/script-text.ts'

/**
 * Runs one verb of {@link RESTORE_PROGRAM} in the node's own Node.js. POSIX sh (dash, bash, busybox ash).
 *
 * Arguments: 1 marker, 2 Node.js or '', 3 the text of the program, 4 the verb. What it works on comes on stdin.
 * Ends with 6 without Node.js, 10 when the verb could not do its work; then stderr says why.
 */
export const RESTORE_SCRIPT = scriptText`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin; export PATH
umask 077
node=$2
[ -x "$node" ] || node=$(command -v node) || exit 6
exec "$node" --no-warnings -e "$3" "$1" "$4"
`
