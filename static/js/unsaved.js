// What was typed and not saved yet: the browser asks before it is left behind.
for (const form of document.querySelectorAll('[data-editor]')) {
  let isDirty = 'unsaved' in form.dataset
  const touched = () => { isDirty = true }
  form.addEventListener('input', touched)
  form.addEventListener('click', event => { if (event.target.closest('[data-delete], [data-up], [data-down]')) touched() })
  addEventListener('submit', event => { if (event.target === form) isDirty = false })
  addEventListener('beforeunload', event => { if (isDirty) event.preventDefault() })
}
