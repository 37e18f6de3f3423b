//! Whatever becomes of the process, and whatever the disk takes, the files that are there are whole.
#![cfg(unix)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nn_core::{Fingerprint, SoftmaxCrossEntropy};
use nn_model::{Checkpoints, Model};
use nn_train::{Adam, Trainer};
use rand::RngExt;

use super::checkpoints::{Data, network};

const FOLDER: &str = "NN_MODEL_CRASH_FOLDER";
const EPOCHS: &str = "NN_MODEL_CRASH_EPOCHS";

/// Not a test of its own: what the tests below run in another process, over and over from where it was killed.
#[test]
fn child() {
    let (Ok(folder), Ok(epochs)) = (env::var(FOLDER), env::var(EPOCHS)) else { return };
    let data = Data::<f32>::new();
    let checkpoints = Checkpoints::<f32>::new(&folder).every_steps(1);
    let saved = checkpoints.newest::<Adam<f32>>().expect("a whole one, if any");
    let (mut network, trainer) = match saved {
        Some(saved) => {
            assert!(saved.skipped.is_empty(), "{:?}", saved.skipped);
            (saved.model.into_network(), Trainer::new(saved.optimizer).resume(saved.state))
        }
        None => (network(true), Trainer::new(Adam::new())),
    };
    let mut trainer =
        trainer.batch_size(8).epochs(epochs.parse().expect("a number")).checkpointer(checkpoints);
    let report =
        trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data.train(), None).expect("it trains");
    // Not the report's fingerprint, in which the number of epochs counts.
    let mut weights = Fingerprint::new();
    weights.scalars(network.params());
    weights.scalars(network.state());
    weights.text(&format!("{:?}", report.history));
    let text = format!("{:x} {:?}", weights.finish(), report.warnings.first());
    fs::write(Path::new(&folder).join("end.txt"), text).expect("a file");
}

fn command(folder: &Path, epochs: usize, shell: &str) -> Command {
    let program = env::current_exe().expect("this program");
    let mut command = Command::new("sh");
    let script = format!("{shell} exec \"$0\" --exact file::crash::child --nocapture");
    command.args(["-c", &script]).arg(program).env(FOLDER, folder).env(EPOCHS, epochs.to_string());
    command.stdout(Stdio::null()).stderr(Stdio::inherit());
    command
}

#[test]
fn a_run_that_is_killed_two_hundred_times_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().expect("a folder");
    let (killed, straight) = (folder.path().join("killed"), folder.path().join("straight"));
    // As many as it takes to be killed so often; then it is let run to its end, wherever that is.
    let mut rng = nn_core::rng(1);
    let mut whole = 0;
    for _ in 0..200 {
        let mut child = command(&killed, 10_000, "").spawn().expect("it runs");
        sleep(Duration::from_micros(rng.random_range(2_000..25_000)));
        child.kill().expect("it does not end by itself");
        child.wait().expect("it was killed");
        for entry in fs::read_dir(&killed).into_iter().flatten() {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "safetensors") {
                Model::<f32>::load(&path).unwrap_or_else(|error| panic!("{error}"));
                whole += 1;
            }
        }
    }
    assert!(whole > 300, "it got somewhere between two kills: {whole}");
    let newest = Checkpoints::<f32>::new(&killed).newest::<Adam<f32>>().expect("whole").expect("some");
    let epochs = newest.state.progress().epochs + 2;
    for folder in [&killed, &straight] {
        assert!(command(folder, epochs, "").status().expect("it runs").success());
    }
    let end = |folder: &Path| fs::read_to_string(folder.join("end.txt")).expect("it ended");
    assert_eq!(end(&killed), end(&straight));
}

#[test]
fn a_disk_that_is_full_is_a_warning_and_what_is_there_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(command(folder.path(), 2, "").status().expect("it runs").success());
    let newest =
        || Checkpoints::<f32>::new(folder.path()).newest::<Adam<f32>>().expect("whole").expect("some");
    let before = newest().path;
    // Files of a kilobyte at most, which no checkpoint is; the signal for it is ignored, so that it is an error.
    let limited = "trap '' XFSZ; ulimit -f 2;";
    assert!(command(folder.path(), 4, limited).status().expect("it runs").success());
    let end = fs::read_to_string(folder.path().join("end.txt")).expect("it ended");
    assert!(end.contains("is not written") && end.contains("File too large"), "{end}");
    assert_eq!((newest().path, newest().skipped.len()), (before, 0));
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 4, "three checkpoints and the end");
}
