/** Where to look for the addon and the holder. */
export interface NativeParts {
  /** Directory of this package. Without it the package's `imports` tell. */
  readonly packageDir?: string | undefined
}

/** Both C libraries: one process can load only its own, and asking Node which one it has costs more than trying. */
export const cLibraries: readonly string[] = ['gnu', 'musl']

export function platform(): string {
  return `${process.platform}-${process.arch}`
}

/** The packages that bring the native parts along, built. */
export function prebuiltPackages(): string[] {
  return cLibraries.map((library) => `@openagentic/overlay-${platform()}-${library}`)
}

/** Of a file in native-helpers/dist/, which no package brings along: it is there where somebody built it, and then it is meant. */
export function builtFile({ packageDir }: NativeParts, name: string): string {
  return packageDir === undefined ? `#native/${name}` : `${packageDir}/native-helpers/dist/${name}`
}
