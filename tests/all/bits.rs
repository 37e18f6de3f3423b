//! The same bits on every machine: fingerprints of the runs in `tests/runs`, for CPUs with fused multiply-add and for those
//! without. `.ci/portable` asks other CPUs and WebAssembly for them.
//!
//! After a change that means to change bits, `NN_BITS=write cargo test -p smallnet-tests bits` writes the column of this
//! CPU's family anew, and `NN_BITS=write .ci/portable` that of the other.

use std::fmt::Write;

use smallnet_runs::RUNS;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bits.csv");

/// Whether this CPU fuses products with sums, as the kernels do that it gets.
fn fused() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return cfg!(target_arch = "aarch64");
}

#[test]
fn are_those_of_every_machine() {
    let column = usize::from(!fused());
    let found: Vec<String> = RUNS.iter().map(|run| format!("{:016x}", (run.fingerprint)())).collect();
    let file = std::fs::read_to_string(FILE).unwrap_or_default();
    let mut known: Vec<[String; 2]> = RUNS
        .map(|run| {
            let line = file.lines().find_map(|line| line.strip_prefix(run.name)?.strip_prefix(','));
            let (fused, unfused) = line.and_then(|line| line.split_once(',')).unwrap_or_default();
            [fused.to_owned(), unfused.to_owned()]
        })
        .into();
    if std::env::var("NN_BITS").is_ok_and(|value| value == "write") {
        let mut text = "run,fused,unfused\n".to_owned();
        for ((run, known), found) in RUNS.iter().zip(&mut known).zip(&found) {
            known[column].clone_from(found);
            writeln!(text, "{},{},{}", run.name, known[0], known[1]).expect("a string grows");
        }
        std::fs::write(FILE, text).expect("the fixture can be written");
    }
    let family = ["fused", "unfused"][column];
    for ((run, known), found) in RUNS.iter().zip(&known).zip(&found) {
        assert_eq!(&known[column], found, "{} ({family})", run.name);
    }
}
