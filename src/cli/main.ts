#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { run } from './run.js'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

// Timers and idle handles of libraries must not keep a finished command alive.
process.exit(await run(checkout))
