import type { CallCase } from './case.js'

const plain = 'setpriv --reuid 1000 --regid 1000 --clear-groups'
const mode = `stat -c '%n %a %u:%g'`

export const modeCases: readonly CallCase[] = [
  {
    name: 'setgid goes from a directory to what is made in it',
    script: `chmod 2775 dir; mkdir dir/d; touch dir/f; mkfifo dir/p; ln -s x dir/l; ${mode} dir dir/*`,
  },
  {
    name: 'a directory of another group',
    base: 'chgrp 1234 dir && chmod 2777 dir; chgrp 1234 dir/deep && chmod 777 dir/deep',
    script: `${plain} sh -c 'mkdir dir/d; touch dir/f; mkfifo dir/p; touch dir/deep/f; mkdir dir/deep/d; chmod 2755 dir/f'; ${mode} dir/* dir/deep/*`,
    who: 'root',
  },
  {
    name: 'over a whiteout, setgid goes to what is made',
    base: 'chgrp 1234 dir && chmod 2777 dir; echo x >dir/a; mkdir dir/b; echo x >dir/c',
    script: `rm dir/a dir/c; rmdir dir/b; ${plain} sh -c 'mkdir dir/a; touch dir/b; mkfifo dir/c'; mkdir dir/a/below; ${mode} dir/* dir/a/below`,
    who: 'root',
  },
  {
    name: 'chmod by who is not of the group takes setgid away',
    base: 'chown 1000:1234 file dir && chmod 2775 file dir',
    script: `${plain} chmod 2755 file dir; ${mode} file dir; chmod 2755 file dir; ${mode} file dir`,
    who: 'root',
  },
  ...[
    'echo x >>file',
    'truncate -s 2 file',
    ': >file',
    'fallocate -l 100 file',
    'fallocate -p -l 2 file',
    'chgrp $(id -g) file',
    'chown $(id -u) file',
    'dd if=/dev/zero of=file bs=4096 count=1 conv=notrunc oflag=direct status=none',
  ].flatMap((change): CallCase[] => [
    {
      name: `setuid and setgid after: ${change}`,
      base: 'chmod 6755 file',
      script: `${change}; ${mode} file; chmod 6745 file; ${change}; ${mode} file; chmod 6777 file; ${change}; ${mode} file`,
    },
    {
      name: `the same of another user's file: ${change}`,
      base: 'chmod 6777 file; chown 1000:1000 file',
      script: `exec 3<file; ${plain} sh -c '${change}'; ${mode} file; chmod 6767 file; ${plain} sh -c '${change}'; ${mode} file`,
      who: 'root',
    },
  ]),
  {
    name: 'setuid, after a write through a map',
    base: 'chmod 6755 file; truncate -s 4096 file',
    script: `$calls map file; ${mode} file`,
  },
  {
    name: 'file capabilities go with a write, a truncation and an owner',
    base: 'for f in a b c d e; do echo x >$f; setcap cap_net_raw+ep $f; done',
    script: `getcap a; echo y >>a; truncate -s 1 b; chown 1000 c; chmod 700 d; touch e; mv e f; getcap a b c d f; setcap cap_net_raw+ep a; echo z >>a; getcap a`,
    who: 'root',
  },
  {
    name: 'mode 000: who owns it cannot open it, and can change it',
    script: `chmod 000 file dir; cat file; ls dir; echo x >>file; touch dir/x; chmod 700 dir file; cat file; ls dir`,
  },
  {
    name: 'files and directories that cannot be read are renamed, linked and removed',
    base: 'chmod 000 file; chmod 300 dir',
    script: `ls dir; ln file linked; mv file moved; mv dir sub; touch sub/new; chmod 700 sub; ls sub; rm -f moved linked; rmdir gone; ${mode} *`,
    // The server of a plain user can read no more than the user: it can neither copy such a file nor open such a directory.
    who: 'root',
  },
  {
    name: 'a sticky directory',
    base: 'chmod 1777 dir; chown 1001 dir/two; touch dir/mine; chown 1000 dir/mine',
    script: `${plain} sh -c 'rm -f dir/two; mv dir/two dir/x; mv dir/mine dir/two; mv dir/mine dir/own; rm dir/own; rmdir dir/deep; touch dir/new; rm dir/new'; ls dir`,
    who: 'root',
  },
  {
    name: 'umask and bits that open and mkdir give',
    script: `umask 027; touch f; mkdir d; mkdir -m 1777 s; mkfifo -m 666 p; umask 0; touch g; ${mode} f d s p g`,
  },
  {
    name: 'a default ACL goes to what is made, over a whiteout too',
    base: 'setfacl -d -m u:$(id -u):rwx,g::rx,o::- dir; echo x >dir/a',
    script: `rm dir/a; rm -r dir/deep; umask 077; mkdir dir/d dir/deep; touch dir/f dir/a; mkfifo dir/p; getfacl -cp dir dir/*; ${mode} dir/*`,
  },
  {
    name: 'an ACL: kept by a copy-up, changed by chmod, dropped by chmod of who is not of the group',
    base: 'setfacl -m u:$(id -u):rw,m::rw file; setfacl -m u:$(id -u):rw dir/two',
    script: `echo x >>file; getfacl -cp file; chmod 640 file; getfacl -cp file; setfacl -b dir/two; ${mode} file dir/two; getfattr -d -m - file dir/two | grep -c posix_acl`,
  },
  {
    name: 'an ACL gives access, and takes it away',
    base: 'chmod 600 file dir/two; setfacl -m u:1000:rw file; chmod 644 dir/two; setfacl -m u:1000:- dir/two',
    script: `chmod 755 .; ${plain} sh -c 'cat file; echo x >>file; cat dir/two'; cat file`,
    who: 'root',
  },
  {
    name: 'chown: of a link itself, to nobody, by who may not',
    script: `chown -h 1234:1234 link; chown 1234 file; chgrp 1234 file; ${mode} link file`,
  },
]
