//! `smallnet train` and `smallnet tune` on several ranks: `mpirun -n 4 smallnet-mpi train table.csv --target species`. The network, the
//! fingerprint and the winner are those of `smallnet` on one machine.

use std::process::ExitCode;

use mpi_ranks::OnRanks;
use nn_mpi::Ranks;

mod mpi_ranks;

fn main() -> ExitCode {
    Ranks::run(|ranks| smallnet_cli::run_on(&OnRanks::new(ranks)))
}
