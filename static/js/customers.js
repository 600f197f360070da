// While a name is typed: customers the shop knows already. Picking one fills in the rest (ARIA combobox, list autocomplete).
const WAIT_MS = 150

export function attach(root) {
  for (const field of root.querySelectorAll('[data-suggest]')) new Suggestions(field, root.getElementById('suggestions'))
}

class Suggestions {
  #field
  #list
  #timer
  #asked = 0

  constructor(field, list) {
    this.#field = field
    this.#list = list
    const roles = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id }
    for (const [name, value] of Object.entries(roles)) field.setAttribute(name, value)
    field.addEventListener('input', () => this.#typed())
    field.addEventListener('keydown', event => this.#pressed(event))
    field.addEventListener('blur', () => this.#close())
    list.addEventListener('pointerdown', event => event.preventDefault())   // the field keeps the focus
    list.addEventListener('click', event => this.#pick(event.target.closest('[role="option"]')))
  }

  #typed() {
    const id = this.#part('id')
    if (id) id.value = ''                                                    // other words may mean another person
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(this.#field.value.trim()), WAIT_MS)
  }

  async #ask(query) {
    const turn = ++this.#asked
    if (query.length < 2) return this.#close()
    const url = new URL(this.#field.dataset.suggest, location.href)
    url.searchParams.set('q', query)
    const response = await fetch(url).catch(() => null)
    const answer = response?.ok && !response.redirected ? await response.text() : ''
    if (turn !== this.#asked || document.activeElement !== this.#field) return
    this.#list.innerHTML = answer
    this.#show(this.#options.length > 0)
  }

  #pressed(event) {
    const options = this.#options, at = options.indexOf(this.#marked)
    if (this.#list.hidden || event.isComposing) return
    const deeds = {
      ArrowDown: () => this.#mark(options[(at + 1) % options.length]),
      ArrowUp: () => this.#mark(options.at(at > 0 ? at - 1 : -1)),
      Enter: () => this.#pick(this.#marked),
      Escape: () => this.#close(),
    }
    if (!deeds[event.key] || event.key === 'Enter' && at < 0) return
    event.preventDefault()
    deeds[event.key]()
  }

  #pick(option) {
    if (!option) return
    for (const name of ['name', 'phone', 'email', 'street', 'locality', 'id']) {
      const field = this.#part(name)
      if (field) field.value = option.dataset[name]
    }
    this.#close()
  }

  #mark(option) {
    this.#marked?.setAttribute('aria-selected', 'false')
    option.setAttribute('aria-selected', 'true')
    option.scrollIntoView({ block: 'nearest' })
    this.#field.setAttribute('aria-activedescendant', option.id)
  }

  #close() {
    this.#asked++
    this.#show(false)
  }

  #show(isShown) {
    this.#list.hidden = !isShown
    this.#field.setAttribute('aria-expanded', String(isShown))
    this.#field.removeAttribute('aria-activedescendant')
    if (!isShown) this.#list.replaceChildren()
  }

  #part(name) { return this.#field.form.querySelector(`[data-customer="${name}"]`) }
  get #options() { return [...this.#list.querySelectorAll('[role="option"]')] }
  get #marked() { return this.#list.querySelector('[aria-selected="true"]') }
}
