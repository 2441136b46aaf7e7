/** What somebody sees who is signed in: the frame, and the view that the address names. */
import { readAddress } from './address.js'
import { fill } from './dom.js'
import { createFrame } from './frame.js'
import { createModel } from './model.js'
import { keepAges } from './readings.js'
import { createRuns } from './runs.js'
import { createNoAnswer } from './sign-in.js'
import { loadOtherViews, viewNamed } from './views.js'

/**
 * Shows it, and keeps it true. Returns what closes it.
 * @param {object} parts
 * @param {object | null} parts.stream one that is open already
 * @param {(me: object) => void} parts.renewed hears that the reader's roles are others
 * @param {(language: string) => Promise<void>} parts.choose
 */
export function createPage({ api, clock, me, words, stream, signedOut, renewed, choose }) {
  const runs = createRuns({ api })
  const model = createModel({
    api,
    clock,
    runs,
    stream,
    signedOut,
    renewed(now) {
      // Roles that were given or taken away change what there is to press.
      if (JSON.stringify(now.grants) === JSON.stringify(me.grants)) return false
      renewed(now)
      return true
    },
  })
  let view = null
  let shown = null
  const app = {
    api,
    clock,
    me,
    model,
    runs,
    words,
    /** After an act: what it changed is read anew. */
    changed() {
      if (!model.connected) void model.refresh()
      view?.refresh?.()
    },
    say: (text) => frame.say(text),
  }
  const frame = createFrame(app, {
    choose,
    async leave() {
      await api.logOut()
      signedOut()
    },
  })

  async function show() {
    const { view: name, id } = readAddress()
    const place = `${name} ${id ?? ''}`
    if (place === shown) return view?.moved()
    const isFirst = shown === null
    shown = place
    view?.close()
    view = null
    const create = await viewNamed(name).catch(() => null)
    // Its reader may have gone elsewhere meanwhile.
    if (shown !== place) return
    if (create === null) {
      shown = ''
      return frame.show(
        createNoAnswer({ words }, () => void show()),
        name,
      )
    }
    view = create(app, id)
    frame.show(view.element, name)
    view.update(null)
    if (!isFirst) frame.focus()
  }

  const hear = () => void show()
  const ages = keepAges(app)
  let waits = true
  const stopHearing = model.subscribe((changed) => {
    view?.update(changed)
    frame.update()
    if (waits && model.loaded) loadOtherViews()
    waits &&= !model.loaded
  })
  addEventListener('hashchange', hear)
  fill(document.body, frame.element)
  hear()
  model.start()
  return () => {
    shown = ''
    clearInterval(ages)
    stopHearing()
    removeEventListener('hashchange', hear)
    model.stop()
    view?.close()
    frame.close()
    for (const dialog of document.querySelectorAll('dialog')) dialog.close()
  }
}
