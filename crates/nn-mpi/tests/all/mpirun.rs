//! Runs programs on several ranks.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The ranks that everything is run on.
pub(crate) const SIZES: [usize; 5] = [1, 2, 3, 4, 8];

/// What anything here may take on a machine that is busy; the ranks themselves wait for each other for 25 seconds at most.
const LONGEST: Duration = Duration::from_secs(120);

/// `mpirun` on a machine that may have fewer cores than ranks, and as root, as in a container.
pub(crate) fn mpirun() -> Command {
    let mut command = Command::new("mpirun");
    command
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_hwloc_base_binding_policy", "none");
    command
}

/// Runs a scenario on so many ranks.
pub(crate) fn on(size: usize, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let mut command = mpirun();
    command.args(["-n", &size.to_string(), env!("CARGO_BIN_EXE_scenarios")]).args(words);
    ended(&mut command)
}

/// Waits for it, but not for ever: whatever happens, ranks must come to an end.
pub(crate) fn ended(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("mpirun is installed");
    let (id, (send, receive)) = (child.id(), mpsc::channel());
    thread::spawn(move || send.send(child.wait_with_output()));
    receive
        .recv_timeout(LONGEST)
        .unwrap_or_else(|_| {
            let _ = Command::new("kill").arg(id.to_string()).status();
            panic!("{command:?} has not ended after {LONGEST:?}")
        })
        .expect("its output")
}

/// What it said, if all went well.
#[track_caller]
pub(crate) fn said(output: Output) -> String {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out
}
