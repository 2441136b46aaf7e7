/**
 * The page lies in many small files and is served in few: each request costs a slow browser as much as reading several files.
 * What the first screen needs becomes one module; whatever is loaded later finds there what it shares with it. The files are
 * plain modules all the same: nothing of their text is touched but what they import and export.
 */

/** What is served in the place of the files that went into it. */
export const FIRST_SCRIPT = 'first.js'
export const FIRST_STYLE = 'first.css'

/** Where the first screen begins, the module that starts it last: what `import` names elsewhere is loaded later. */
const ENTRIES = ['fleet.js', 'page.js', 'main.js']
/** In the order in which they hold. */
const STYLES = ['base.css', 'controls.css', 'fleet.css', 'detail.css']

const STATIC = /^import \{([^}]+)\} from '\.\/([\w-]+\.js)'\n/gm
const DYNAMIC = /\bimport\('\.\/([\w-]+\.js)'\)/g
const EXPORTED = /^export (?=(?:async )?(?:function|class|const) (\w+))/gm

/** Joins the files of the page. Returns them by the names under which they are served. @throws Error where they cannot be joined */
export function joinPage(files: ReadonlyMap<string, string>): Map<string, string> {
  const first = firstModules(files)
  const served = new Map([...files].filter(([name]) => !first.includes(name) && !STYLES.includes(name)))
  for (const [name, text] of served) if (name.endsWith('.js')) served.set(name, apart(text, first))
  const parts = first.map((name) => joined(name, textOf(files, name), first))
  served.set(FIRST_SCRIPT, [...parts, `export { ${first.map(nameOf).join(', ')} }\n`].join('\n'))
  served.set(FIRST_STYLE, STYLES.map((name) => textOf(files, name)).join('\n'))
  return served
}

/** Every module of the first screen behind all that it imports. */
function firstModules(files: ReadonlyMap<string, string>): string[] {
  const done: string[] = []
  const add = (name: string, users: readonly string[]) => {
    if (done.includes(name)) return
    if (users.includes(name)) throw new Error(`modules of the page import each other: ${users.join(', ')}`)
    for (const [, , other = ''] of textOf(files, name).matchAll(STATIC)) add(other, [...users, name])
    done.push(name)
  }
  for (const name of ENTRIES) add(name, [])
  return done
}

/** A module as the value of a name: what it exports. */
function joined(name: string, text: string, first: readonly string[]): string {
  const exported = [...text.matchAll(EXPORTED)].map(([, one = '']) => one)
  const body = text
    .replaceAll(
      STATIC,
      (_all, names: string, other: string) => `const {${renamed(names)}} = ${nameOf(other)}\n`,
    )
    .replaceAll(DYNAMIC, (all, other: string) =>
      first.includes(other) ? `Promise.resolve(${nameOf(other)})` : all,
    )
    .replaceAll(EXPORTED, '')
  if (/^(?:import|export)\b/m.test(body)) throw new Error(`${name} imports or exports in a form of its own`)
  return `const ${nameOf(name)} = (() => {\n${body}return { ${exported.join(', ')} }\n})()\n`
}

/** A module that is loaded later. */
function apart(text: string, first: readonly string[]): string {
  const body = text.replaceAll(STATIC, (all, names: string, other: string) =>
    first.includes(other) ? `const {${renamed(names)}} = first.${nameOf(other)}\n` : all,
  )
  return `import * as first from './${FIRST_SCRIPT}'\n${body}`
}

/** `a as b` of an import, as it is written where an object is taken apart. */
function renamed(names: string): string {
  return names.replaceAll(' as ', ': ')
}

function nameOf(file: string): string {
  return `$${file.replace(/\.js$/, '').replaceAll('-', '_')}`
}

function textOf(files: ReadonlyMap<string, string>, name: string): string {
  const text = files.get(name)
  if (text === undefined) throw new Error(`the page has no ${name}`)
  return text
}
