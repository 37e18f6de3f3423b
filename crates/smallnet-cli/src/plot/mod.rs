//! Pictures of a model and a table, or of a run, into a folder or a terminal.

mod history;
mod regions;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use console::Term;
use nn_data::TableTarget;
use nn_model::Model;
use nn_plot::{ConfusionHeatmap, LineChart, LossCurve, MetricCurve, Terminal, WeightHeatmap};

use crate::Failure;
use crate::answers::Answers;
use crate::arguments::Plot;
use crate::pictures::{Pictures, has_accuracy};
use crate::read;
use crate::report::refuse_folder;
use crate::samples::Samples;
use crate::say::say;
use crate::worth::Worth;
use regions::Regions;

pub(crate) fn run(arguments: &Plot) -> Result<(), Failure> {
    let file = &arguments.file;
    let is_run = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    if is_run && arguments.table.is_some() {
        return Err(format!(
            "{} is the history of a run, which takes no table; a table is drawn with a model, which comes first",
            file.display()
        )
        .into());
    }
    if arguments.terminal {
        let text = if is_run { of_run(file)? } else { of_model(arguments)? };
        say(text.trim_end());
        return Ok(());
    }
    let folder = arguments.out.clone().unwrap_or_else(|| beside(file));
    refuse_folder(&folder, "--out", arguments.force)?;
    let mut pictures = Pictures::into(&folder);
    if is_run {
        pictures.of_history(&history::read(file)?);
    } else {
        draw_model(arguments, &mut pictures)?;
    }
    pictures.failed.iter().for_each(|why| eprintln!("smallnet: {why}"));
    say(&format!("written: {}: {}", folder.display(), pictures.drawn.join(", ")));
    Ok(())
}

/// `m.safetensors` has `m-pictures`.
fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or(OsStr::new("model")).to_string_lossy();
    file.parent().unwrap_or(Path::new("")).join(format!("{stem}-pictures"))
}

/// The terminal's own width and colours, if it is one.
pub(crate) fn terminal() -> Terminal {
    let columns = Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns));
    Terminal::new(columns.clamp(40, 160)).colour(console::colors_enabled())
}

fn of_run(file: &Path) -> Result<String, Failure> {
    let history = history::read(file)?;
    let mut text = LossCurve::new(&history).title("Loss").to_terminal(terminal())?;
    if has_accuracy(&history) {
        text += "\n\n";
        text += &MetricCurve::accuracy(&history).title("Accuracy").to_terminal(terminal())?;
    }
    Ok(text)
}

/// A model with a table, encoded and answered.
struct Asked {
    model: Model<f32>,
    samples: Samples,
    answers: Answers,
    worth: Worth,
}

impl Asked {
    fn new(model: Model<f32>, table: &Path) -> Result<Self, Failure> {
        let encoder = read::encoder(&model)?;
        let samples = read::answered(table, encoder)?;
        let answers = Answers::of(model.network(), &samples, encoder)?;
        let worth = Worth::of(&answers, encoder)?;
        Ok(Self { model, samples, answers, worth })
    }
}

fn of_model(arguments: &Plot) -> Result<String, Failure> {
    let Some(table) = &arguments.table else {
        return Err("a model without a table has pictures, but none for a terminal; give a table with answers, or leave --terminal out".into());
    };
    let asked = Asked::new(read::model(&arguments.file)?, table)?;
    let encoder = read::encoder(&asked.model)?;
    let target = encoder.target().map_or("", TableTarget::name);
    match (&asked.answers, &asked.worth) {
        (Answers::Values { truth, predicted }, _) => {
            let points = truth.iter().copied().zip(predicted.iter().copied());
            let chart = LineChart::new().points("predicted", points).x_label(format!("true {target}"));
            Ok(chart.y_label("predicted").title(target).to_terminal(terminal())?)
        }
        (_, Worth::Classes(worth)) => {
            let mut text = ConfusionHeatmap::new(&worth.confusion).title(target).to_terminal(terminal())?;
            if let Some(regions) = Regions::new(&asked.model, &asked.samples, &arguments.features)? {
                text += "\n\n";
                text += &regions.picture().to_terminal(terminal())?;
            }
            Ok(text)
        }
        _ => Ok(String::new()),
    }
}

fn draw_model(arguments: &Plot, pictures: &mut Pictures) -> Result<(), Failure> {
    let model = read::model(&arguments.file)?;
    let weights = WeightHeatmap::of_first_layer(model.network())?.title("Weights of the first layer");
    let weights =
        if model.features().is_empty() { weights } else { weights.input_names(model.features().to_vec()) };
    let Some(table) = &arguments.table else {
        pictures.save("weights.png", &weights);
        return Ok(());
    };
    let asked = Asked::new(model, table)?;
    let encoder = read::encoder(&asked.model)?;
    pictures.of_answers(&asked.answers, &asked.worth, encoder, &read::name(table));
    if let Some(regions) = Regions::new(&asked.model, &asked.samples, &arguments.features)? {
        pictures.save("regions.png", &regions.picture());
    }
    pictures.save("weights.png", &weights);
    Ok(())
}
