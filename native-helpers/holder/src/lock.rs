//! The lock that says that a session is mounted.

use crate::answer::{During, Failure, Step};
use crate::plan::Plan;
use crate::sys;
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;

/// Takes the lock of the plan; `None` if it names none. It is held until the descriptor is closed.
pub fn take(plan: &Plan) -> Step<Option<OwnedFd>> {
    let fd = match (plan.lock_fd, &plan.lock) {
        (Some(number), _) => sys::inherited(number).during("lock")?,
        (None, Some(path)) => {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            open(&**path, flags, Mode::RUSR | Mode::WUSR).during("lock")?
        }
        (None, None) => return Ok(None),
    };
    match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(Failure::new("lock", Some(Errno::WOULDBLOCK), "another process holds the lock")),
        answer => answer.map(|()| Some(fd)).during("lock"),
    }
}
