import { type SessionId, sessionId } from '../paths/session-id.js'

const adjectives =
  'amber bold brave brisk calm clear cool crisp early fair fast fine fond free fresh gentle glad golden grand green happy keen kind late light lively lucky mellow merry mild misty neat noble plain proud quick quiet rapid ready rosy sharp shy silent silver sleek smart snug soft solid spry steady still sunny sweet swift tidy tiny vivid warm wide wild wise witty young'.split(
    ' ',
  )

const nouns =
  'acorn alder apple aspen badger basil beaver birch breeze brook cedar cherry clover cloud comet coral cove crane creek dune eagle elm ember falcon fern finch fjord forest fox garden grove harbor hazel heron hill iris island ivy lake lark leaf lily linden lynx maple marten meadow moon moss oak olive otter owl pebble pine pond poppy quail rain raven reef ridge river robin sage seal shore'.split(
    ' ',
  )

/** Draws an integer in 0 to `below - 1`. */
export type Draw = (below: number) => number

/** A short id that a person can read and type, such as `calm-otter`; from the second try on with a number, `calm-otter-41`. */
export function generatedId(draw: Draw, attempt: number): SessionId {
  const words = `${pick(adjectives, draw)}-${pick(nouns, draw)}`
  return sessionId(attempt === 0 ? words : `${words}-${draw(10 ** Math.min(attempt + 1, 9))}`)
}

function pick(words: readonly string[], draw: Draw): string {
  return words[draw(words.length)] ?? 'session'
}
