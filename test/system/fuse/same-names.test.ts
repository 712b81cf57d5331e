import { nameCases } from '../../helpers/same-calls/names.js'
import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'

sameAsPlain(nameCases)
