//! Exports what a program in node needs to ask for each fingerprint.

use smallnet_runs::RUNS;

/// How many runs there are.
// SAFETY: no other function of this module has the name.
#[unsafe(no_mangle)]
pub extern "C" fn runs() -> u32 {
    u32::try_from(RUNS.len()).expect("a few")
}

/// The fingerprint of a run.
// SAFETY: no other function of this module has the name.
#[unsafe(no_mangle)]
pub extern "C" fn fingerprint(run: u32) -> u64 {
    (RUNS[run as usize].fingerprint)()
}
