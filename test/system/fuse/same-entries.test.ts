import { entryCases } from '../../helpers/same-calls/entries.js'
import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'

sameAsPlain(entryCases)
