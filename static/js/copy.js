// Copies the text field beside its button. Without script the field is there to select; on plain HTTP it is selected.
export function attach(root) {
  for (const place of root.querySelectorAll('[data-copy-from]')) {
    const field = place.querySelector('input'), button = place.querySelector('button')
    button.hidden = false
    button.addEventListener('click', async () => {
      if (await copy(field)) button.textContent = button.dataset.copied
    })
  }
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    field.focus()
    field.select()
    try { return document.execCommand('copy') } catch { return false }
  }
}

attach(document)
