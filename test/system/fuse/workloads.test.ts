import { sameAsPlain } from '../../helpers/same-calls/same-as-plain.js'
import { workloads } from '../../helpers/same-calls/workloads.js'

sameAsPlain(workloads, ['python3', 'git', 'make', 'npm'])
