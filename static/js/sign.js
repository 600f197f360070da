// The customer's page for a signature: the pad, and twice pressed is once sent.
import { attach as forms } from './forms.js'
import { attach as pad } from './pad.js'

for (const attach of [forms, pad]) attach(document)
