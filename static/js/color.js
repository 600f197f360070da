// The brand colour three ways: the browser's own picker, its code as text, and a few to start from.
const CODE = /^#[0-9a-f]{6}$/i

export function attach(root) {
  for (const place of root.querySelectorAll('[data-color]')) {
    const [picker, code] = place.querySelectorAll('input'), swatches = place.querySelectorAll('button')
    const choose = color => {
      if (!CODE.test(color)) return
      picker.value = color
      if (code !== root.activeElement) code.value = color
      for (const swatch of swatches) swatch.ariaPressed = String(swatch.value === color.toLowerCase())
    }
    picker.addEventListener('input', () => choose(picker.value))
    code.addEventListener('input', () => choose(code.value.trim()))
    code.addEventListener('blur', () => { code.value = picker.value })
    for (const swatch of swatches) swatch.addEventListener('click', () => choose(swatch.value))
    for (const extra of [code, ...swatches]) extra.hidden = false
    choose(picker.value)
  }
}
