// The customer's page. Everything on it works without this; this keeps it true while it is open.
import { attach as live } from './live.js'
import { attach as photos } from './photos.js'
import { attach as seen } from './seen.js'

const main = document.getElementById('main')
for (const attach of [live, photos, seen]) attach(main)
// Another clock than the site's: name its zone.
if (new Date(+main.dataset.at).getTimezoneOffset() != main.dataset.west) document.body.className = 'away'
