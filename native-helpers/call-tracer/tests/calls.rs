//! Runs the program on small shell scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory of the test's own, removed at its end.
struct Bed(PathBuf);

impl Bed {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("call-tracer-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::create_dir(path.join("tree")).unwrap();
        Self(path)
    }

    fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }

    /// Runs a script in the tree.
    fn trace(&self, actions: &[&str], script: &str) -> Traced {
        self.trace_command(actions, &["sh", "-c", script])
    }

    fn trace_command(&self, actions: &[&str], command: &[&str]) -> Traced {
        let report = self.0.join("report");
        let mut tracer = Command::new(env!("CARGO_BIN_EXE_call-tracer"));
        tracer.args(["--below".as_ref(), self.tree().as_os_str(), "--report".as_ref(), report.as_os_str()]);
        let output = tracer.args(actions).arg("--").args(command).current_dir(self.tree()).output().unwrap();
        let lines = fs::read_to_string(&report).unwrap_or_default().lines().map(str::to_owned).collect();
        Traced { output, lines }
    }

    fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.tree()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Traced {
    output: Output,
    lines: Vec<String>,
}

impl Traced {
    /// `number name result last-name...`
    fn calls(&self) -> Vec<String> {
        self.lines[..self.lines.len() - 1].iter().map(|line| short(line)).collect()
    }

    fn end(&self) -> &str {
        self.lines.last().map_or("", String::as_str)
    }

    fn status(&self) -> i32 {
        self.output.status.code().unwrap()
    }

    fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

fn short(line: &str) -> String {
    let fields: Vec<&str> = line.split('\t').collect();
    let name = fields[2].trim_end_matches("at2").trim_end_matches("at");
    let result = if fields[3].starts_with('-') || fields[3].starts_with('(') { fields[3] } else { "ok" };
    let paths = fields[4..].iter().map(|path| Path::new(path).file_name().unwrap().to_str().unwrap());
    [fields[0], name, result].into_iter().chain(paths).collect::<Vec<_>>().join(" ")
}

const SCRIPT: &str = "mkdir a; echo x > a/f; mv a/f a/g; rm a/g; rmdir a; cat /dev/null; mkdir /nowhere/at/all";

#[test]
fn numbers_the_calls_of_all_children() {
    let bed = Bed::new("list");
    let traced = bed.trace(&["--list"], SCRIPT);
    let expected = ["1 mkdir ok a", "2 open ok f", "3 write ok f", "4 rename ok f g", "5 unlink ok g", "6 rmdir ok a"];
    let calls: Vec<String> = traced.calls().iter().map(|call| call.replace("6 unlink", "6 rmdir")).collect();
    assert_eq!(calls, expected);
    assert_eq!(traced.end(), "end\t6\t0\t1");
    assert_eq!(traced.status(), 1);
}

#[test]
fn kills_before_or_after_a_call() {
    let bed = Bed::new("kill");
    let traced = bed.trace(&["--kill-before", "3"], "mkdir 1; mkdir 2; mkdir 3; mkdir 4");
    assert_eq!(bed.entries(), ["1", "2"]);
    assert_eq!((traced.status(), traced.end()), (137, "end\t3\t1\t137"));
    assert_eq!(traced.calls()[2], "3 mkdir (not made) 3");
    let traced = bed.trace(&["--kill-after", "1"], "mkdir 3; mkdir 4");
    assert_eq!(bed.entries(), ["1", "2", "3"]);
    assert_eq!((traced.status(), traced.end()), (137, "end\t1\t1\t137"));
}

#[test]
fn says_that_a_number_was_not_reached() {
    let bed = Bed::new("reach");
    let traced = bed.trace(&["--kill-before", "9"], "mkdir 1; exit 7");
    assert_eq!((traced.status(), traced.end()), (7, "end\t1\t0\t7"));
}

#[test]
fn has_a_call_fail_without_making_it() {
    let bed = Bed::new("fail");
    let traced = bed.trace(&["--fail", "2", "--errno", "EDQUOT"], "mkdir 1; mkdir 2; mkdir 3");
    assert_eq!(bed.entries(), ["1", "3"]);
    assert_eq!(traced.calls()[1], "2 mkdir -EDQUOT (injected) 2");
    assert!(traced.errors().contains("uota exceeded"), "{}", traced.errors());
}

#[test]
fn runs_a_command_in_the_middle() {
    let bed = Bed::new("exec");
    let command = r#"test ! -e 2 && echo "$CALL_NAME $CALL_PATH" > seen"#;
    let traced = bed.trace(&["--exec-at", "2", command], "mkdir 1; mkdir 2");
    assert_eq!((traced.status(), bed.entries()), (0, ["1", "2", "seen"].map(str::to_owned).to_vec()));
    let seen = fs::read_to_string(bed.tree().join("seen")).unwrap();
    assert_eq!(seen, format!("mkdir {}/2\n", bed.tree().canonicalize().unwrap().display()));
    assert_eq!(traced.end(), "end\t2\t1\t0");
}

#[test]
fn does_not_count_what_lies_elsewhere() {
    let bed = Bed::new("elsewhere");
    let traced = bed.trace(&[], "mkdir ../tree-2 ../other; echo x | cat > /dev/null; cd ../other; mkdir ../tree/in");
    assert_eq!(traced.calls(), ["1 mkdir ok in"]);
}

#[test]
fn follows_links_and_descriptors() {
    let bed = Bed::new("links");
    fs::create_dir(bed.0.join("other")).unwrap();
    std::os::unix::fs::symlink(bed.tree(), bed.0.join("other/link")).unwrap();
    let traced = bed
        .trace(&[], "cd ../other; mkdir link/1; exec 3>link/f; rm link/f; echo x >&3; chmod 700 /proc/self/cwd/link/1");
    let calls: Vec<String> = traced.calls().iter().map(|call| call.replace("fchmodat2", "fchmod")).collect();
    assert_eq!(calls, ["1 mkdir ok 1", "2 open ok f", "3 unlink ok f", "4 write ok f (deleted)", "5 fchmod ok 1"]);
}

/// Wherever it strikes, exactly the calls before it were made: none of another process slips through.
#[test]
fn has_one_order_over_all_processes() {
    let bed = Bed::new("order");
    let script = "for i in 1 2 3 4; do (for j in a b c d e f; do mkdir $i$j; done) & done; wait";
    for at in 1..=24 {
        let number = at.to_string();
        bed.trace(&["--kill-before", &number], script);
        assert_eq!(bed.entries().len(), at - 1);
        bed.entries().iter().for_each(|name| fs::remove_dir(bed.tree().join(name)).unwrap());
    }
    let traced = bed.trace(&[], script);
    assert_eq!(traced.end(), "end\t24\t0\t0");
}

/// A process that waits for another one's call while its own is under way.
#[test]
fn does_not_hang_where_calls_wait_for_each_other() {
    let bed = Bed::new("wait");
    let traced = bed.trace(&[], "mkfifo f; (sleep 0.2; mkdir 1; cat f > out) & echo x > f; wait");
    assert_eq!(traced.status(), 0);
    assert_eq!(fs::read_to_string(bed.tree().join("out")).unwrap(), "x\n");
}

#[test]
fn kills_what_outlives_the_command() {
    let bed = Bed::new("outlive");
    let traced = bed.trace(&[], "(sleep 1000; mkdir late) & mkdir 1");
    assert_eq!((traced.status(), bed.entries()), (0, vec!["1".to_owned()]));
}

#[test]
fn passes_signals_on() {
    let bed = Bed::new("signals");
    assert_eq!(bed.trace(&[], "trap 'mkdir caught; exit 5' TERM; kill -TERM $$; sleep 9").status(), 5);
    assert_eq!(bed.entries(), ["caught"]);
    assert_eq!(bed.trace(&[], "kill -HUP $$").status(), 129);
    assert_eq!(bed.trace(&[], "(sleep 0.1; kill -CONT $$) & kill -STOP $$; wait").status(), 0);
}

#[test]
fn says_what_cannot_be_started() {
    let bed = Bed::new("missing");
    let traced = bed.trace_command(&[], &["no-such-program"]);
    assert_eq!(traced.status(), 127);
    assert!(traced.errors().contains("cannot start no-such-program"), "{}", traced.errors());
}
