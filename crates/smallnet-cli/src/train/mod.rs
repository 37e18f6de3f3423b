//! Learning a table.

mod folds;
mod outcome;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use nn_data::{TableEncoder, TableRows, TableTarget};
use nn_model::{Checkpoints, Model};
use nn_train::{Adam, StopHandle, StopReason};

use crate::answers::Answers;
use crate::arguments::{Refit, Train};
use crate::doctor::explain;
use crate::fit::{ClassWeight, Fitted, Net, Recipe, Watch};
use crate::importance::Importance;
use crate::pictures::Pictures;
use crate::rows::{Rows, Source, evenly};
use crate::samples::{Samples, note};
use crate::say::say;
use crate::words::Doing;
use crate::worth::Worth;
use crate::{Failure, Workers, interrupt, outliers, read, report, words};
use folds::Folds;
use outcome::Outcome;

/// Fewer rows set aside than this are too few to say when to stop.
const FEW: usize = 20;
/// The folds that then say it.
const FOLDS: usize = 5;
/// Rows by which two networks are compared, at most; evenly spaced.
const COMPARED: usize = 20_000;

pub(crate) fn run(arguments: &Train, workers: Option<&dyn Workers>) -> Result<ExitCode, Failure> {
    let says = workers.is_none_or(Workers::is_first);
    let stop = interrupt::handle("ending after this epoch, with the best network so far", says)?;
    learn(arguments, stop, true, workers)
}

/// The same with a handle on Ctrl-C that there is already; what the columns are may have been said.
pub(crate) fn learn(
    arguments: &Train,
    stop: StopHandle,
    columns: bool,
    workers: Option<&dyn Workers>,
) -> Result<ExitCode, Failure> {
    refuse_to_overwrite(arguments)?;
    let folder = arguments.report();
    let (recipe, options) = (arguments.recipe.recipe(), arguments.table.options());
    let table = read::shared(&arguments.data, &options.dialect, workers)?;
    let source = Source { table: &*table, workers };
    let whole = read::fit(source.table, &options)?;
    refuse_weights_of_values(recipe.class_weight, &whole)?;
    let test = arguments.test.as_deref().map(|path| Test::read(path, &whole, workers)).transpose()?;
    let (rows, held_rows) = split(arguments, &whole, source)?;
    let encoder = whole.refit(source.table, &rows)?;
    let train = source.rows(&encoder, &rows)?;
    let held = source.rows(&encoder, &held_rows)?;

    let is_first = workers.is_none_or(Workers::is_first);
    let is_silent = arguments.quiet || arguments.json || !is_first;
    let tell = |text: &str| {
        if !is_silent {
            say(text);
        }
    };
    if columns && !is_silent {
        let notes = outliers::notes(source.table, &whole)?;
        let columns = crate::columns::columns(&whole);
        tell(&notes.iter().fold(columns, |text, note| text + "note: " + note + "\n"));
    }
    let new = recipe.network(&train)?;
    tell(&format!(
        "{} rows to learn from, {} set aside; {} parameters",
        train.count(),
        held.count(),
        new.params().len()
    ));
    let mut watch = Watch { stop, workers, bar: !arguments.quiet && is_first, ..Watch::default() };
    if let Some(folder) = &arguments.checkpoint {
        let checkpoints = checkpoints(folder, &new, &encoder, &recipe, arguments.resume)?;
        watch = Watch { checkpoints: Some(checkpoints), resume: arguments.resume, ..watch };
    }
    let fitted = recipe
        .fit(&train, Some(&held), &watch)
        .map_err(|failure| explain(failure, &recipe, &encoder, &train, Some(&held)))?;
    let watch = Watch { checkpoints: None, resume: false, ..watch };
    let answers = Answers::of_all(&fitted.network, &held, &encoder)?;
    let validation = Worth::of(&answers, &encoder)?;
    let importance = Importance::of(&fitted.network, &held, &encoder, recipe.seed)?;
    let diagnosis = fitted.diagnose(&recipe, &train, Some(&held))?;
    let counts = [train.count(), held.count()];
    // What comes next may need the memory.
    drop((train, held));

    let is_over = fitted.report.reason == StopReason::Stopped;
    let folds = match arguments.folds {
        Some(folds) if !is_over => Some(Folds::judge(folds, &recipe, &whole, source, &watch)?),
        _ => None,
    };
    let again = if arguments.refit == Refit::Yes && !watch.is_stopped() {
        refit(&fitted, &recipe, &whole, source, (&encoder, [&rows, &held_rows]), &watch)?
    } else {
        None
    };
    let refit_epochs = again.as_ref().map(|again| again.best_epoch);
    let (network, fingerprint, encoder) = match &again {
        Some(again) => (&again.network, again.report.fingerprint, &whole),
        None => (&fitted.network, fitted.report.fingerprint, &encoder),
    };
    let tested = test.as_ref().map(|test| test.judge(network, encoder)).transpose()?;
    let is_interrupted = watch.is_stopped();

    let outcome = Outcome {
        arguments,
        recipe: &recipe,
        whole: &whole,
        encoder,
        rows: counts,
        fitted: &fitted,
        refit_epochs,
        diagnosis: &diagnosis,
        validation: &validation,
        importance: importance.as_ref(),
        test: tested.as_ref(),
        test_note: test.as_ref().and_then(|test| test.note.as_deref()),
        folds: folds.as_ref(),
        is_interrupted,
    };
    let mut model = Model::new(network)?.fingerprint(fingerprint).encoder(encoder.clone())?;
    for note in outcome.notes() {
        model = model.note(note);
    }
    if !is_first {
        return Ok(ExitCode::SUCCESS);
    }
    // Whatever cannot be written, what was learned is said, and the rest is written.
    let saved = model.save(&arguments.out);
    let reported = folder.as_deref().map_or(Ok(()), |folder| -> Result<(), Failure> {
        report::write(folder, &outcome.to_json(), &fitted.report.history)?;
        draw(folder, &outcome, &answers);
        Ok(())
    });
    tell(outcome.to_string().trim_end());
    if arguments.json {
        say(&format!("{:#}", outcome.to_json()));
    }
    saved?;
    reported?;
    tell(&format!("\n{}", outcome.written()));
    Ok(if is_interrupted { ExitCode::from(interrupt::INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// The rows to learn from, and those that are set aside. Folds of fewer rows than processes are refused while nothing is lost.
fn split(
    arguments: &Train,
    whole: &TableEncoder,
    source: Source<'_, '_>,
) -> Result<(Vec<usize>, Vec<usize>), Failure> {
    let (rows, held) =
        whole.split_rows(source.table, arguments.validation, arguments.recipe.recipe().seed)?;
    if let (Some(folds), Some(workers)) = (arguments.folds, source.workers) {
        let (all, size) = (rows.len() + held.len(), workers.size());
        if all / folds < size {
            return Err(format!(
                "{folds} folds of {all} rows are too small for {size} processes; start {} at most, or take fewer folds",
                all / folds
            )
            .into());
        }
    }
    Ok((rows, held))
}

/// The pictures of the report.
fn draw(folder: &Path, outcome: &Outcome<'_>, answers: &Answers) {
    let mut pictures = Pictures::into(folder);
    pictures.of_history(&outcome.fitted.report.history);
    pictures.of_answers(answers, outcome.validation, outcome.encoder, "the rows set aside");
    if let Some(importance) = outcome.importance {
        pictures.save("importance.png", &importance.bars().title("What the columns are worth"));
    }
    pictures.failed.iter().for_each(|why| eprintln!("smallnet: {why}"));
}

/// Refuses what would be overwritten: data even by force.
pub(crate) fn refuse_to_overwrite(arguments: &Train) -> Result<(), Failure> {
    let is_out = |path: &&PathBuf| {
        arguments.out.canonicalize().is_ok_and(|out| path.canonicalize().is_ok_and(|path| path == out))
    };
    if let Some(test) = &arguments.test
        && test.canonicalize().is_ok_and(|test| arguments.data.canonicalize().is_ok_and(|data| data == test))
    {
        return Err(format!(
            "{} is the table that is learned, which tells nothing of other rows; give others for --test, or say --folds 5",
            test.display()
        )
        .into());
    }
    match [Some(&arguments.data), arguments.test.as_ref()].into_iter().flatten().find(is_out) {
        Some(path) => {
            Err(format!("{} is the table that is read; give another --out for the model", path.display())
                .into())
        }
        None => report::refuse_what_is_there(&arguments.out, arguments.report().as_deref(), arguments.force),
    }
}

/// Refuses weights of classes where none are learned.
pub(crate) fn refuse_weights_of_values(weight: ClassWeight, encoder: &TableEncoder) -> Result<(), Failure> {
    match encoder.target() {
        Some(TableTarget::Values { name, .. }) if weight != ClassWeight::Even => Err(format!(
            "--class-weight is for classes, and `{name}` is learned as values; leave it out, or say --task classes"
        )
        .into()),
        _ => Ok(()),
    }
}

/// A table that is judged by at the end.
struct Test<'w> {
    table: Box<dyn TableRows>,
    note: Option<String>,
    workers: Option<&'w dyn Workers>,
}

impl<'w> Test<'w> {
    /// Reads it before anything is learned, and encodes it once, so that what is wrong with it is said while nothing is lost.
    fn read(path: &Path, encoder: &TableEncoder, workers: Option<&'w dyn Workers>) -> Result<Self, Failure> {
        let table = read::shared(path, &encoder.options().dialect, workers)?;
        let mut test = Self { table, note: None, workers };
        let Rows { dropped, unseen, .. } = test.rows(encoder).map_err(|error| {
            let text = match error.downcast_ref() {
                Some(error) => words::of_data(error, Doing::Training),
                None => error.to_string(),
            };
            format!("{}: {text}", path.display())
        })?;
        test.note = note(dropped, unseen);
        Ok(test)
    }

    fn rows(&self, encoder: &TableEncoder) -> Result<Rows<'w>, Failure> {
        let rows: Vec<usize> = (0..self.table.rows()).collect();
        Source { table: &*self.table, workers: self.workers }.rows(encoder, &rows)
    }

    fn judge(&self, network: &Net, encoder: &TableEncoder) -> Result<Worth, Failure> {
        Worth::of(&Answers::of_all(network, &self.rows(encoder)?, encoder)?, encoder)
    }
}

/// A network that learns from all rows, for [as many epochs](epochs_of_all) as were best; none if its training was interrupted, or went worse than
/// the first one's: that it did not explode by chance is all that can be asked of it, since no row is left to judge it by.
fn refit(
    fitted: &Fitted,
    recipe: &Recipe,
    whole: &TableEncoder,
    source: Source<'_, '_>,
    (encoder, parts): (&TableEncoder, [&[usize]; 2]),
    watch: &Watch<'_>,
) -> Result<Option<Fitted>, Failure> {
    let mut rows = parts.concat();
    rows.sort_unstable();
    let all = source.rows(whole, &rows)?;
    // Where each process has folds of its own, they may be interrupted.
    let epochs = watch.of_first(epochs_of_all(fitted, recipe, whole, source, parts[1].len(), watch)?);
    let recipe = Recipe { epochs, ..recipe.clone() };
    let Ok(again) = recipe.fit(&all, None, watch) else { return Ok(None) };
    let loss = |network: &Net, encoder: &TableEncoder, samples: &Samples| -> Result<f64, Failure> {
        Ok(Worth::of(&Answers::of(network, samples, encoder)?, encoder)?.loss())
    };
    let some: Vec<usize> = evenly(rows.len(), COMPARED).into_iter().map(|n| rows[n]).collect();
    let before = loss(&fitted.network, encoder, &Samples::of_rows(encoder, source.table, &some)?)?;
    let is_sane = loss(&again.network, whole, &*all.some(COMPARED)?)? <= before;
    Ok(Some(again).filter(|again| is_sane && again.report.reason != StopReason::Stopped))
}

/// As many epochs as were best; where that was judged by a few rows, which is luck, as many as are in the median of some folds.
fn epochs_of_all(
    fitted: &Fitted,
    recipe: &Recipe,
    whole: &TableEncoder,
    source: Source<'_, '_>,
    held: usize,
    watch: &Watch,
) -> Result<usize, Failure> {
    if held >= FEW {
        return Ok(fitted.best_epoch);
    }
    // Folds of a few rows are not worth sharing.
    let workers = source.workers.filter(|workers| whole.rows() / FOLDS >= workers.size());
    let source = Source { workers, ..source };
    let watch = Watch { stop: watch.stop.clone(), workers, ..Watch::default() };
    let mut best = Vec::new();
    // Of fewer rows than folds, the one that there is must do, and so for a fold that cannot be learned.
    for (rows, held) in whole.k_fold_rows(source.table, FOLDS, recipe.seed).into_iter().flatten() {
        let encoder = whole.refit(source.table, &rows)?;
        let (train, held) = (source.rows(&encoder, &rows)?, source.rows(&encoder, &held)?);
        best.extend(recipe.fit(&train, Some(&held), &watch).map(|fitted| fitted.best_epoch));
    }
    best.sort_unstable();
    Ok(best.get(best.len() / 2).copied().unwrap_or(fitted.best_epoch))
}

/// Checkpoints that know whose they are.
fn checkpoints(
    folder: &Path,
    new: &Net,
    encoder: &TableEncoder,
    recipe: &Recipe,
    resume: bool,
) -> Result<Checkpoints<f32>, Failure> {
    let note = serde_json::to_string(recipe)?;
    let model = Model::new(new)?.encoder(encoder.clone())?.note(&note);
    let checkpoints = Checkpoints::new(folder).every_epochs(10).every(Duration::from_secs(10)).model(&model);
    let saved = checkpoints.newest::<Adam<f32>>()?;
    match saved {
        Some(_) if !resume => Err(format!(
            "{} has checkpoints of a run already; go on with it by --resume, or give another --checkpoint",
            folder.display()
        )
        .into()),
        Some(saved) if saved.model.table() != Some(encoder) || saved.model.notes() != [note] => Err(format!(
            "the run in {} is of another table or other settings; give those it began with, or another --checkpoint",
            folder.display()
        )
        .into()),
        _ => Ok(checkpoints),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use nn_data::{Dialect, Table, TableOptions};

    use super::*;
    use crate::fit::Widths;

    fn table(rows: usize) -> (Table, TableEncoder) {
        let row = |n: usize| {
            format!("{},{},{}\n", n * 37 % 101, n * 53 % 89, if n * 71 % 97 > 48 { "a" } else { "b" })
        };
        let text = (0..rows).map(row).fold("x,y,class\n".to_owned(), |text, row| text + &row);
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let whole = TableEncoder::fit_table(&table, &TableOptions::default()).expect("columns");
        (table, whole)
    }

    fn fit(recipe: &Recipe, table: &Table, whole: &TableEncoder, [rows, held]: [&[usize]; 2]) -> Fitted {
        let encoder = whole.refit(table, rows).expect("rows");
        let [train, held] = [rows, held]
            .map(|rows| Rows::whole(Cow::Owned(Samples::of_rows(&encoder, table, rows).expect("samples"))));
        recipe.fit(&train, Some(&held), &Watch::default()).expect("it trains")
    }

    #[test]
    fn where_few_rows_say_when_to_stop_the_median_of_the_folds_does() {
        let (table, whole) = table(60);
        let recipe = Recipe {
            hidden: Widths(vec![8]),
            learning_rate: 0.03,
            patience: 20,
            epochs: 200,
            ..Recipe::default()
        };
        let (rows, held) = whole.split_rows(&table, 0.2, 0).expect("rows");
        let fitted = fit(&recipe, &table, &whole, [&rows, &held]);
        let source = Source { table: &table, workers: None };
        let epochs =
            |held| epochs_of_all(&fitted, &recipe, &whole, source, held, &Watch::default()).expect("epochs");
        assert_eq!(epochs(FEW), fitted.best_epoch);
        let median = epochs(FEW - 1);
        let folds = whole.k_fold_rows(&table, FOLDS, recipe.seed).expect("folds");
        let best: Vec<usize> =
            folds.map(|(rows, held)| fit(&recipe, &table, &whole, [&rows, &held]).best_epoch).collect();
        let (below, above) =
            (best.iter().filter(|&&epoch| epoch <= median), best.iter().filter(|&&epoch| epoch >= median));
        assert!(below.count() > FOLDS / 2 && above.count() > FOLDS / 2, "{median} of {best:?}");
        assert!(best.iter().any(|&epoch| epoch != fitted.best_epoch), "{best:?}");
    }

    #[test]
    fn of_fewer_rows_than_folds_the_best_epoch_that_there_is_does() {
        let (table, whole) = table(4);
        let recipe = Recipe { epochs: 5, ..Recipe::default() };
        let fitted = fit(&recipe, &table, &whole, [&[0, 1, 2], &[3]]);
        let source = Source { table: &table, workers: None };
        let epochs = epochs_of_all(&fitted, &recipe, &whole, source, 1, &Watch::default()).expect("epochs");
        assert_eq!(epochs, fitted.best_epoch);
    }
}
