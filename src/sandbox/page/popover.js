/** A floating panel tied to a control: one open at a time, closed by Escape, a press outside, or scrolling away. */
import { h } from './dom.js'

let closeCurrent = null

/** Closes the open panel, if there is one. */
export function closePopover() {
  closeCurrent?.()
}

/**
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{onClose?: () => void, matchWidth?: boolean}} [options]
 * @returns {() => void} closes it
 */
export function openPopover(anchor, content, { onClose = () => {}, matchWidth = true } = {}) {
  closePopover()
  const panel = h('div', { class: 'popover' }, content)
  // A modal dialog makes everything outside it inert, so the panel belongs inside.
  const host = anchor.closest('dialog') ?? document.body
  host.append(panel)
  place(anchor, panel, matchWidth)

  const outside = (event) => {
    if (!panel.contains(event.target) && !anchor.contains(event.target)) close()
  }
  const keys = (event) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    close()
    anchor.focus({ preventScroll: true })
  }
  const scrolled = (event) => {
    if (!panel.contains(event.target)) close()
  }
  document.addEventListener('pointerdown', outside, true)
  document.addEventListener('keydown', keys, true)
  document.addEventListener('scroll', scrolled, true)
  window.addEventListener('resize', close)

  function close() {
    if (closeCurrent !== close) return
    closeCurrent = null
    document.removeEventListener('pointerdown', outside, true)
    document.removeEventListener('keydown', keys, true)
    document.removeEventListener('scroll', scrolled, true)
    window.removeEventListener('resize', close)
    panel.remove()
    onClose()
  }
  closeCurrent = close
  return close
}

function place(anchor, panel, matchWidth) {
  const box = anchor.getBoundingClientRect()
  const width = matchWidth ? Math.max(box.width, 200) : panel.offsetWidth
  if (matchWidth) panel.style.width = `${width}px`
  const left = Math.min(Math.max(8, box.left), window.innerWidth - width - 8)
  panel.style.left = `${Math.max(8, left)}px`
  const below = window.innerHeight - box.bottom - 12
  const above = box.top - 12
  const up = below < Math.min(panel.offsetHeight, 240) && above > below
  panel.style.maxHeight = `${Math.max(120, Math.min(340, up ? above : below))}px`
  if (up) panel.style.bottom = `${window.innerHeight - box.top + 6}px`
  else panel.style.top = `${box.bottom + 6}px`
}
