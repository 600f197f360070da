// Forms: what went wrong takes the focus; a second press while the first is under way does nothing.

export function attach(root) {
  root.querySelector('[data-take-focus], #error-summary')?.focus()
  root.addEventListener('submit', once)
  addEventListener('pageshow', () => release(root))          // back from the cache: the buttons live again
}

function once(event) {
  const form = event.target
  if (event.defaultPrevented || form.method !== 'post' || event.submitter?.formMethod === 'dialog') return
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = 'true'
  event.submitter?.setAttribute('aria-disabled', 'true')
}

function release(root) {
  for (const form of root.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled')
  }
}
