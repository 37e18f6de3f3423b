//! Ctrl-C: once to end the training, twice to end the command.

use nn_train::StopHandle;

use crate::Failure;

/// The code with which shells know a command that was interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// Stopped by the first Ctrl-C; the second ends the process.
pub(crate) fn handle() -> Result<StopHandle, Failure> {
    let handle = StopHandle::new();
    let stop = handle.clone();
    ctrlc::set_handler(move || {
        if stop.is_stopped() {
            std::process::exit(INTERRUPTED.into());
        }
        stop.stop();
        eprintln!(
            "smallnet: ending after this epoch, with the best network so far; Ctrl-C again ends at once"
        );
    })?;
    Ok(handle)
}
