/** Tools for the files of a workspace, whichever it is. */
export function fileTools(workspace) {
  return [
    {
      name: 'ListFiles',
      description: 'List a directory of the project.',
      inputSchema: object({ path: text('Relative to the project; "." is the project.') }),
      run: async ({ path }) => ({ entries: await workspace.listDir(path) }),
    },
    {
      name: 'ReadFile',
      description: 'Read a text file of the project.',
      inputSchema: object({ path: text('Relative to the project.') }),
      run: async ({ path }) => ({ content: new TextDecoder().decode(await workspace.readFile(path)) }),
    },
    {
      name: 'WriteFile',
      description: 'Write a text file of the project, new or in the place of the old one.',
      inputSchema: object({ path: text('Relative to the project.'), content: text('All of the file.') }),
      run: async ({ path, content }) => {
        await workspace.writeFile(path, new TextEncoder().encode(content))
        return { written: path }
      },
    },
    {
      name: 'DeleteFile',
      description: 'Delete a file of the project.',
      inputSchema: object({ path: text('Relative to the project.') }),
      run: async ({ path }) => {
        await workspace.deleteFile(path)
        return { deleted: path }
      },
    },
  ]
}

function object(properties) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function text(description) {
  return { type: 'string', description }
}
