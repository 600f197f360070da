// Copies a line of the bank's block as a banking app takes it. The block may be a fresh one at any time, so the page
// listens for it; its buttons are shown only where this has come.
const main = document.getElementById('main')
let undo = () => {}

main.dataset.copies = ''
main.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy]')
  if (button && await copy(button)) tell(button)
})

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    return true
  } catch {
    return copySelected(button)
  }
}

// Where the clipboard is closed to us (plain HTTP), the old way. Where that is refused too, the line stays selected.
function copySelected(button) {
  const put = event => {
    event.preventDefault()
    event.clipboardData.setData('text/plain', button.dataset.copy)
  }
  getSelection().selectAllChildren(button.previousElementSibling)
  document.addEventListener('copy', put)
  try { return document.execCommand('copy') } catch { return false } finally { document.removeEventListener('copy', put) }
}

// Only the line that is on the clipboard says so.
function tell(button) {
  undo()
  const word = button.firstElementChild, before = word.textContent
  undo = () => { word.textContent = before }
  word.textContent = button.dataset.copied
  document.getElementById('say').textContent = button.textContent
}
