// A quote's or an invoice's page: sheets over it, ticks that ask the server for the total, the bar that comes when the
// buttons scroll away, printing. Everything works without this: the links lead to plain pages.
import { attach as live } from './live.js'
import { attach as pad } from './pad.js'
import { attach as seen } from './seen.js'

const main = document.getElementById('main')
const typed = {}   // what was typed into a sheet survives that the sheet is replaced by a fresh one

document.addEventListener('click', event => {
  const target = event.target
  if (target.closest('[data-print]')) print()
  const sheet = document.getElementById(target.closest('[data-open]')?.dataset.open)
  if (sheet) {
    event.preventDefault()
    open(sheet)
  }
  const shown = target.closest('dialog')
  if (shown && (target.closest('[data-close]') || target === shown && isOutside(shown, event))) {
    event.preventDefault()
    shown.close()
  }
})

document.addEventListener('input', event => {
  const field = event.target
  if (field.closest('dialog')) typed[field.name + field.type] = field.value
  if (field.form?.id === 'options') tick(field.form)
})

// Twice pressed is once sent.
document.addEventListener('submit', event => {
  const form = event.target
  if (form.method !== 'post') return
  if (form.ariaBusy === 'true') event.preventDefault()
  form.ariaBusy = 'true'
})
addEventListener('pageshow', () => {
  for (const form of document.forms) form.ariaBusy = null
})

function open(sheet) {
  for (const field of sheet.querySelectorAll('[type=text],textarea')) field.value ||= typed[field.name + field.type] ?? ''
  sheet.showModal()
  pad(sheet)
  sheet.querySelector('h2').focus()
}

// The address says what is ticked: the page then fetches itself, as it does for every other change.
function tick(form) {
  history.replaceState(null, '', `?${new URLSearchParams(new FormData(form))}`)
  main.dispatchEvent(new Event('stale'))
}

function isOutside(sheet, { clientX, clientY }) {
  const { left, right, top, bottom } = sheet.getBoundingClientRect()
  return clientX < left || clientX > right || clientY < top || clientY > bottom
}

const inSight = new IntersectionObserver(([entry]) => document.body.toggleAttribute('data-away', !entry.isIntersecting))

function watch() {
  inSight.disconnect()
  const buttons = document.getElementById('pay') ?? document.getElementById('answer'), paper = document.getElementById('paper')
  if (buttons) inSight.observe(buttons)
  if (paper && paper.dataset.seen !== main.dataset.seen) look(paper.dataset.seen)
}

// Each revision has an address of its own to say that it was seen.
function look(address) {
  main.dataset.seen = address
  seen(main)
}

new MutationObserver(watch).observe(main, { childList: true, subtree: true })
live(main)
watch()
