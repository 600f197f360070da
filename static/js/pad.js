// A signature drawn with a finger: lines in the box of its picture, so that a turned phone keeps them.
export function attach(root) {
  const pad = root.querySelector('[data-pad][hidden]')
  if (!pad) return
  const picture = pad.querySelector('svg'), line = pad.querySelector('path'), input = pad.querySelector('input')
  const { width, height } = picture.viewBox.baseVal
  let path = ''

  const put = text => { input.value = path = text; line.setAttribute('d', text) }
  const add = (letter, { clientX, clientY }) => {
    const box = picture.getBoundingClientRect()
    const x = (clientX - box.left) * width / box.width, y = (clientY - box.top) * height / box.height
    if (path.length < 30000) put(`${path}${letter}${inside(x, width)} ${inside(y, height)}`)
  }

  picture.addEventListener('pointerdown', event => {
    event.preventDefault()
    picture.setPointerCapture(event.pointerId)
    add('M', event)
    add('L', event)   // a dot shows too
  })
  picture.addEventListener('pointermove', event => {
    if (picture.hasPointerCapture(event.pointerId)) add('L', event)
  })
  pad.querySelector('[data-clear]').addEventListener('click', () => put(''))
  put(input.value)   // what was drawn before a slip in another field
  pad.hidden = false
}

const inside = (value, most) => +Math.min(most, Math.max(0, value)).toFixed(1)
