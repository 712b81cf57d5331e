import { fileCases } from '../../helpers/same-calls/files.js'
import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'

sameAsPlain(fileCases)
