/** What is done in the sessions of the fault tests, as shell scripts. */
export interface WorkScripts {
  readonly project: string
  readonly session: string
}

/** Every kind of step: replacements, creations, removals, a type change each way, attributes, links, a closed directory. */
export const everyKind: WorkScripts = {
  project: `
    for n in a b c; do echo $n > $n; done; ln a twin; ln -s a link; mkdir -p d/sub gone/sub closed
    echo x > d/x; echo y > d/sub/y; echo z > gone/sub/z; echo q > closed/q; chmod 555 closed; touch -d 2001-01-01 a d d/sub .`,
  session: `
    echo 1 >> a; chmod 600 b; rm c; mkdir c; echo 1 > c/new; rm -r d/sub; echo f > d/sub; echo 1 > d/n; mkdir -p n/m
    echo 1 > n/m/f; ln n/m/f n/l; rm -r gone; ln -sf b link; chmod 755 closed; echo 1 >> closed/q; chmod 555 closed
    chmod 700 d; touch n/m`,
}

/** One change of each of the commonest kinds. */
export const few: WorkScripts = {
  project: 'echo a > a; echo b > b; mkdir d; echo x > d/x; touch -d 2001-01-01 a b d/x d .',
  session: 'echo 1 >> a; rm b; echo n > d/n',
}

/** Directories that are renamed: with changes inside, from one directory to another, twice beside each other; and one that cannot be by one rename. */
export const renamed: WorkScripts = {
  project: `
    mkdir -p old/in here/pack/deep there/one moved; for n in old/f old/in/g here/pack/deep/h there/one/i moved/m; do echo $n > $n; done
    touch -d 2001-01-01 old old/in here there moved .`,
  session: `
    mv old new; echo 1 >> new/f; rm new/in/g; echo 1 > new/in/n; chmod 700 new/in; mv here/pack there/pack; mv there/one there/two
    mkdir made; mv moved made/moved`,
}
