import type { CallCase } from './case.js'

const times = `TZ=UTC stat -c '%n %.9X %.9Y'`

export const attributeCases: readonly CallCase[] = [
  {
    name: 'attributes of a symbolic link and of special files',
    script: `setfattr -h -n user.x -v 1 link; setfattr -n user.x -v 1 fifo; getfattr -h -n user.x link; setfattr -n user.x -v 1 link; getfattr -d file dir`,
  },
  {
    name: "root's attributes of a symbolic link and of special files",
    base: 'setfattr -h -n trusted.base -v 1 link; setfattr -n trusted.base -v 1 fifo',
    script: `setfattr -h -n trusted.x -v 1 link; setfattr -n trusted.x -v 2 fifo; for f in link fifo; do getfattr -h -d -m - $f; done; setfattr -h -x trusted.base link; getfattr -h -d -m - link; getfattr -d -m - file`,
    who: 'root',
  },
  {
    name: 'attributes: made, replaced, missing, empty, removed, listed',
    base: 'setfattr -n user.base -v b file',
    script: `setfattr -n user.e file; setfattr -n user.a -v 1 file; setfattr -n user.a -v 22 file; getfattr -d file; setfattr -x user.base file; getfattr -n user.base file; setfattr -x user.none file; getfattr -d file; setfattr -n nothing.a -v 1 file`,
  },
  {
    name: 'an attribute of 2,000 bytes, one of 65,537, a name of 255 bytes and one longer',
    script: `v=$(printf %02000d 1); setfattr -n user.l -v $v file; getfattr --only-values -n user.l file | wc -c; n=user.$(printf %0250d 1); setfattr -n $n -v 1 file; setfattr -n \${n}2 -v 1 file; getfattr -d file | wc -l
      setfattr -n user.h -v 0x$(printf %0131074d 0) file`,
  },
  {
    name: 'attributes named like the marks of an overlay',
    script: `for n in opaque whiteout redirect metacopy origin; do setfattr -n user.overlay.$n -v y dir; setfattr -n user.overlay.$n -v y file; done; getfattr -d dir file; ls dir; cat file`,
  },
  {
    name: 'times before 1970, before 1901, after 2038, 2106 and 2199',
    script: `for t in 1969-12-31T23:59:59.999999999 1950-01-01T00:00:00.000000001 1901-01-01 1800-01-01 2038-01-20T00:00:00.5 2106-02-08 2200-01-01T00:00:00.123456789 2262-01-01; do touch -d $t'Z' file dir new; ${times} file dir new; done; find . -newermt 2200-01-02 | sort`,
  },
  {
    name: 'times of a FIFO, a link, a directory and a socket',
    base: '$calls socket socket',
    script: `t=1960-01-02T03:04:05.678901234Z; touch -h -d $t link fifo dir socket; ${times} link fifo dir socket; touch -h -a -d 1999-01-01Z link fifo; touch -h -m -d 2199-01-01Z link fifo socket; ${times} link fifo socket; ${times} file >/dev/null`,
  },
  {
    name: 'times of a device',
    base: 'mknod null c 1 3; mknod block b 7 200',
    script: `touch -d 1960-01-02Z null block; ${times} null block; stat -c '%F %t %T' null block; echo x >null`,
    who: 'root',
  },
  {
    name: 'the present time, one alone, neither',
    base: 'touch -d 1990-01-01Z file link dir',
    script: `touch -a file; TZ=UTC stat -c %y file | cut -c1-4; touch -m dir; TZ=UTC stat -c '%.4x' dir | cut -c1-4; [ $(stat -c %X file) -gt 1600000000 ] && [ $(stat -c %Y dir) -gt 1600000000 ] && echo now; touch -h link; [ $(stat -c %Y link) -gt 1600000000 ] && echo now`,
  },
  {
    name: 'times by who may only write, and by who may not even that',
    base: 'chmod 666 file',
    script: `chmod 755 .; for f in file dir/two; do setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "touch $f; touch -d 1990-01-01 $f"; done`,
    who: 'root',
  },
  {
    name: 'times that come of changes: of a directory, of a file, of a copy',
    base: 'touch -d 1990-01-01T00:00:00.123456789Z file dir dir/two one; touch -d 1990-01-01Z dir/deep',
    script: `chmod 600 file; mv dir/two dir/three; cp -p file copied; ln one third; setfattr -n user.x -v 1 dir/deep; TZ=UTC stat -c '%n %.9Y' file copied dir/three dir/deep one; [ $(stat -c %Y dir) -gt 1600000000 ] && echo now`,
  },
  { name: 'the file system: names, blocks', script: `stat -f -c '%l %s %S %b %c' .` },
  {
    name: 'sizes, blocks and links of a file that grows and shrinks',
    script: `stat -c '%s %h' file one; echo more >>file; stat -c '%s %b' file; truncate -s 100000 file; stat -c %s file; truncate -s 3 file; cat file`,
  },
]
