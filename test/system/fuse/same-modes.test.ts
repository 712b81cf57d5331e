import { modeCases } from '../../helpers/same-calls/modes.js'
import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'

sameAsPlain(modeCases)
