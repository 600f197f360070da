// The staff's pages: every behaviour finds its own places by data-attribute; all of them work without it.
import { attach as app } from './app.js'
import { attach as color } from './color.js'
import { attach as customers } from './customers.js'
import { attach as forms } from './forms.js'
import { attach as pad } from './pad.js'
import { attach as password } from './password.js'
import { attach as photos } from './photo-form.js'
import { attach as search } from './search.js'
import { attach as share } from './share.js'
import { attach as snack } from './snack.js'
import { attach as live } from './staff-live.js'

for (const attach of [app, forms, share, snack, search, customers, pad, password, color, photos, live]) attach(document)
