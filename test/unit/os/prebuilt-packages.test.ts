import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../../native-helpers/npm/', import.meta.url)
const root = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
  engines: unknown
}
const platforms = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())

test('there is a prebuilt package for each platform', () => {
  const names = platforms.map(({ name }) => name).sort()
  expect(names).toEqual(['linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl'])
})

test.each(platforms.map(({ name }) => name))('the package of %s fits what looks for it', (platform) => {
  const manifest: unknown = JSON.parse(readFileSync(new URL(`${platform}/package.json`, folder), 'utf8'))
  const [os, cpu, library] = platform.split('-')
  const addon = `openagentic_overlay.${platform}.node`
  expect(manifest).toMatchObject({
    name: `@openagentic/overlay-${platform}`,
    version: root.version,
    engines: root.engines,
    main: addon,
    files: [addon, 'openagentic-holder'],
    os: [os],
    cpu: [cpu],
    libc: [library === 'gnu' ? 'glibc' : 'musl'],
  })
})
