// Show and hide a password. It is hidden again before it is sent, so that no browser keeps it as plain text.

export function attach(root) {
  for (const place of root.querySelectorAll('[data-password]')) {
    const field = place.querySelector('input'), button = place.querySelector('button')
    const show = { words: button.textContent, label: button.ariaLabel, type: 'password' }
    const hide = { words: button.dataset.hide, label: button.dataset.hideLabel, type: 'text' }
    const face = ({ words, label, type }) => {
      button.textContent = words
      button.ariaLabel = label
      field.type = type
    }
    button.hidden = false
    button.addEventListener('click', () => face(field.type === 'password' ? hide : show))
    field.form.addEventListener('submit', () => face(show))
  }
}
