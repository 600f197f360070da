// The line editor: rows come, go and move without a reload, and the server says what they come to while one types.
// Without script every button here posts the form and the page comes back with what was typed.
const WAIT_MS = 350

class Lines {
  #form
  #rows
  #next
  #timer
  #asked = 0

  constructor(form) {
    this.#form = form
    this.#rows = form.querySelector('[data-lines]')
    this.#next = Math.max(-1, ...this.#all.map(row => +row.dataset.line)) + 1
    form.addEventListener('click', event => this.#clicked(event))
    form.addEventListener('keydown', event => this.#pressed(event))
    form.addEventListener('input', () => this.#soon())
    form.addEventListener('change', () => this.#soon())
  }

  get #all() { return [...this.#rows.children] }

  #clicked(event) {
    const button = event.target.closest('[data-add], [data-delete], [data-up], [data-down]')
    if (!button) return
    event.preventDefault()
    const row = button.closest('[data-line]')
    if ('add' in button.dataset) this.#add()
    else if ('delete' in button.dataset) this.#delete(row)
    else this.#move(row, 'up' in button.dataset ? -1 : 1, button)
  }

  #pressed(event) {
    const field = event.target, row = field.closest('[data-line]')
    if (!row || event.isComposing || !field.matches('input')) return
    const name = nameOf(field)
    if (event.key === 'Enter') this.#enter(row, name)
    else if (event.altKey && /^Arrow(Up|Down)$/.test(event.key)) this.#move(row, event.key === 'ArrowUp' ? -1 : 1, field)
    else if (event.key === 'Backspace' && name === 'description' && isBare(row)) this.#delete(row)
    else return
    event.preventDefault()
  }

  #enter(row, name) {
    const next = row.nextElementSibling
    if (!next) return this.#add(row)
    const field = fieldOf(next, name)
    field.focus()
    field.select?.()
  }

  #add() {
    const row = this.#form.querySelector('[data-line-template]').content.firstElementChild.cloneNode(true)
    const number = String(this.#next++)
    row.dataset.line = number
    for (const part of row.querySelectorAll('*')) {
      for (const name of ['id', 'name', 'for', 'aria-describedby', 'value']) {
        const text = part.getAttribute(name)
        if (text?.startsWith('lines-new-')) part.setAttribute(name, text.replace('lines-new-', `lines-${number}-`))
      }
    }
    this.#rows.append(row)
    this.#changed()
    fieldOf(row, 'description').focus()
  }

  #delete(row) {
    const other = row.previousElementSibling ?? row.nextElementSibling
    if (!other) return
    row.remove()
    this.#changed()
    fieldOf(other, 'description').focus()
  }

  #move(row, step, focused) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling
    if (!other) return
    if (step < 0) other.before(row)
    else other.after(row)
    this.#changed()
    focused.focus()
  }

  #changed() {
    for (const [at, row] of this.#all.entries()) {
      const legend = row.querySelector('[data-legend]')
      legend.textContent = `${legend.dataset.legend} ${at + 1}`
    }
    this.#soon()
  }

  #soon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS)
  }

  async #ask() {
    const turn = ++this.#asked
    const options = { method: 'POST', body: new URLSearchParams(new FormData(this.#form)), headers: { Accept: 'application/json' } }
    const response = await fetch(this.#form.dataset.totals, options).catch(() => null)
    if (!response?.headers.get('Content-Type')?.startsWith('application/json')) return
    const answer = await response.json()
    if (turn !== this.#asked || !('totals' in answer)) return
    this.#form.querySelector('[data-totals-card]').innerHTML = answer.totals
    document.querySelector('[data-total]').textContent = answer.total
    for (const row of this.#all) row.querySelector('[data-amount]').textContent = answer.amounts[row.dataset.line] ?? ''
  }
}

const nameOf = field => field.name.split('-').pop()
const fieldOf = (row, name) => row.querySelector(`[name$="-${name}"]`) ?? row.querySelector('[name$="-description"]')
const isBare = row => [...row.querySelectorAll('input:not([type]), input[type="text"], textarea')].every(field => !field.value)

for (const form of document.querySelectorAll('[data-editor]')) new Lines(form)
