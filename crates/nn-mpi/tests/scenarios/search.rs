//! A search whose trials ranks ask for.

use std::fmt;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use nn_core::Error;
use nn_mpi::{Ranks, Scored, run_search};
use nn_train::search::{Job, Sampler, Search, SuccessiveHalving};

#[derive(Debug, Clone)]
struct Settings {
    rate: f64,
    units: usize,
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rate, self.units)
    }
}

fn new() -> Search<Settings> {
    let space = |sampler: &mut Sampler| -> Result<Settings, Error> {
        Ok(Settings { rate: sampler.log_uniform(1e-4, 1e-1)?, units: sampler.integer(2, 64)? })
    };
    SuccessiveHalving::new(27, 1, 9).folds(2).seed(3).sample(space).expect("valid")
}

/// Some fail, and some take longer than others.
fn score(job: &Job<'_, Settings>) -> Scored {
    thread::sleep(Duration::from_millis((job.trial * 7 % 5) as u64));
    if job.trial % 9 == 4 {
        return Err(format!("trial {} cannot be trained", job.trial).into());
    }
    let Settings { rate, units } = job.settings;
    Ok(-(rate.ln() + 5.0).abs() - *units as f64 / 64.0 - 1.0 / (job.budget + job.fold) as f64)
}

pub(crate) fn local() -> ExitCode {
    let mut search = new();
    search.run(score);
    println!("{search}\n{:?}", search.best());
    ExitCode::SUCCESS
}

pub(crate) fn shared(how: &str) -> ExitCode {
    Ranks::run(|ranks| {
        ranks.set_timeout(Duration::from_secs(4));
        let (mut search, mut results) = (new(), 0);
        let evaluate = |job: &Job<'_, Settings>| {
            match how {
                "dies" if ranks_first() == Some(1) => process::abort(),
                // Longer than the timeout: a rank that works is not taken for one that hangs.
                "long" if job.trial == 5 => thread::sleep(Duration::from_secs(6)),
                _ => {}
            }
            score(job)
        };
        run_search(ranks, &mut search, evaluate, |_| {
            results += 1;
            if how == "full" && results == 7 && ranks.is_first() {
                Err("the disk is full".into())
            } else {
                Ok(())
            }
        })?;
        let all = format!("{search}\n{:?}", search.best());
        ranks.check_same("what has come of it", &all, "mend nn-mpi")?;
        if ranks.is_first() {
            println!("{all}");
        }
        Ok::<(), nn_mpi::Error>(())
    })
}

/// The rank of this process, for a thread that has no `Ranks`.
fn ranks_first() -> Option<usize> {
    std::env::var("OMPI_COMM_WORLD_RANK").ok()?.parse().ok()
}
