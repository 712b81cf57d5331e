import type { CallCase } from './case.js'

const long = `n=$(printf %0255d 0); a=$(printf 'ä%.0s' $(seq 127))`

export const nameCases: readonly CallCase[] = [
  {
    name: 'names of 255 bytes and of 256',
    script: `${long}; touch $n; touch \${n}0; mkdir \${n}0; ls | grep -c 00000`,
  },
  { name: 'names of 255 bytes, in letters of two', script: `${long}; touch \${a}b; mkdir \${a}cd; ls -d \${a}*` },
  {
    name: 'a long name of the base: written, moved, removed, made again',
    base: `${long}; echo x >$n; mkdir \${a}d`,
    script: `${long}; echo y >>$n; mv $n \${a}n; cat \${a}n; rm \${a}n; ls; mkdir $n; rmdir \${a}d; echo z >\${a}d; cat \${a}d; mv $n \${n%0}1; ls`,
  },
  {
    name: 'long names that are looked for, removed, linked and moved',
    script: `${long}; n=\${n}0; cat $n; rm $n; rmdir $n; ln file $n; ln -s x $n; mv file $n; mkfifo $n; stat $n; chmod 600 $n; truncate -s 1 $n`,
  },
  {
    name: 'paths of 4095 bytes and of 4096',
    script: `p=$(printf './%.0s' $(seq 2044)); echo x >\${p}abcdefg; cat \${p}abcdefg; cat \${p}abcdefgh; touch \${p}12345678; ls`,
  },
  { name: 'below PATH_MAX, by steps', script: `$calls deep 40` },
  {
    name: 'below PATH_MAX, in the base',
    base: `$calls deep-base 30 make`,
    script: `$calls deep-base 30 use; rm -rf moved; rm -r below && ls`,
  },
  {
    name: 'targets of symbolic links of 4095 bytes and of 4096',
    script: `t=$(printf %04095d 0); ln -s $t l; readlink l | wc -c; ln -s \${t}0 m; ls`,
  },
  {
    name: 'names that are not UTF-8, and with a line end, a backslash, a comma',
    script: `for n in "$(printf '\\377\\376')" "$(printf 'a\\nb')" 'a\\b' 'a,b:c' .wh.file ' '; do echo "$n" >"$n"; mv "$n" "x$n"; cat "x$n"; done; ls -b`,
  },
  {
    name: 'an empty name, a dot, a slash at the end',
    script: `touch ''; rmdir .; rmdir dir/..; mkdir dir/.; touch file/; cat file/; ln file new/; mv dir/ moved/; ls`,
  },
  { name: 'a loop of links', script: `ln -s b a; ln -s a b; cat a; stat -L b` },
]
