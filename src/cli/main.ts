#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { run } from './run.js'

const packageDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

// Timers and idle handles of libraries must not keep a finished command alive.
run(packageDir).then((status) => process.exit(status))
