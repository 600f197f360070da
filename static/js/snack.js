// What was just done: said aloud, and gone after 8 seconds unless somebody points at it or is inside it.
const STAYS_MS = 8000

export function attach(root) {
  for (const snack of root.querySelectorAll('[data-snack]')) {
    announce(snack)
    leave(snack)
  }
}

// A live region speaks of changes only, and this one came with the page.
function announce(snack) {
  const words = snack.querySelector('p'), text = words.textContent
  setTimeout(() => words.replaceChildren(text), 100)
}

function leave(snack) {
  let timer
  const stay = () => clearTimeout(timer)
  const go = () => { stay(); timer = setTimeout(() => snack.remove(), STAYS_MS) }
  for (const arrives of ['pointerenter', 'focusin']) snack.addEventListener(arrives, stay)
  for (const leaves of ['pointerleave', 'focusout']) snack.addEventListener(leaves, go)
  snack.addEventListener('keydown', event => { if (event.key === 'Escape') snack.remove() })
  go()
}
