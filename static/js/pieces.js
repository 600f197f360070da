// The pieces of an open page: each is swapped for the newer one of the same id, unless somebody is at it.

// Whether nothing was left as it was.
export function put(root, news) {
  let isWhole = true
  for (const piece of [...news.body.children]) {
    const here = piece.id && root.getElementById(piece.id)
    if (!here) continue
    renew(here, piece)
    if (here.isEqualNode(piece)) continue
    if (isInHand(here)) isWhole = false
    else swap(here, piece)
  }
  return isWhole
}

function swap(here, piece) {
  const focused = here.contains(document.activeElement) && addressOf(document.activeElement)
  here.replaceChildren(...piece.childNodes)
  const same = focused && [...here.querySelectorAll('a, button, summary')].find(each => addressOf(each) === focused)
  if (same) same.focus({ preventScroll: true })
}

// Every answer has a token of its own, and is compared without it; a form that stays is then good for the newest sign-in.
function renew(here, piece) {
  const token = piece.querySelector('[name=csrf_token]')?.value
  if (token) for (const field of here.querySelectorAll('[name=csrf_token]')) field.defaultValue = token
}

// What stays as it is: what was unfolded, what is on its way, what has the focus and could not get it back, what somebody
// has typed. Whoever saves an older form is told what changed meanwhile.
function isInHand(piece) {
  const focused = piece.contains(document.activeElement) && document.activeElement
  const isUnfolded = piece.querySelector('details[open], form[data-sent], #error-summary')
  return isUnfolded || focused && !addressOf(focused) || isTyped(piece)
}

// Where a link or a button leads, or what a fold is called: by that it is found again.
function addressOf(element) {
  if (element.matches('summary')) return element.getAttribute('aria-label') ?? element.textContent
  return element.getAttribute('href') ?? element.closest('button')?.form?.getAttribute('action') ?? ''
}

export function isTyped(root) {
  return [...root.querySelectorAll('input:not([type=hidden]), textarea, select')].some(isChanged)
}

function isChanged(field) {
  if (field.matches('[type=checkbox], [type=radio]')) return field.checked !== field.defaultChecked
  if (!field.options) return field.value !== field.defaultValue
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex(option => option.defaultSelected))
}
