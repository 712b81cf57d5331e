#!/usr/bin/env node
import { run } from './run.js'

// Timers and idle handles of libraries must not keep a finished command alive.
process.exit(await run())
