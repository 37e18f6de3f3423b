//! Runs a workload some times, for a program that counts instructions: `instructions spirals_f64 100`.

use smallnet_benches::WORKLOADS;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (name, times) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let workload = WORKLOADS.iter().find(|workload| workload.name == name);
    let (Some(workload), Ok(times)) = (workload, times.parse::<usize>()) else {
        let names = WORKLOADS.map(|workload| workload.name).join(", ");
        eprintln!("usage: instructions WORKLOAD TIMES\nworkloads: {names}");
        std::process::exit(2);
    };
    let mut work = (workload.prepare)();
    for _ in 0..times {
        work();
    }
}
