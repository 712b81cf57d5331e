//! The seccomp filter: only calls that may count stop the program, all others run at full speed.

use crate::call::{CALLS, CHANGING_REQUESTS, Call, OLD_CALLS, WRITING_FLAGS, When};
use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xc000_00b7;

// Offsets in `struct seccomp_data`, of the lower halves.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

const LOAD: u32 = BPF_LD | BPF_W | BPF_ABS;
const EQUAL: u32 = BPF_JMP | BPF_JEQ | BPF_K;
const ANY_BIT: u32 = BPF_JMP | BPF_JSET | BPF_K;

const fn statement(code: u32, k: u32) -> sock_filter {
    jump(code, k, 0, 0)
}

#[allow(clippy::cast_possible_truncation)]
const fn jump(code: u32, k: u32, on_true: u8, on_false: u8) -> sock_filter {
    sock_filter { code: code as u16, jt: on_true, jf: on_false, k }
}

const ALLOW: sock_filter = statement(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW);
const TRACE: sock_filter = statement(BPF_RET | BPF_K, libc::SECCOMP_RET_TRACE);

/// A block a call: jumps are short, however many calls there are.
pub fn program() -> Vec<sock_filter> {
    let mut program = vec![statement(LOAD, ARCH), jump(EQUAL, AUDIT_ARCH, 1, 0), ALLOW, statement(LOAD, NUMBER)];
    for call in CALLS.iter().chain(OLD_CALLS) {
        let block = block(call);
        let past = u8::try_from(block.len()).expect("a block is short");
        program.push(jump(EQUAL, u32::try_from(call.number).expect("numbers are small"), 0, past));
        program.extend(block);
    }
    program.push(ALLOW);
    program
}

/// Decides on one call; the number in the accumulator is lost, so each way through must return.
fn block(call: &Call) -> Vec<sock_filter> {
    match call.when {
        When::Always | When::HowForWriting(_) => vec![TRACE],
        When::OpenedForWriting(flags) => {
            let flags = argument(u32::try_from(flags).expect("a call has six arguments"));
            vec![statement(LOAD, flags), jump(ANY_BIT, WRITING_FLAGS, 0, 1), TRACE, ALLOW]
        }
        When::ChangingRequest => {
            let mut block = vec![statement(LOAD, argument(1))];
            for request in CHANGING_REQUESTS {
                block.extend([jump(EQUAL, request, 0, 1), TRACE]);
            }
            block.push(ALLOW);
            block
        }
    }
}
