import type { CallCase } from './case.js'

const many = `mkdir many; for i in $(seq 120); do : >many/gone-$i; : >many/stay-$i; done`
const tree = `mkdir tree; for d in 1 2 3 4 5 6; do mkdir -p tree/$d/sub; for i in $(seq 30); do : >tree/$d/$i; : >tree/$d/sub/$i; done; done`
const byEight = 'for p in 1 2 3 4 5 6 7 8; do rm -rf tree & done; wait; ls -A tree; mkdir tree && ls -A tree'

export const entryCases: readonly CallCase[] = [
  { name: 'rm -r by eight programs at once, of the base', base: tree, script: byEight },
  { name: 'rm -r by eight programs at once, of the session', script: `${tree}; ${byEight}` },
  {
    name: 'rm -r by eight programs at once, of both',
    base: tree,
    script: `for d in 1 3 5 7; do mkdir -p tree/$d/sub; for i in $(seq 20); do echo x >>tree/$d/$i; : >tree/$d/sub/n$i; done; done; ${byEight}`,
  },
  {
    name: 'everything over a whiteout',
    base: 'for i in 1 2 3 4 5 6; do echo x >w$i; done',
    script: `rm w1 w2 w3 w4 w5 w6; mkfifo w1; ln -s t w2; ln file w3; mkdir w4; echo f >w5; mv dir w6; stat -c '%n %F %a %h' w1 w2 w3 w5; ls w4 w6; rm -r w1 w2 w3 w4 w5 w6; ls; mkdir w1; ls w1`,
  },
  {
    name: 'devices over a whiteout',
    script: `rm goner; mknod goner c 1 3; stat -c '%F %t:%T' goner; echo x >goner; rm goner; mknod goner b 7 200; stat -c '%F %t:%T' goner; mknod p p; ls`,
    who: 'root',
  },
  {
    name: 'a directory over a whiteout shows nothing of before, after it was moved too',
    script: `rm -r dir; mkdir dir; ls -A dir; mkdir dir/deep; ls -A dir/deep; mv dir there; mkdir dir; ls -A dir there; rmdir dir; mv there dir; ls -R dir`,
  },
  {
    name: 'removed in a tree that was made anew (nested)',
    base: 'mkdir -p p/tree/a/b; echo i >p/tree/a/b/info; echo p >p/tree/a/b/page',
    script: `rm -r p/tree; mkdir -p p/tree/a/b; ls -A p/tree/a/b; rmdir p/tree/a/b p/tree/a p/tree p && ls`,
  },
  {
    name: 'a directory moved to the name of one that was removed',
    script: `cp -r dir bak; rm -rf dir; mv bak/two bak/other; mv bak dir; ls -R dir`,
  },
  {
    name: "a directory over an empty one, and one whose base's entries were removed",
    script: `mkdir e; mv -T dir e; ls e; rm gone/x; mv -T e gone; ls gone; rm -r gone; mkdir gone; ls -A gone`,
  },
  {
    name: 'what may not be renamed over what',
    script: `mv -T dir gone; mv -T file dir; mv -T dir file; mv dir dir/deep; $calls rename dir dir/deep/x 0; $calls rename . x 0; $calls rename dir .. 0; $calls rename none x 0; ls`,
  },
  {
    name: 'rename over an open file, and of an open file',
    script: `exec 3<>file; exec 4<goner; mv file goner; echo more >&3; cat goner; cat <&4; mv goner dir/moved; cat dir/moved`,
  },
  {
    name: 'RENAME_NOREPLACE',
    script: `$calls rename file goner 1; rm goner; $calls rename file goner 1; $calls rename dir gone 1; $calls rename none x 1; ls; cat goner`,
  },
  {
    name: 'RENAME_EXCHANGE',
    script: `$calls rename file dir 2; cat dir; ls file; $calls rename file none 2; $calls rename gone gone/x 2; $calls rename one link 2; ls -F; readlink one; $calls rename one other 3`,
  },
  {
    name: 'a directory of the base, renamed, its entries changed, and back',
    script: `mv dir moved; echo x >>moved/two; rm moved/deep/three; mv moved/deep up; mkdir dir; ls -R dir moved up; rmdir dir; mv up moved/deep; mv moved dir; ls -R dir; cat dir/two`,
  },
  {
    name: 'links: over a name, of a directory, of a link, of a FIFO',
    script: `ln file goner; ln dir d; ln -P link l; readlink l; ln fifo p; stat -c '%F %h' p l file; rm file; ln goner file; cat file; ln -L link x`,
  },
  {
    name: "the base's two names, one written",
    script: `ln one third; stat -c %h third >/dev/null; echo x >>third; cat third one`,
  },
  {
    name: 'a listing has types and numbers',
    base: `mkdir devs; $calls socket devs/s; mkfifo devs/p; ln -s x devs/l; mkdir devs/d; echo >devs/f`,
    script: `$calls entries devs; $calls entries dir; echo x >>dir/two; ls -l dir >/dev/null; mv dir/deep dir/up; ln file dir/link; touch dir/new; $calls entries dir; stat dir/* >/dev/null; $calls entries dir`,
  },
  {
    name: 'numbers stay when a file is copied up, written and renamed',
    script: `i=$(stat -c %i file); exec 3<file; echo x >>file; [ $(stat -c %i file) = $i ] && [ $(stat -L -c %i /proc/self/fd/3) = $i ] && mv file dir/f && [ $(stat -c %i dir/f) = $i ] && echo same`,
  },
  {
    name: 'a listing while entries come and go: the base',
    base: many,
    script: `$calls seek many; ls many | grep -c stay`,
  },
  {
    name: 'a listing while entries come and go: the session',
    script: `${many}; $calls seek many; ls many | grep -c stay`,
  },
  {
    name: 'find -delete, and a loop that moves what it lists',
    base: many,
    script: `find many -name 'gone-*' -delete; ls many | wc -l; for f in many/*; do mv $f $f.x; done; ls many | wc -l; ls many | grep -cv x$; rm -r many; ls -d many`,
  },
  {
    name: 'inotify: what is done in a directory',
    script: `$calls watch dir 'cd dir; echo x >new; cat two >/dev/null; echo y >>two; mv two three; chmod 600 three; mkdir d; rmdir d; rm three new; ln ../file l; : >deep/x'`,
  },
  {
    name: 'inotify: a file that is replaced',
    script: `$calls watch file 'echo x >>file; chmod 600 file; echo y >n; mv n file; rm file'`,
  },
  {
    name: 'a socket',
    script: `$calls socket s; $calls socket s; stat -c '%F %a' s; rm s; $calls socket s; mv s goner; ls -F`,
  },
  {
    name: 'a name that is looked for before it is made, and after it is removed',
    script: `ls x; echo x >x; cat x; rm x; ls x; mkdir x; ls x; rmdir x; ls x; ls dir/two; rm dir/two; ls dir/two; mkdir dir/two; ls dir/two`,
  },
]
