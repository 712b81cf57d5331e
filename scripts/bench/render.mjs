// The report, in Markdown.

import { median } from './measure.mjs'

const users = { kernel: 'root, `kernel`', userns: 'plain user, `userns`' }

/** What became of each target of each row: the rows that were measured, one line a backend. */
export function judge(rows, results, backends) {
  return rows.flatMap((row) =>
    backends.flatMap((backend) => {
      const samplesOf = (subject) => results.of(row.id, backend, subject, row.shared?.includes(subject))
      if (samplesOf('ours') === undefined) return []
      const others = (row.others ?? []).filter((subject) => samplesOf(subject) !== undefined)
      const targets = row.targets
        .filter(({ needs }) => needs === undefined || others.includes(needs))
        .map(({ text, met }) => ({ text, isMet: met((subject) => median(samplesOf(subject))) }))
      return [{ row, backend, ours: samplesOf('ours'), others: others.map((name) => [name, samplesOf(name)]), targets }]
    }),
  )
}

export function render({ lines, facts, entries, files, quick, failures }) {
  const sections = [...new Set(lines.map(({ row }) => row.section))]
  const missed = lines.filter(({ targets }) => targets.some(({ isMet }) => !isMet))
  return [
    '# Performance',
    '',
    `Written by \`scripts/bench.sh\`${quick ? ' --quick: a rehearsal, not a measurement' : ''}, all in one run. Median of several rounds, ` +
      'with the fastest and the slowest in brackets. What is compared was run by turns, after a warm-up. ' +
      `The tree has ${entries.toLocaleString('en')} entries; the large edit is of ${files.toLocaleString('en')} files. ` +
      'A ratio above 1 means that ours takes longer.',
    '',
    '## Targets',
    '',
    ...summary(lines, missed),
    ...failures.flatMap((failure) => ['', `Failed, and not measured: ${failure}`]),
    '',
    ...sections.flatMap((section) => table(section, lines)),
    '## Machine',
    '',
    '| | |',
    '|---|---|',
    ...facts.map(([fact, value]) => `| ${fact} | ${value} |`),
    '',
  ].join('\n')
}

function summary(lines, missed) {
  const all = lines.flatMap(({ targets }) => targets)
  const met = `${all.filter(({ isMet }) => isMet).length} of ${all.length} targets are met.`
  if (missed.length === 0) return [met]
  return [
    `${met} Missed:`,
    '',
    ...missed.map(({ row, backend, ours, others, targets }) => {
      const found = [['ours', ours], ...others].map(([name, samples]) => `${name} ${amount(median(samples), row.unit)}`)
      const wanted = targets.filter(({ isMet }) => !isMet).map(({ text }) => text)
      return `- ${row.what} (${row.who ?? users[backend]}): wanted ${wanted.join(' and ')}; found ${found.join(', ')}`
    }),
  ]
}

function table(section, lines) {
  const own = lines.filter(({ row }) => row.section === section)
  const notes = [...new Set(own.map(({ row }) => row.note).filter((note) => note !== undefined))]
  return [
    `## ${section}`,
    '',
    '| what | who | ours | others | ours / other | target | |',
    '|---|---|---|---|---|---|---|',
    ...own.map(tableLine),
    '',
    ...notes.flatMap((note) => [note, '']),
  ]
}

function tableLine({ row, backend, ours, others, targets }) {
  const cells = [
    row.what,
    row.who ?? users[backend],
    withSpread(ours, row.unit),
    others.map(([name, samples]) => `${name}: ${withSpread(samples, row.unit)}`).join('<br>'),
    others.map(([, samples]) => ratio(median(ours) / median(samples))).join('<br>'),
    targets.map(({ text }) => text).join('<br>'),
    targets.map(({ isMet }) => (isMet ? 'met' : '**missed**')).join('<br>'),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function withSpread(samples, unit) {
  if (samples.length === 1) return amount(samples[0], unit)
  return `${amount(median(samples), unit)} (${amount(Math.min(...samples), unit)}–${amount(Math.max(...samples), unit)})`
}

function amount(value, unit = 'ms') {
  if (unit !== 'ms') return `${value.toFixed(1)} ${unit}`
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

function ratio(value) {
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2)
}
