//! Ctrl-C, and what asks a process to end (SIGTERM, SIGHUP): once to end the training, twice to end the command.

use nn_train::StopHandle;

use crate::Failure;

/// The code with which shells know a command that was interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// Stopped by the first of these, which says what then becomes of the work, if one of several processes is to say it; the second ends
/// the process.
pub(crate) fn handle(message: &'static str, says: bool) -> Result<StopHandle, Failure> {
    let handle = StopHandle::new();
    let stop = handle.clone();
    ctrlc::set_handler(move || {
        if stop.is_stopped() {
            std::process::exit(INTERRUPTED.into());
        }
        stop.stop();
        if says {
            eprintln!("smallnet: {message}; Ctrl-C again ends at once");
        }
    })?;
    Ok(handle)
}
