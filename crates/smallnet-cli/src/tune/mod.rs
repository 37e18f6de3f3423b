//! Search for settings that learn a table well.

mod parts;
mod space;
mod state;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use clap::{Args, CommandFactory, Parser};
use nn_train::StopHandle;
use nn_train::search::{Outcome, RandomSearch, Sampler, Search, SuccessiveHalving};
use serde_json::{Map, Value, json};

use crate::arguments::{Arguments, Command, TableArguments, Tune};
use crate::fit::{ClassWeight, Watch, activation_name};
use crate::say::say;
use crate::{Failure, Workers, interrupt, read, train};
use parts::Parts;
use space::Settings;
pub(crate) use space::Span;

pub(crate) fn run(arguments: &Tune, workers: Option<&dyn Workers>) -> Result<ExitCode, Failure> {
    if arguments.data == Path::new("-") {
        return Err("tune reads the table more than once; give a file instead of the standard input".into());
    }
    let trained = train_words(arguments);
    train::refuse_to_overwrite(&train_arguments(&trained)?)?;
    let path = arguments.state();
    if path == arguments.out {
        let path = path.display();
        return Err(format!("{path} cannot be both the model and the search; give another --state").into());
    }
    let is_first = workers.is_none_or(Workers::is_first);
    let stop = interrupt::handle("ending the search, which the same command goes on with", is_first)?;
    let options = arguments.table.options();
    let table = read::table(&arguments.data, &options.dialect)?;
    let whole = read::fit(&table, &options)?;
    train::refuse_weights_of_values(arguments.class_weight, &whole)?;
    let parts = Parts::new(arguments, &whole, &table)?;
    let tell = |text: &str| {
        if !arguments.quiet && is_first {
            say(text);
        }
    };
    let asked = asked(arguments, &parts);
    let before = state::read(&path, &asked)?;
    let goes_on = before.is_some();
    let mut search = match before {
        Some(before) if before.trials().len() < arguments.trials => {
            grown(new(arguments, parts.count())?, &before)?
        }
        Some(before) => before,
        None => new(arguments, parts.count())?,
    };
    let write =
        |search: &Search<Settings>| if is_first { state::write(&path, &asked, search) } else { Ok(()) };
    if let Some(workers) = workers {
        // All have read the file before the first one writes it.
        workers.check_same("the search", &format!("{asked:?} {search:?}"))?;
    }
    // So that a file that cannot be written is known before anything is tried.
    write(&search)?;
    tell(&crate::columns::columns(&whole));
    if goes_on {
        tell(&format!("going on with {}", path.display()));
    }
    let watch = Watch { stop: stop.clone(), workers, ..Watch::default() };
    match workers {
        Some(workers) => share_out(workers, arguments, &mut search, &parts, &watch, write)?,
        None => search_on(arguments, &mut search, &parts, &stop, write)?,
    }
    tell(&format!("{search}\n\nThe score is minus the loss on the rows that were set aside."));
    if watch.is_stopped() {
        tell(&format!("\ninterrupted; the same command goes on with {}", path.display()));
        return Ok(ExitCode::from(interrupt::INTERRUPTED));
    }
    let Some(best) = search.best() else {
        let why = search.trials().iter().find_map(|trial| trial.failure()).unwrap_or("there is none");
        return Err(format!("every trial failed, the first so: {why}").into());
    };
    let words = [trained, best.settings().words()].concat();
    let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    tell(&format!("\nThe best again, as by\n  {}\n", line.join(" ")));
    train::learn(&train_arguments(&words)?, stop, false, workers)
}

/// Settings that were not tried yet.
fn new(arguments: &Tune, folds: usize) -> Result<Search<Settings>, Failure> {
    let Tune { trials, epochs, seed, space, .. } = arguments;
    let space = |sampler: &mut Sampler| Settings::sample(space, sampler);
    Ok(match arguments.min_epochs() {
        None => RandomSearch::new(*trials, *epochs).folds(folds).seed(*seed).sample(space)?,
        Some(least) => {
            SuccessiveHalving::new(*trials, least, *epochs).folds(folds).seed(*seed).sample(space)?
        }
    })
}

/// The same search with the results of one that has fewer trials, which are its first.
fn grown(mut search: Search<Settings>, before: &Search<Settings>) -> Result<Search<Settings>, Failure> {
    let snapshot = search.clone();
    for job in snapshot.jobs() {
        let trial = before.trials().get(job.trial);
        match trial.and_then(|trial| trial.outcomes(job.rung).get(job.fold)) {
            Some(Some(Outcome::Score(score))) => search.record(&job, Ok(*score))?,
            Some(Some(Outcome::Failed(why))) => search.record(&job, Err(why.as_str().into()))?,
            _ => continue,
        };
    }
    Ok(search)
}

/// Runs what has no result yet on as many threads as are asked for, and writes every result down.
fn search_on(
    arguments: &Tune,
    search: &mut Search<Settings>,
    parts: &Parts,
    stop: &StopHandle,
    write: impl Fn(&Search<Settings>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut err = std::io::stderr();
    let is_shown = !arguments.quiet && err.is_terminal();
    while !search.is_finished() && !stop.is_stopped() {
        let snapshot = search.clone();
        let (jobs, next) = (snapshot.jobs(), AtomicUsize::new(0));
        thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            for _ in 0..arguments.threads().min(jobs.len()) {
                let (send, jobs, next) = (send.clone(), &jobs, &next);
                scope.spawn(move || {
                    while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // An error here, and nobody listens any more.
                        if stop.is_stopped() || send.send((job, parts.score(arguments, job, stop))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            for (done, (job, score)) in receive.iter().enumerate() {
                let written = search.record(job, score).map_err(Failure::from).and_then(|_| write(search));
                if written.is_err() {
                    stop.stop();
                    return written;
                }
                if is_shown {
                    let (round, done) = (job.rung + 1, done + 1);
                    let _ = write!(err, "\r\x1b[2Kround {round}: {done} of {} trainings", jobs.len());
                }
            }
            Ok(())
        })?;
        if is_shown {
            let _ = write!(err, "\r\x1b[2K");
        }
    }
    Ok(())
}

/// Runs what has no result yet wherever there is a process that has nothing to do.
fn share_out(
    workers: &dyn Workers,
    arguments: &Tune,
    search: &mut Search<Settings>,
    parts: &Parts,
    watch: &Watch<'_>,
    write: impl Fn(&Search<Settings>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let stop = &watch.stop;
    while !search.is_finished() && !watch.is_stopped() {
        let snapshot = search.clone();
        let jobs = snapshot.jobs();
        workers.share_out(
            jobs.len(),
            &|job| parts.score(arguments, &jobs[job], stop),
            &mut |job, score| {
                search.record(&jobs[job], score)?;
                write(search)
            },
        )?;
    }
    Ok(())
}

/// All that decides what comes of the search, by the names of the options.
fn asked(arguments: &Tune, parts: &Parts) -> Map<String, Value> {
    let Tune { trials, epochs, patience, folds, validation, seed, space, .. } = arguments;
    let hidden: Vec<String> = space.hidden.iter().map(ToString::to_string).collect();
    let activations: Vec<String> =
        space.activation.iter().map(|&activation| activation_name(activation)).collect();
    let asked = [
        ("the table", json!(table_words())),
        ("--trials", json!(trials)),
        ("--halving", json!(arguments.halving)),
        ("--min-epochs", json!(arguments.min_epochs())),
        ("--epochs", json!(epochs)),
        ("--patience", json!(patience)),
        ("--folds", json!(folds)),
        ("--validation", json!(validation)),
        ("--class-weight", json!(arguments.class_weight)),
        ("--seed", json!(seed)),
        ("--hidden", json!(hidden)),
        ("--activation", json!(activations)),
        ("--learning-rate", json!(space.learning_rate)),
        ("--l2", json!(space.l2)),
        ("--batch-size", json!(space.batch_size)),
        ("--dropout", json!(space.dropout)),
        ("the table's rows (a hash)", json!(parts.fingerprint())),
    ];
    asked.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What `train` is told, without the settings that are searched for.
fn train_words(arguments: &Tune) -> Vec<String> {
    let Tune { data, epochs, patience, validation, seed, out, force, quiet, .. } = arguments;
    let mut words = vec!["smallnet".to_owned(), "train".to_owned(), data.display().to_string()];
    words.extend(table_words());
    words.push(format!("--epochs={epochs}"));
    words.push(format!("--patience={patience}"));
    words.push(format!("--validation={validation}"));
    if arguments.class_weight != ClassWeight::default() {
        words.push("--class-weight=balanced".to_owned());
    }
    words.push(format!("--seed={seed}"));
    words.push(format!("--out={}", out.display()));
    words.extend(force.then(|| "--force".to_owned()));
    words.extend(quiet.then(|| "--quiet".to_owned()));
    words
}

/// What was said of the table on the command line, so that it can be said again.
fn table_words() -> Vec<String> {
    let matches = Arguments::command().get_matches();
    let Some((_, said)) = matches.subcommand() else { return Vec::new() };
    let table = TableArguments::augment_args(clap::Command::new("table"));
    let mut words = Vec::new();
    for option in table.get_arguments() {
        let id = option.get_id().as_str();
        let (Some(name), Some(clap::parser::ValueSource::CommandLine)) =
            (option.get_long(), said.value_source(id))
        else {
            continue;
        };
        if option.get_action().takes_values() {
            let values = said.get_raw(id).into_iter().flatten();
            words.extend(values.map(|value| format!("--{name}={}", value.to_string_lossy())));
        } else {
            words.push(format!("--{name}"));
        }
    }
    words
}

fn train_arguments(words: &[String]) -> Result<crate::arguments::Train, Failure> {
    match Arguments::try_parse_from(words)?.command {
        Command::Train(arguments) => Ok(*arguments),
        command => Err(format!("expected the arguments of train, found {command:?}").into()),
    }
}

/// A word as one writes it in a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.,=/:+".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        assert_eq!(quoted("--hidden=64,32"), "--hidden=64,32");
        assert_eq!(quoted("--target=a b"), "'--target=a b'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
