// Runs a small module again and again, in one process, by turns with the bare wasmtime program; prints milliseconds as JSON.
//
//   node run-modules.mjs '{"rounds": 500, "snapshots": 5, "module": PATH, "compiled": PATH, "big": DIR, "small": DIR, "cacheDir": DIR, "files": 1000}'

import { spawn } from 'node:child_process'
import { WasmtimeWasiRunner } from 'openagentic-overlay'

const { rounds, snapshots, module: path, compiled, big, small, cacheDir, files: count } = JSON.parse(process.argv[2])
const wasmtime = process.env.OPENAGENTIC_WASMTIME
const runner = new WasmtimeWasiRunner({ cacheDir, wasmtime })
const module = { kind: 'path', path }

async function mounted(preopenDir) {
  const result = await runner.execModule({ module, argv: ['write-file'], preopenDir })
  if (result.exitCode !== 0) throw new Error(`the module ended with ${result.ended} ${result.exitCode}`)
}

function bare() {
  return new Promise((resolve, reject) => {
    const args = ['run', '--allow-precompiled', '--dir', `${big}::.`, compiled]
    const child = spawn(wasmtime, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.resume()
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`wasmtime ended with ${code}`))))
  })
}

const files = Object.fromEntries(
  Array.from({ length: count }, (_, index) => [`dir-${index % 50}/file-${index}.txt`, Buffer.alloc(2000, 'text\n')]),
)

async function snapshot() {
  const { fs } = await runner.execModule({ module, argv: ['write-file'], fs: { files } })
  const back = Object.keys(fs.files).join()
  if (back !== 'written-by-wasm') throw new Error(`expected the one changed file back, found ${back}`)
}

/** Each is run in turn, so that a machine that slows down slows all of them. */
async function byTurns(warmUps, times, subjects) {
  const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (let round = -warmUps; round < times; round += 1) {
    for (const [name, run] of Object.entries(subjects)) {
      const started = performance.now()
      await run()
      if (round >= 0) samples[name].push(performance.now() - started)
    }
  }
  return samples
}

const samples = {
  ...(await byTurns(5, rounds, { big: () => mounted(big), small: () => mounted(small), bare })),
  // Few: ext4 without a journal keeps away from inodes that were freed lately, and slows down with each round.
  ...(await byTurns(1, snapshots, { snapshot })),
}
process.stdout.write(JSON.stringify(samples))
