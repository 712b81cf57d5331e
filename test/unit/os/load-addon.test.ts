import { expect, test } from 'vitest'
import { OverlayError } from '../../../src/errors/overlay-error.js'
import { findHolder } from '../../../src/os/find-holder.js'
import { type Addon, loadAddon } from '../../../src/os/load-addon.js'
import { SystemError } from '../../../src/os/system-error.js'
import { checkKernel } from '../../../src/os/system-ports.js'

const platform = `${process.platform}-${process.arch}`

function notFound(name: string): never {
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
}

/** A `require` that knows the given modules alone. */
function only(modules: Record<string, unknown>): (name: string) => unknown {
  return (name) => modules[name] ?? notFound(name)
}

const addon = { interfaceVersion: () => loadAddon().interfaceVersion() } as Addon

test('what was built from source comes before the prebuilt package', () => {
  const prebuilt = { [`@openagentic/overlay-${platform}-musl`]: addon }
  const built = { [`#native/openagentic_overlay.${platform}-gnu.node`]: { ...addon } }
  expect(loadAddon({}, only({ ...prebuilt, ...built }))).not.toBe(addon)
  expect(loadAddon({}, only(prebuilt))).toBe(addon)
})

test('a missing addon says what to run', () => {
  expect(() => loadAddon({}, notFound)).toThrow(
    expect.objectContaining({ code: 'NATIVE_ADDON_MISSING', hint: 'run ./scripts/build-native.sh', exitStatus: 5 }),
  )
  expect(() => findHolder({}, notFound)).toThrow(
    expect.objectContaining({ code: 'NATIVE_ADDON_MISSING', hint: 'run ./scripts/build-native.sh' }),
  )
})

test('an addon of another version, or none at all, is refused', () => {
  for (const wrong of [{ interfaceVersion: () => 0 }, {}]) {
    const require = only({ [`#native/openagentic_overlay.${platform}-gnu.node`]: wrong })
    expect(() => loadAddon({}, require)).toThrow(expect.objectContaining({ code: 'ADDON_ABI' }))
  }
})

test('an addon that cannot be loaded is told from a missing one', () => {
  const cause = Object.assign(new Error('wrong ELF class'), { code: 'ERR_DLOPEN_FAILED' })
  const broken = (name: string): unknown => {
    if (name.startsWith('#native')) throw cause
    return notFound(name)
  }
  expect(() => loadAddon({}, broken)).toThrow(expect.objectContaining({ code: 'ADDON_ABI', cause }))
})

test('the holder that was built from source comes first', () => {
  const known = [`@openagentic/overlay-${platform}-gnu/openagentic-holder`, '#native/openagentic-holder']
  const resolve = (name: string): string => (known.includes(name) ? `/at/${name}` : notFound(name))
  expect(findHolder({}, resolve)).toBe(`/at/${known[1]}`)
  known.pop()
  expect(findHolder({}, resolve)).toBe(`/at/${known[0]}`)
})

test('what was built from source is found by the place of the package too', () => {
  const packageDir = '/opt/package'
  const file = `${packageDir}/native-helpers/dist/openagentic_overlay.${platform}-gnu.node`
  expect(loadAddon({ packageDir }, only({ [file]: addon }))).toBe(addon)
  const holder = `${packageDir}/native-helpers/dist/openagentic-holder`
  expect(findHolder({ packageDir }, (name) => (name === holder ? name : notFound(name)))).toBe(holder)
})

test.each(['ENOSYS', 'EPERM'])('a kernel without openat2 is named (%s)', (code) => {
  const closed: number[] = []
  const old = {
    openRoot: () => 7,
    openDir: () => {
      throw new SystemError(code, 38, 'openat2', '/')
    },
    close: (fd: number) => void closed.push(fd),
  }
  expect(() => checkKernel(old)).toThrow(OverlayError)
  expect(() => checkKernel(old)).toThrow(expect.objectContaining({ code: 'KERNEL_TOO_OLD' }))
  expect(closed).toEqual([7, 7])
})
