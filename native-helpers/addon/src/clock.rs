//! Clocks, in nanoseconds.

use rustix::time::{ClockId, clock_gettime};

/// Since 1970; whoever sets the clock moves it.
pub fn realtime() -> i64 {
    now(ClockId::Realtime)
}

/// Since the machine started, sleep included; nobody can set it.
pub fn boottime() -> i64 {
    now(ClockId::Boottime)
}

fn now(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
