// “/” goes to the search field, unless somebody is typing or a sheet is open.

export function attach(root) {
  const field = root.querySelector('[data-search]')
  if (!field) return
  root.addEventListener('keydown', event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isBusy(root)) return
    event.preventDefault()
    field.focus()
    field.select()
  })
}

function isBusy(root) {
  return root.querySelector('dialog[open]') || root.activeElement?.matches('input, textarea, select, [contenteditable]')
}
