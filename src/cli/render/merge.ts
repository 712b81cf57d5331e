import { type AbsPath, describeUnmerged, jsonName, quoteName, type UnmergedChange } from '../../index.js'

const versions = ['base', 'ours', 'theirs', 'merged'] as const

/** `not merged: both sides changed the same lines; base /…/base, ours /…/ours, …` */
export function unmergedLine(unmerged: UnmergedChange): string {
  const places = versions.flatMap((name) => placeOf(name, unmerged[name]) ?? [])
  return `not merged: ${describeUnmerged(unmerged)}; ${places.join(', ')}`
}

function placeOf(name: string, place: AbsPath | undefined): string | undefined {
  return place === undefined ? undefined : `${name} ${quoteName(place)}`
}

export function unmergedJson(unmerged: UnmergedChange): Record<string, unknown> {
  const places = versions.map((name) => [name, optional(unmerged[name])])
  return { path: jsonName(unmerged.path), why: unmerged.why, ...Object.fromEntries(places) }
}

function optional(place: AbsPath | undefined): string | null {
  return place === undefined ? null : jsonName(place)
}
