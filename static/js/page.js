// What the live connection does to the open page: swap sections, say how fresh it is, or wipe it when the link is revoked.
const TROUBLE_MS = 4e3, TOAST_MS = 20e3

const byId = id => document.getElementById(id)
const hashes = page => [...page.querySelectorAll('[data-hash]')].map(piece => piece.id + piece.dataset.hash).join()

export class Page {
  #main
  #state = 'load'
  #trueAt = Date.now()
  #trouble = 0
  #toast = 0
  #transition

  constructor(main) { this.#main = main }

  get state() { return this.#state }

  // live: the stream is up. poll: asked just now. off: no network. wait: no answer, for longer than a blink.
  show(state) {
    this.#trouble = clearTimeout(this.#trouble)
    if (state === 'live' || state === 'poll') this.#trueAt = Date.now()
    if (state === this.#state) return
    this.#state = state
    this.#label()
    clearTimeout(this.#toast)
    this.#say('')
    if (state === 'off') this.#say('off')
    if (state === 'wait') this.#toast = setTimeout(() => this.#say('wait'), TOAST_MS)
  }

  trouble() {
    if (!navigator.onLine) this.show('off')
    else this.#trouble ||= setTimeout(() => this.show('wait'), TROUBLE_MS)
  }

  swap(fresh) {
    const { version, look, changesIn = '' } = fresh.getElementById('main').dataset
    if (look !== this.#main.dataset.look) return location.reload()   // a new colour
    Object.assign(this.#main.dataset, { version, changesIn })
    document.title = fresh.title
    if (hashes(fresh) === hashes(document)) return
    const put = () => {
      if (!byId('headline')) return   // wiped while this transition waited its turn
      fill(fresh)
      this.#label()                   // a fresh status comes with the server's neutral label
    }
    if (document.hidden || !document.startViewTransition) return put()
    this.#transition = document.startViewTransition(put)
    this.#transition.ready.catch(() => {})
  }

  wipe() {
    clearTimeout(this.#trouble)
    clearTimeout(this.#toast)
    this.#transition?.skipTransition()
    const main = this.#main
    main.replaceChildren(byId('gone').content)
    for (const name of Object.keys(main.dataset)) delete main.dataset[name]
    document.body.replaceChildren(main)
    for (const meta of document.querySelectorAll('meta[property]')) meta.remove()
    const heading = main.querySelector('h1')
    document.title = heading.textContent
    heading.focus()
  }

  #label() {
    const pill = byId('live')
    if (!pill) return
    pill.dataset.state = this.#state
    pill.lastElementChild.textContent = pill.dataset[this.#state] ?? ''
  }

  #say(state) {
    const toast = byId('toast')
    const time = new Date(this.#trueAt).toLocaleTimeString(document.documentElement.lang, { hour: 'numeric', minute: '2-digit' })
    toast.textContent = state && toast.dataset[state].replace('{time}', time.toLowerCase())
  }
}

function fill(fresh) {
  const headline = byId('headline').textContent
  for (const slot of fresh.querySelectorAll('[data-slot]')) {
    const here = document.querySelector(`[data-slot="${slot.dataset.slot}"]`)
    for (const piece of [...here.children]) if (!fresh.getElementById(piece.id)) piece.remove()
    let last
    for (const piece of [...slot.children]) {
      const old = byId(piece.id)
      if (!old) last ? last.after(piece) : here.prepend(piece)
      else if (old.dataset.hash !== piece.dataset.hash) replace(old, piece)
      last = byId(piece.id)
    }
  }
  const now = byId('headline').textContent
  if (now !== headline) byId('say').textContent = now
}

function replace(old, piece) {
  const focused = old.contains(document.activeElement) && document.activeElement.getAttribute('href')
  old.replaceWith(piece)
  if (focused) piece.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
}
