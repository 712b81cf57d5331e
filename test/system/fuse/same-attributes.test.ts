import { attributeCases } from '../../helpers/same-calls/attributes.js'
import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'

sameAsPlain(attributeCases)
