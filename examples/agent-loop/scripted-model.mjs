/** Stands for a model: it says one thing after the other, and looks at the last result where it needs it. */
export function scriptedModel() {
  const script = [
    () => call('ListFiles', { path: '.' }),
    // Models try such things; the workspace says no, and the loop goes on.
    () => call('ReadFile', { path: '../secret.txt' }),
    () => call('Command', { argv: ['count-lines', 'README.md'] }),
    (result) => call('WriteFile', { path: 'SUMMARY.md', content: `README.md has ${result.stdout.trim()} lines.\n` }),
    () => call('Command', { argv: ['count-lines', 'SUMMARY.md'] }),
    (result) => say(`SUMMARY.md is written, ${result.stdout.trim()} line long.`),
  ]
  let step = 0
  return {
    next: async (messages) => {
      const next = script[step++] ?? (() => say('I have nothing more to do.'))
      return next(messages.at(-1).result)
    },
  }
}

function call(name, input) {
  return { text: '', calls: [{ name, input }] }
}

function say(text) {
  return { text, calls: [] }
}
