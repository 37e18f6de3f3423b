//! The command on several ranks comes to what it comes to on one machine.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A table with a category, whose rows are enough for some shards.
fn table(path: &Path) {
    let rows = (0..1500).fold("size,kind,species\n".to_owned(), |mut text, n| {
        let (size, kind) = (n * 37 % 101, ["a", "b", "c"][n * n % 3]);
        let species = if size + 20 * (n * n % 3) > 60 { "large" } else { "small" };
        writeln!(text, "{size},{kind},{species}").expect("a text");
        text
    });
    fs::write(path, rows).expect("a folder");
}

/// A table of values, some of which are missing, and another one to test by, of fewer rows than there are ranks.
fn values(folder: &Path) {
    let row = |n: usize| {
        let size = if n % 40 == 3 { "?".to_owned() } else { (n * 37 % 101).to_string() };
        format!("{size},{},{}.5\n", ["a", "b"][n * n % 3 % 2], n * 37 % 101 * 3)
    };
    let text = |rows| (0..rows).map(row).fold("size,kind,price\n".to_owned(), |text, row| text + &row);
    fs::write(folder.join("values.csv"), text(700)).expect("a folder");
    fs::write(folder.join("few.csv"), text(3)).expect("a folder");
}

/// The command on one machine.
fn alone(folder: &Path, words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alone"));
    command.args(words.split(' ')).current_dir(folder).output().expect("it was built")
}

fn mpirun(size: usize, folder: &Path, words: &str) -> Output {
    on_ranks(size, folder, words).output().expect("mpirun is installed")
}

fn on_ranks(size: usize, folder: &Path, words: &str) -> Command {
    let mut command = Command::new("mpirun");
    command
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_hwloc_base_binding_policy", "none");
    command.args(["-n", &size.to_string(), env!("CARGO_BIN_EXE_smallnet-mpi")]);
    command.args(words.split(' ')).current_dir(folder);
    command
}

#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What is said, without what takes its time.
fn but_for_time(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("\"seconds\"") && !line.contains(" s: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// Each rank has its share of the rows, and no others.
#[test]
fn train_comes_to_the_same_model_on_any_number_of_ranks() {
    for train in [
        "train table.csv --epochs 4 --batch-size 600 --hidden 30 --dropout 0.1 --folds 3 --class-weight balanced --json",
        "train values.csv --missing drop --epochs 3 --hidden 5 --test few.csv --json",
        // So few rows are set aside that folds say how long all are learned from.
        "train table.csv --validation 0.01 --epochs 3 --hidden 4 --json",
    ] {
        let run = |command: &dyn Fn(&Path) -> Output| {
            let folder = tempfile::tempdir().expect("a folder");
            table(&folder.path().join("table.csv"));
            values(folder.path());
            let json = but_for_time(&said(&command(folder.path())));
            assert!(folder.path().join("model-report/result.json").is_file());
            (json, fs::read(folder.path().join("model.safetensors")).expect("a model"))
        };
        let one = run(&|folder| alone(folder, train));
        assert!(one.0.contains("\"fingerprint\""), "{}", one.0);
        for size in [1, 2, 4] {
            let found = run(&|folder| mpirun(size, folder, train));
            assert_eq!(found.0, one.0, "{size} ranks");
            assert!(found.1 == one.1, "{size} ranks: the bytes of the model");
        }
    }
}

#[test]
fn a_run_goes_on_from_its_checkpoint_on_other_ranks() {
    let train = |size, folder: &Path, more: &str| {
        mpirun(
            size,
            folder,
            &format!("train table.csv --batch-size 400 --checkpoint run --no-report --force {more}"),
        )
    };
    let folder = tempfile::tempdir().expect("a folder");
    table(&folder.path().join("table.csv"));
    said(&train(2, folder.path(), "--epochs 12"));
    let expected = fs::read(folder.path().join("model.safetensors")).expect("a model");
    // As if it had been killed after epoch 10: the model is gone, the checkpoint there.
    fs::remove_file(folder.path().join("model.safetensors")).expect("it is there");
    said(&train(3, folder.path(), "--epochs 12 --resume"));
    assert!(fs::read(folder.path().join("model.safetensors")).expect("a model") == expected);
}

#[test]
fn tune_has_the_same_winner() {
    let tune = "tune table.csv --trials 6 --epochs 3 --batch-size 64,256 --hidden 4 --hidden 8";
    let run = |command: &dyn Fn(&Path) -> Output| {
        let folder = tempfile::tempdir().expect("a folder");
        table(&folder.path().join("table.csv"));
        let out = but_for_time(&said(&command(folder.path())));
        (out, fs::read(folder.path().join("model.safetensors")).expect("a model"))
    };
    let one = run(&|folder| alone(folder, tune));
    assert!(one.0.contains("The best again, as by"), "{}", one.0);
    assert!(run(&|folder| mpirun(3, folder, tune)) == one, "three ranks");
}

/// `mpirun` passes it on, and waits for as long as it is told to.
#[test]
fn ctrl_c_keeps_the_best_network_so_far() {
    let folder = tempfile::tempdir().expect("a folder");
    table(&folder.path().join("table.csv"));
    let words = "train table.csv --batch-size 600 --epochs 100000000 --patience 100000000 --checkpoint run --no-report";
    let mut command = on_ranks(3, folder.path(), words);
    command.env("OMPI_MCA_odls_base_sigkill_timeout", "20").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("mpirun is installed");
    let is_checkpoint = || {
        fs::read_dir(folder.path().join("run")).is_ok_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.path().extension().is_some_and(|end| end == "safetensors"))
            })
        })
    };
    while !is_checkpoint() {
        sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("it runs");
    assert!(kill.success());
    let output = child.wait_with_output().expect("it ends");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(error.matches("ending after this epoch, with the best network so far").count(), 1, "{error}");
    assert!(out.contains(": interrupted") && out.ends_with("written: model.safetensors\n"), "{out}\n{error}");
    let inspected = said(&alone(folder.path(), "evaluate model.safetensors table.csv"));
    assert!(inspected.contains("accuracy"), "{inspected}");
}

#[test]
fn what_is_wrong_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    values(folder.path());
    fs::create_dir(folder.path().join("folder.csv")).expect("a folder");
    // What is wrong is in the rows of one rank.
    fs::write(folder.path().join("wrong.csv"), "size,kind,price\n1,a,1.5\n2,b,2.5\nlarge,a,1.5\n")
        .expect("a folder");
    for (words, message) in [
        ("train no-such.csv", "nn-mpi: cannot open no-such.csv"),
        ("train -", "nn-mpi: several processes read the table; give a file"),
        ("train few.csv --validation 0.5", "are too few for 3 processes; start"),
        (
            "train values.csv --missing drop --folds 300",
            "300 folds of 682 rows are too small for 3 processes; start 2 at most",
        ),
        ("train values.csv --missing drop --test wrong.csv", "wrong.csv: "),
        ("train folder.csv", "nn-mpi: folder.csv is a folder"),
        ("inspect model.safetensors", "nn-mpi: several processes have train and tune alone"),
        ("train --no-such-option", "error: unexpected argument '--no-such-option' found"),
    ] {
        let output = mpirun(3, folder.path(), words);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert_eq!(error.matches(message).count(), 1, "{words}: {error}");
    }
}
