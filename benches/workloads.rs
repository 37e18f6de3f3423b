//! An epoch of each workload, or a prediction: `cargo bench -p smallnet-benches --bench workloads`.
//!
//! With the feature `parallel` each is timed on one thread and on all.

use criterion::{Criterion, criterion_group, criterion_main};
use smallnet_benches::WORKLOADS;

fn workloads(c: &mut Criterion) {
    for workload in WORKLOADS {
        let mut work = (workload.prepare)();
        c.bench_function(workload.name, |bencher| bencher.iter(&mut work));
    }
}

#[cfg(feature = "parallel")]
fn on_all_threads(c: &mut Criterion) {
    for workload in WORKLOADS.iter().filter(|workload| workload.samples > 1) {
        let mut work = (workload.prepare)();
        let name = format!("{}_{}_threads", workload.name, rayon::current_num_threads());
        // On a thread of the pool, as `Trainer::fit` does.
        c.bench_function(&name, |bencher| {
            bencher.iter_custom(|times| {
                let began = std::time::Instant::now();
                rayon::scope(|_| (0..times).for_each(|_| work()));
                began.elapsed()
            });
        });
    }
}

#[cfg(not(feature = "parallel"))]
fn on_all_threads(_: &mut Criterion) {}

criterion_group!(benches, workloads, on_all_threads);
criterion_main!(benches);
