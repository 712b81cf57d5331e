// What a row has to reach. `met` is given a function from a subject's name to its median.

/** Below so many of the row's units. */
export function below(limit, unit) {
  return { text: `< ${limit} ${unit}`, met: (medianOf) => medianOf('ours') < limit }
}

/** At most so many times what another subject takes. */
export function atMostTimes(factor, subject) {
  return {
    text: `≤ ${factor} × ${subject}`,
    met: (medianOf) => medianOf('ours') <= factor * medianOf(subject),
    needs: subject,
  }
}

/** Less than another subject. */
export function lessThan(subject) {
  return { text: `< ${subject}`, met: (medianOf) => medianOf('ours') < medianOf(subject), needs: subject }
}

/** At most so many units more than another subject. */
export function atMostMore(limit, unit, subject) {
  return {
    text: `≤ ${subject} + ${limit} ${unit}`,
    met: (medianOf) => medianOf('ours') <= medianOf(subject) + limit,
    needs: subject,
  }
}
