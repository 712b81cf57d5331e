import type { CallCase } from './case.js'

const now = (fd: number): string => `stat -L -c '%h %s' /proc/self/fd/${fd}`

export const fileCases: readonly CallCase[] = [
  { name: "links of an open file that was removed: the base's", script: `exec 3<file; rm file; ${now(3)}; cat <&3` },
  {
    name: "links of an open file that was removed: the session's",
    script: `echo x >new; exec 3<new; rm new; ${now(3)}; cat <&3; echo y >new; cat new`,
  },
  {
    name: 'links of an open file with two names, of which one and then both are removed',
    script: `echo x >a; ln a b; exec 3<a; rm a; ${now(3)}; rm b; ${now(3)}; cat <&3`,
  },
  {
    name: 'links of an open file that another was renamed over',
    script: `exec 3<file; echo other >o; mv o file; ${now(3)}; cat <&3 file`,
  },
  {
    name: 'a removed file goes on: written, cut, its mode and times changed',
    script: `exec 3<>file; rm file; echo more >&3; ${now(3)}; truncate -s 2 /proc/self/fd/3; chmod 600 /proc/self/fd/3; touch -d 1980-01-01Z /proc/self/fd/3; stat -L -c '%a %s %Y' /proc/self/fd/3`,
  },
  {
    name: 'a removed file is opened again through /proc',
    script: `echo content >new; exec 3<new; rm new; cat /proc/self/fd/3; echo more >>/proc/self/fd/3; cat /proc/self/fd/3`,
  },
  {
    name: "the base's removed file is opened again through /proc",
    script: `exec 3<file; rm file; cat /proc/self/fd/3`,
  },
  {
    name: 'a directory that was removed under who works in it',
    script: `mkdir w; cd w; rmdir ../w; touch x; ls; mkdir y; cd ..; ls -d w`,
  },
  {
    name: "the base's directory that was removed under who works in it",
    script: `cd gone; rm -r ../gone; touch x; ls; mkdir y; cat x; cd ..; mkdir gone; ls gone`,
  },
  { name: 'thousands of open files', script: `$calls many 10000` },
  {
    name: 'O_EXCL, noclobber, and a link in the way',
    script: `set -C; for f in file link fifo2 goner; do sh -C -c "echo x >$f"; done; rm goner; sh -C -c 'echo made >goner'; cat goner; ln -s nothing l; sh -C -c 'echo x >l'`,
  },
  {
    name: 'copy_file_range: whole, parts, in one file, from an empty one',
    script: `$calls copy-range file new 0 0; $calls copy-range file dir/two 1 2; : >e; $calls copy-range e file 0 0; echo 0123456789 >r; $calls copy-range r r 0 20; $calls copy-range r r 0 5`,
  },
  {
    name: 'SEEK_DATA and SEEK_HOLE',
    base: 'printf data | dd of=sparse bs=1 seek=1000000 status=none; truncate -s 3000000 sparse',
    script: `$calls holes sparse; printf y | dd of=sparse bs=1 seek=2000000 conv=notrunc status=none; $calls holes sparse; cp --sparse=always sparse c; cmp sparse c`,
  },
  {
    name: 'fallocate: beyond the end, a hole, zeros, collapsed, inserted',
    base: 'head -c 20000 /dev/zero | tr "\\0" a >f',
    script: `fallocate -l 40000 f; stat -c %s f; fallocate -n -o 40000 -l 9000 f; stat -c %s f; fallocate -p -o 4096 -l 4096 f; $calls holes f | tail -1; fallocate -z -o 0 -l 100 f; sha256sum f; fallocate -l 10 dir; fallocate -l 0 f`,
  },
  {
    name: 'a map that is shared: written and read',
    base: 'head -c 8192 /dev/zero | tr "\\0" a >f',
    script: `$calls map f; head -c 3 f; echo; $calls map f; head -c 3 f`,
  },
  {
    name: 'a direct write beside buffered reads and writes',
    base: 'head -c 8192 /dev/zero >f',
    script: `$calls direct f; $calls direct new; cmp -n 10 f new`,
  },
  {
    name: 'a direct read and write of other sizes',
    base: 'head -c 10000 /dev/zero | tr "\\0" a >f',
    script: `dd if=f of=g bs=4096 iflag=direct status=none; cmp f g && echo same; dd if=g of=h bs=1M iflag=direct status=none; stat -c %s h`,
  },
  { name: 'locks on a file that is copied up: for writing', script: `$calls locks file rw; cat file` },
  {
    name: 'flock between programs',
    script: `exec 3<file; flock -x 3; echo x >>file; flock -n file echo got; flock -u 3; flock -n file echo got; flock -n dir echo got`,
  },
  {
    name: 'a program that runs is not written, and goes on when it is replaced',
    base: 'cp /bin/sleep run',
    script: `./run 1 & sleep 0.2; sh -c 'echo x >>run'; cp /bin/sleep new; mv new run; ls; wait; ./run 0 && echo ran; echo x >>run; ./run 0 && echo ran`,
  },
  {
    name: 'a file that is open for writing is not run',
    base: 'cp /bin/true run',
    script: `exec 3>>run; ./run; exec 3>&-; ./run && echo ran`,
  },
  {
    name: 'appending by several programs at once',
    script: `for p in 1 2 3 4; do (for i in $(seq 100); do echo "line $p $i" >>file; done) & done; wait; wc -l file; sort file | uniq -d; cut -c1-4 file | sort -u`,
  },
  {
    name: 'a large file of the base, changed in its middle',
    base: 'yes content | head -c 9000000 >big',
    script: `printf X | dd of=big bs=1 seek=5000000 conv=notrunc status=none; sha256sum big; exec 3<big; truncate -s 7000000 big; stat -c %s big; sha256sum <&3`,
  },
]
