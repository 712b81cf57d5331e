/** The options that every command takes. */
export interface Globals {
  /** `-C`, in the lossless text form. */
  readonly project: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}
