import type { CallCase } from './case.js'

/** Every file with its content and mode, but for what programs write their times into. */
const everything = `find . -name .git -prune -o -name .cache -prune -o -type f -printf '%m %p\\n' | sort; find . -name .git -prune -o -name .cache -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`

const git =
  'export GIT_CONFIG_GLOBAL=/dev/null HOME="$directory"; alias git="git -c user.name=t -c user.email=t@t -c gc.auto=0"'

/** Four processes insert into one database at once, whose pages are mapped. */
const sqlite = `python3 -c '
import multiprocessing, sqlite3
def connect():
    db = sqlite3.connect("db", timeout=60, isolation_level=None)
    for pragma in ["journal_mode=WAL", "mmap_size=268435456", "synchronous=NORMAL"]: db.execute("PRAGMA " + pragma).fetchall()
    return db
def work(number):
    db = connect()
    for i in range(150):
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO t VALUES (?, ?, ?)", (number, i, str(i) * 200))
        db.execute("UPDATE sums SET n = n + ?", (i,))
        db.execute("COMMIT")
db = connect()
db.execute("CREATE TABLE IF NOT EXISTS t (p, i, text, PRIMARY KEY (p, i))")
db.execute("CREATE TABLE IF NOT EXISTS sums (n)")
db.execute("INSERT INTO sums VALUES (0)")
workers = [multiprocessing.Process(target=work, args=(number,)) for number in range(4)]
for each in workers: each.start()
for each in workers: each.join()
print([each.exitcode for each in workers])
print(db.execute("PRAGMA integrity_check").fetchall(), db.execute("SELECT count(*), sum(i) FROM t").fetchall(), db.execute("SELECT n FROM sums").fetchall())
db.close()
'; sha256sum db | wc -l`

/** Each of eight processes knows what its files should hold. */
const eight = `python3 -c '
import multiprocessing, os, random
def work(seed):
    rng, top, files = random.Random(seed), "w%d" % seed, {}
    os.mkdir(top)
    def path(): return os.path.join(top, "f%d" % rng.randrange(12))
    for step in range(400):
        deed, name = rng.randrange(6), path()
        if deed < 2:
            at, data = rng.randrange(9000), rng.randbytes(rng.randrange(1, 5000))
            with open(name, "r+b" if name in files else "w+b") as file:
                file.seek(at); file.write(data)
            old = files.get(name, b"").ljust(at, b"\\0")
            files[name] = old[:at] + data + old[at + len(data):]
        elif deed == 2 and name in files:
            size = rng.randrange(9000)
            os.truncate(name, size); files[name] = files[name][:size].ljust(size, b"\\0")
        elif deed == 3 and name in files:
            to = path(); os.rename(name, to)
            files[to] = files.pop(name)
        elif deed == 4 and name in files:
            os.unlink(name); del files[name]
        elif name in files:
            with open(name, "rb") as file: assert file.read() == files[name], (seed, step, name)
    assert sorted(os.path.join(top, name) for name in os.listdir(top)) == sorted(files), seed
    for name, data in files.items():
        with open(name, "rb") as file: assert file.read() == data, (seed, name)
workers = [multiprocessing.Process(target=work, args=(seed,)) for seed in range(8)]
for each in workers: each.start()
for each in workers: each.join()
print([each.exitcode for each in workers])
'; ${everything}`

/** Programs as people run them in a project. */
export const workloads: readonly CallCase[] = [
  { name: 'sqlite with a write-ahead log and mapped pages, by four processes', script: sqlite },
  {
    name: 'sqlite on a database that the project has',
    base: `python3 -c 'import sqlite3; db = sqlite3.connect("db"); db.execute("CREATE TABLE old (x)"); db.execute("INSERT INTO old VALUES (1)"); db.commit()'`,
    script: `${sqlite}; python3 -c 'import sqlite3; print(sqlite3.connect("db").execute("SELECT * FROM old").fetchall())'`,
  },
  {
    name: 'git, from one branch to another and back',
    base: `${git}; git init -q -b one . && for i in $(seq 200); do mkdir -p s$((i % 9)); echo "file $i" >s$((i % 9))/f$i; done; git add . && git commit -qm one && git checkout -q -b two && for i in $(seq 3 3 200); do echo more >>s$((i % 9))/f$i; done && git rm -qr s4 && mkdir new && echo n >new/n && git add . && git commit -qm two && git checkout -q one`,
    script: `${git}; for branch in two one two one two; do git checkout -q $branch; git status --short; done; git mv s5 moved && git commit -qm moved && git gc -q && git fsck --full --strict; git status --short; ${everything}`,
  },
  {
    name: 'make -j8 of a project in C, and again after a change',
    base: `for i in $(seq 30); do printf '#include "all.h"\\nint f%d(void) { return BASE + %d; }\\n' $i $i >f$i.c; done
      printf '#define BASE 1\\n' >all.h
      { printf '#include <stdio.h>\\n'; for i in $(seq 30); do echo "int f$i(void);"; done; echo 'int main(void) { int n = 0;'; for i in $(seq 30); do echo "n += f$i();"; done; echo 'return printf("%d ", n) < 0; }'; } >main.c
      printf 'objects := $(patsubst %%.c,%%.o,$(wildcard *.c))\\nprog: $(objects)\\n\\tcc -o $@ $^\\n%%.o: %%.c all.h\\n\\tcc -c -o $@ $<\\n' >Makefile`,
    script: `make -s -j8 && ./prog && make -q && echo 'all is made'; echo '#define BASE 2' >all.h; make -j8 | wc -l; ./prog; ls | wc -l`,
  },
  {
    name: 'npm ci, of packages that lie there as archives',
    base: `export PATH='${process.env.PATH}' HOME="$directory" npm_config_cache="$directory/.cache" npm_config_update_notifier=false
for n in $(seq 6); do mkdir -p src/$n/lib; echo "{\\"name\\":\\"p$n\\",\\"version\\":\\"1.0.$n\\",\\"bin\\":\\"./run.js\\"}" >src/$n/package.json; printf '#!/usr/bin/env node\\nconsole.log(%d)\\n' $n >src/$n/run.js; for i in $(seq 40); do echo "exports.n = $i" >src/$n/lib/$i.js; done; (cd src/$n && npm pack --silent --pack-destination ../.. >/dev/null); done
echo '{"name":"top","version":"1.0.0"}' >package.json; npm install --silent --offline ./p*.tgz && rm -rf node_modules .cache`,
    script: `export PATH='${process.env.PATH}' HOME="$directory" npm_config_cache="$directory/.cache" npm_config_update_notifier=false
npm ci --silent --offline; echo $?; node_modules/.bin/p3; npm ci --silent --offline; echo $?; ls -A node_modules/.bin; ${everything}`,
  },
  { name: 'eight processes that write, cut, rename and remove at once', script: eight },
]
