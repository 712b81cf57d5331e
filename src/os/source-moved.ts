/** A source is not the expected file, or changed while it was copied. */
export class SourceMoved extends Error {
  override readonly name = 'SourceMoved'
  /** Into the `files` of the job. */
  readonly index: number

  constructor(index: number) {
    super(`Source ${index} of a copy is not what was expected`)
    this.index = index
  }
}
