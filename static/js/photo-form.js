// Photos of a job: whatever is chosen goes into the queue at once and shows in the grid, waiting, sending, there.
// Without script the form sends all of them together.
import { Queue } from './photo-queue.js'
import { Refusals } from './photo-refusals.js'
import { preview } from './photo-shrink.js'
import { Strip } from './photo-strip.js'

export function attach(root) {
  const strip = root.querySelector('[data-photo-queue]')
  if (!strip || !('indexedDB' in globalThis)) return
  const queue = new Queue(new Strip(strip)), form = root.querySelector('form[data-photo-form]')
  if (form) bind(form, queue, root)
  new Refusals(strip, queue, form?.dataset.photoForm)
  queue.begin()
}

function bind(form, queue, root) {
  const tiles = new Tiles(root.querySelector('[data-photo-tiles]'), root.querySelector('[data-photo-count]'), queue)
  const job = form.dataset.photoForm
  form.dataset.isLive = ''
  form.addEventListener('submit', event => event.preventDefault())
  const take = input => {
    if (input.type !== 'file' || !input.files.length) return
    const kind = form.elements.kind.value, isShown = form.elements.is_shown.checked
    queue.add([...input.files], { job, url: form.getAttribute('action'), kind, isShown })
    input.value = ''
  }
  form.addEventListener('change', event => take(event.target))
  for (const input of form.elements) take(input)   // chosen while this script was still on its way
  root.addEventListener('photo', ({ detail }) => detail.item.job === job && tiles.show(detail))
  const recall = async () => tiles.recall((await queue.waiting()).filter(item => item.job === job))
  document.addEventListener('visibilitychange', () => document.hidden || recall())
  recall()
}

class Tiles {
  #list
  #count
  #queue
  #drawing = Promise.resolve()

  constructor(list, count, queue) {
    this.#list = list
    this.#count = count
    this.#queue = queue
  }

  // What waited when the page was opened, or another tab has sent meanwhile.
  recall(items) {
    for (const item of items) this.show({ item, state: item.error ? 'refused' : 'waiting', error: item.error })
    const keys = new Set(items.map(({ key }) => key))
    for (const tile of this.#list.querySelectorAll('[data-key]')) if (!keys.has(tile.dataset.key)) tile.remove()
  }

  show({ item, state, part, tile, count, error }) {
    const here = this.#tile(item)
    if (state === 'sent') return this.#arrived(here, tile, count)
    if (state === 'refused') return this.#refused(here, item, error)
    if (item.isMade) this.#draw(here, item)
    const bar = here.querySelector('progress'), isSending = state === 'sending'
    if (state === 'made') return
    bar.hidden = !isSending
    bar.value = part ?? 0
    here.querySelector('.photo-wait__words').textContent = this.#list.dataset[state]
  }

  #tile(item) {
    const known = this.#list.querySelector(`[data-key="${item.key}"]`)
    if (known) return known
    const tile = this.#list.parentElement.querySelector('template').content.firstElementChild.cloneNode(true)
    tile.dataset.key = item.key
    this.#list.append(tile)
    return tile
  }

  // One after the other: a phone has no room for twenty large pictures at once.
  #draw(tile, item) {
    if (tile.dataset.isDrawn) return
    tile.dataset.isDrawn = 'true'
    this.#drawing = this.#drawing.then(async () => tile.querySelector('canvas')?.replaceWith(await preview(item.photo)))
  }

  #arrived(here, tile, count) {
    here.insertAdjacentHTML('beforebegin', tile)
    const fresh = here.previousElementSibling, href = fresh.querySelector('a').getAttribute('href')
    if (this.#list.querySelectorAll(`a[href="${CSS.escape(href)}"]`).length > 1) fresh.remove()
    here.remove()
    this.#count.textContent = count
  }

  #refused(here, item, error) {
    const words = document.createElement('p'), { again, remove } = this.#list.dataset
    words.textContent = `${item.name}: ${error}`
    here.className = 'photo-wait photo-wait--refused'
    here.replaceChildren(
      words,
      button(again, () => { here.remove(); this.show({ item, state: 'waiting' }); this.#queue.retry(item) }),
      button(remove, () => { here.remove(); this.#queue.forget(item.key) }),
    )
  }
}

function button(words, press) {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = 'button button--small'
  made.textContent = words
  made.addEventListener('click', press)
  return made
}
