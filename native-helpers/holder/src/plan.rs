//! The plan: records `key=value`, each ended by a NUL. Values are raw bytes.
//!
//! ```text
//! userns=0|1            make a user and a mount namespace (default 0)
//! lower=PATH            the lower directory; repeated, the topmost first
//! upper=PATH  work=PATH
//! target=PATH           where to mount
//! cover=PATH            the directory that holds target: hide it, in the namespace, behind one that holds target alone
//! source=TEXT           what the table of mounts calls it (default "overlay")
//! option=KEY[=VALUE]    an option of overlayfs, repeated
//! flag=NAME             nosuid, nodev, noexec, ro, noatime or nosymfollow, repeated
//! lock=PATH             the file to keep locked; made when it is not there
//! lockfd=N              the same, by a descriptor that was inherited
//! layers=auto|path      hand layers over by descriptor if the kernel can, or always by path
//! index-root=PATH       after answering, note the directories below it …
//! index-file=PATH       … in this file
//! index-skip=NAME       … but not this one at the top, nor what is in it
//! ```

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub userns: bool,
    pub lowers: Vec<Vec<u8>>,
    pub upper: Vec<u8>,
    pub work: Vec<u8>,
    pub target: Vec<u8>,
    pub cover: Option<Vec<u8>>,
    pub source: Vec<u8>,
    pub options: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub flags: Vec<Vec<u8>>,
    pub lock: Option<Vec<u8>>,
    pub lock_fd: Option<i32>,
    pub layers_by_path: bool,
    pub index: Option<Index>,
}

impl Plan {
    /// The name that target has in cover.
    pub fn covered_name(&self) -> Option<&[u8]> {
        let name = self.target.strip_prefix(self.cover.as_deref()?)?.strip_prefix(b"/")?;
        (!name.is_empty() && !name.contains(&b'/') && name != b"." && name != b"..").then_some(name)
    }
}

/// What to note the directories of, and where.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Index {
    pub root: Vec<u8>,
    pub file: Vec<u8>,
    pub skip: Vec<u8>,
}

/// A plan that mounts.
pub fn parse(input: &[u8]) -> Result<Plan, String> {
    let plan = read(input)?;
    let missing = [("lower", plan.lowers.is_empty()), ("upper", plan.upper.is_empty())];
    let missing = missing.into_iter().chain([("work", plan.work.is_empty()), ("target", plan.target.is_empty())]);
    match missing.into_iter().find(|(_, is_missing)| *is_missing) {
        Some((key, _)) => Err(format!("no {key} in the plan")),
        // Where everybody is, it would hide what is there from everybody.
        None if plan.cover.is_some() && !plan.userns => Err("a cover without userns=1".to_owned()),
        None if plan.cover.is_some() && plan.covered_name().is_none() => Err("target is not in cover".to_owned()),
        None => Ok(plan),
    }
}

/// A plan that only keeps a lock.
pub fn parse_lock(input: &[u8]) -> Result<Plan, String> {
    let plan = read(input)?;
    if plan.lock.is_none() && plan.lock_fd.is_none() {
        return Err("no lock in the plan".to_owned());
    }
    Ok(plan)
}

/// A plan that only notes directories.
pub fn parse_index(input: &[u8]) -> Result<Plan, String> {
    let plan = read(input)?;
    if plan.index.is_none() {
        return Err("no index-root in the plan".to_owned());
    }
    Ok(plan)
}

fn read(input: &[u8]) -> Result<Plan, String> {
    let mut plan = Plan { source: b"overlay".to_vec(), ..Plan::default() };
    let Some(records) = input.strip_suffix(b"\0") else {
        return Err("the plan does not end with a NUL".to_owned());
    };
    for record in records.split(|&byte| byte == 0) {
        let (key, value) = split(record).ok_or_else(|| format!("no '=' in {}", show(record)))?;
        put(&mut plan, key, value)?;
    }
    match &plan.index {
        Some(Index { root, .. }) if root.is_empty() => Err("no index-root in the plan".to_owned()),
        Some(Index { file, .. }) if file.is_empty() => Err("no index-file in the plan".to_owned()),
        _ => Ok(plan),
    }
}

fn put(plan: &mut Plan, key: &[u8], value: &[u8]) -> Result<(), String> {
    let wrong = || format!("unknown record {}={}", show(key), show(value));
    let path = || if value.starts_with(b"/") { Ok(value.to_vec()) } else { Err(wrong()) };
    match (key, value) {
        (b"userns", b"0" | b"1") => plan.userns = value == b"1",
        (b"lower", _) => plan.lowers.push(path()?),
        (b"upper", _) => plan.upper = path()?,
        (b"work", _) => plan.work = path()?,
        (b"target", _) => plan.target = path()?,
        (b"cover", _) => plan.cover = Some(path()?),
        (b"source", _) => plan.source = value.to_vec(),
        (b"option", _) => plan.options.push(match split(value) {
            Some((name, value)) => (name.to_vec(), Some(value.to_vec())),
            None => (value.to_vec(), None),
        }),
        (b"flag", _) => plan.flags.push(value.to_vec()),
        (b"lock", _) => plan.lock = Some(path()?),
        (b"lockfd", _) => plan.lock_fd = Some(number(value).ok_or_else(wrong)?),
        (b"layers", b"auto" | b"path") => plan.layers_by_path = value == b"path",
        (b"index-root", _) => plan.index.get_or_insert_default().root = path()?,
        (b"index-file", _) => plan.index.get_or_insert_default().file = path()?,
        (b"index-skip", _) => plan.index.get_or_insert_default().skip = value.to_vec(),
        _ => return Err(wrong()),
    }
    Ok(())
}

fn number(value: &[u8]) -> Option<i32> {
    std::str::from_utf8(value).ok()?.parse().ok().filter(|&number| number > 2)
}

fn split(record: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = record.iter().position(|&byte| byte == b'=')?;
    Some((&record[..at], &record[at + 1..]))
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &[u8] = b"lower=/l\0upper=/u\0work=/w\0target=/t\0";

    fn with(more: &[u8]) -> Result<Plan, String> {
        parse(&[LEAST, more].concat())
    }

    #[test]
    fn reads_every_record() {
        let plan = with(
            b"userns=1\0source=s\0option=redirect_dir=on\0option=userxattr\0flag=nosuid\0flag=nodev\0lock=/k\0lockfd=3\0layers=path\0\
              index-root=/p\0index-file=/f\0index-skip=own\0",
        );
        let option = (b"redirect_dir".to_vec(), Some(b"on".to_vec()));
        let expected = Plan {
            userns: true,
            lowers: vec![b"/l".to_vec()],
            upper: b"/u".to_vec(),
            work: b"/w".to_vec(),
            target: b"/t".to_vec(),
            cover: None,
            source: b"s".to_vec(),
            options: vec![option, (b"userxattr".to_vec(), None)],
            flags: vec![b"nosuid".to_vec(), b"nodev".to_vec()],
            lock: Some(b"/k".to_vec()),
            lock_fd: Some(3),
            layers_by_path: true,
            index: Some(Index { root: b"/p".to_vec(), file: b"/f".to_vec(), skip: b"own".to_vec() }),
        };
        assert_eq!(plan, Ok(expected));
    }

    #[test]
    fn keeps_every_byte_of_a_path() {
        let plan = with(b"target=/a=b,c:d\\e\n\xff \0").unwrap();
        assert_eq!(plan.target, b"/a=b,c:d\\e\n\xff ");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for record in [&b"colour=red\0"[..], b"userns=2\0", b"target=relative\0", b"lockfd=x\0", b"lockfd=1\0", b"\0"] {
            assert!(with(record).is_err(), "{record:?}");
        }
    }

    #[test]
    fn refuses_a_plan_that_was_cut_short() {
        assert!(parse(&LEAST[..LEAST.len() - 1]).is_err());
        assert_eq!(parse(b"lower=/l\0upper=/u\0work=/w\0"), Err("no target in the plan".to_owned()));
        assert!(parse(b"").is_err());
    }

    #[test]
    fn an_index_needs_a_root_and_a_file() {
        assert!(parse_index(b"index-root=/p\0index-file=/f\0").is_ok());
        assert_eq!(parse_index(b"index-root=/p\0"), Err("no index-file in the plan".to_owned()));
        assert_eq!(parse_index(LEAST), Err("no index-root in the plan".to_owned()));
        assert!(with(b"index-skip=own\0").is_err());
        assert!(with(b"index-root=p\0index-file=/f\0").is_err());
    }

    #[test]
    fn covers_the_directory_of_its_target_only() {
        let plan = with(b"userns=1\0target=/a/b\0cover=/a\0").unwrap();
        assert_eq!(plan.covered_name(), Some(&b"b"[..]));
        for record in [&b"target=/a/b\0cover=/c\0"[..], b"target=/a/b/c\0cover=/a\0", b"target=/a/..\0cover=/a\0"] {
            let record = [b"userns=1\0", record].concat();
            assert_eq!(with(&record), Err("target is not in cover".to_owned()), "{record:?}");
        }
        assert!(with(b"target=/a/b\0cover=/a\0").is_err());
    }

    #[test]
    fn keeps_a_lock_without_a_mount() {
        assert_eq!(parse_lock(b"lock=/k\0").unwrap().lock, Some(b"/k".to_vec()));
        assert_eq!(parse_lock(b"userns=0\0"), Err("no lock in the plan".to_owned()));
    }
}
