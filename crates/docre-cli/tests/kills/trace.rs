//! Runs a program under ptrace, counts its system calls that change files, and kills it before
//! one of them. A filter (seccomp) stops the program at these calls alone, so that it is as fast
//! as otherwise. Calls are counted over all threads of the program.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    ptr,
};

use libc::{c_int, c_long, pid_t, sock_filter, sock_fprog};

/// How a traced program ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself, with a code, after so many calls.
    Exited { code: i32, calls: u64 },
    /// By the kill.
    Killed,
}

/// Calls that change files whatever their arguments are.
const CHANGES: &[c_long] = &[
    libc::SYS_renameat2,
    libc::SYS_renameat,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_utimensat,
];

/// Calls that only some processors have.
#[cfg(target_arch = "x86_64")]
const OLD_CHANGES: &[c_long] = &[
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_chmod,
    libc::SYS_creat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CHANGES: &[c_long] = &[];

/// Calls that change a file if their first argument is one: not standard output or error.
const WRITES: &[c_long] =
    &[libc::SYS_write, libc::SYS_pwrite64, libc::SYS_writev, libc::SYS_pwritev];

/// Whether this system lets programs be traced, and if not, why.
pub fn can_trace() -> Result<(), String> {
    let mut command = Command::new("true");
    command.stdout(Stdio::null());
    match spawn(&mut command) {
        Ok(pid) => {
            follow(pid, None);
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Runs a program, and kills it before its call of this number, counted from 1.
pub fn run(command: &mut Command, kill_at: Option<u64>) -> Ended {
    let pid = spawn(command.stderr(Stdio::null())).expect("the program runs");
    follow(pid, kill_at)
}

fn spawn(command: &mut Command) -> io::Result<pid_t> {
    let mut filter = filter();
    let hook = move || {
        let program = sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
        // SAFETY: these calls only change the child that is about to become the program; the
        // filter lives until they return, and nothing is allocated between fork and exec.
        unsafe {
            check(libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0))?;
            check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
            let mode = libc::SECCOMP_MODE_FILTER;
            check(libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program).into())
        }
    };
    // SAFETY: the hook calls nothing but the kernel.
    let child = unsafe { command.pre_exec(hook) }.spawn()?;
    Ok(child.id() as pid_t)
}

fn check(result: c_long) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Follows the program and its threads to the end.
fn follow(main: pid_t, kill_at: Option<u64>) -> Ended {
    let (mut calls, mut ready) = (0, false);
    loop {
        let (pid, status) = wait();
        if libc::WIFEXITED(status) && pid == main {
            return Ended::Exited { code: libc::WEXITSTATUS(status), calls };
        }
        if libc::WIFSIGNALED(status) && pid == main {
            return Ended::Killed;
        }
        if !libc::WIFSTOPPED(status) {
            continue;
        }
        if !ready {
            set_options(pid);
            ready = true;
            go_on(pid, 0);
            continue;
        }
        match (status >> 16, libc::WSTOPSIG(status)) {
            (libc::PTRACE_EVENT_SECCOMP, _) => {
                calls += 1;
                if Some(calls) == kill_at {
                    // SAFETY: a signal to a child of ours that isn't waited for yet.
                    unsafe { libc::kill(main, libc::SIGKILL) };
                    continue;
                }
                go_on(pid, 0);
            }
            // A thread's first stop, and events of clone and exec.
            (0, libc::SIGSTOP | libc::SIGTRAP) | (1.., _) => go_on(pid, 0),
            (_, signal) => go_on(pid, signal),
        }
    }
}

/// The next change of a program or thread that this thread traces.
fn wait() -> (pid_t, c_int) {
    let mut status = 0;
    // SAFETY: the status is ours.
    let pid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) };
    assert!(pid > 0, "{}", io::Error::last_os_error());
    (pid, status)
}

fn set_options(pid: pid_t) {
    let options = libc::PTRACE_O_TRACESECCOMP
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_EXITKILL;
    // SAFETY: the program is stopped, and this thread traces it.
    let set = unsafe {
        libc::ptrace(libc::PTRACE_SETOPTIONS, pid, ptr::null_mut::<u8>(), options as usize)
    };
    check(set).expect("a stopped program takes options");
}

fn go_on(pid: pid_t, signal: c_int) {
    // SAFETY: the thread is stopped, and this thread traces it. One that was killed meanwhile
    // is told of by the next wait.
    unsafe { libc::ptrace(libc::PTRACE_CONT, pid, ptr::null_mut::<u8>(), signal as usize) };
}

/// The filter, in the form that the kernel reads: calls that change files stop for the tracer,
/// all others go on.
fn filter() -> Vec<sock_filter> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const GREATER: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
    const ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    /// Where the call's arguments lie: eight bytes each, behind number, machine and address.
    const ARGUMENTS: u32 = 16;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let [stop, allow] =
        [libc::SECCOMP_RET_TRACE, libc::SECCOMP_RET_ALLOW].map(|k| step(RETURN, 0, 0, k));
    let mut steps = vec![step(LOAD, 0, 0, 0)];
    for call in CHANGES.iter().chain(OLD_CHANGES) {
        steps.extend([step(EQUAL, 0, 1, *call as u32), stop]);
    }
    for call in WRITES {
        let file = step(LOAD, 0, 0, ARGUMENTS);
        steps.extend([step(EQUAL, 0, 4, *call as u32), file, step(GREATER, 0, 1, 2), stop, allow]);
    }
    let flags = step(LOAD, 0, 0, ARGUMENTS + 2 * 8);
    let creates = step(ANY_BIT, 0, 1, libc::O_CREAT as u32);
    steps.extend([step(EQUAL, 0, 4, libc::SYS_openat as u32), flags, creates, stop, allow]);
    steps.push(allow);
    steps
}
