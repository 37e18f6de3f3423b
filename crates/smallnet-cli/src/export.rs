//! Networks as code, and for other programs.

use std::path::Path;

use ndarray::Array2;
use nn_data::{Scaler, TableEncoder};
use nn_model::Model;
use nn_model::export::{Int8Plan, Plan};

use crate::Failure;
use crate::answers::Answers;
use crate::arguments::Export;
use crate::read;
use crate::report::refuse_file;
use crate::samples::Samples;
use crate::say::say;
use crate::worth::Worth;

pub(crate) fn run(arguments: &Export) -> Result<(), Failure> {
    let Export { rust, c, onnx, force, .. } = arguments;
    let files = [(rust, "--rust"), (c, "--c"), (onnx, "--onnx")];
    let files: Vec<_> =
        files.into_iter().filter_map(|(file, option)| Some((file.as_ref()?, option))).collect();
    files.iter().try_for_each(|(file, option)| refuse_file(file, option, *force))?;
    write(arguments)?;
    let names: Vec<String> = files.iter().map(|(file, _)| file.display().to_string()).collect();
    say(&format!("written: {}", names.join(", ")));
    Ok(())
}

fn write(arguments: &Export) -> Result<(), Failure> {
    let stem = arguments.model.file_stem().unwrap_or_default().to_string_lossy();
    let model = read::model(&arguments.model)?;
    let plan = model.plan()?.named(&stem);
    if let Some(table) = &arguments.int8 {
        let int8 = quantized(&model, &plan, table)?;
        arguments.rust.iter().try_for_each(|path| int8.write_rust(path))?;
        arguments.c.iter().try_for_each(|path| int8.write_c(path))?;
        return Ok(());
    }
    arguments.rust.iter().try_for_each(|path| plan.write_rust(path))?;
    arguments.c.iter().try_for_each(|path| plan.write_c(path))?;
    arguments.onnx.iter().try_for_each(|path| plan.write_onnx(path))?;
    Ok(())
}

/// In integers of 8 bits, whose ranges are those of the rows of a table; says what that costs, if the rows have answers.
fn quantized(model: &Model<f32>, plan: &Plan, table: &Path) -> Result<Int8Plan, Failure> {
    let encoder = read::encoder(model)?;
    let table = read::table(table, &encoder.options().dialect)?;
    let target = encoder.target().map_or("", nn_data::TableTarget::name);
    if !table.names().iter().any(|name| name == target) {
        return Err(format!(
            "there is no column `{target}` to tell by what 8 bits cost; give rows whose answers are known, such as those that were learned from"
        )
        .into());
    }
    let rows: Vec<usize> = (0..table.rows()).collect();
    let samples = Samples::of_rows(encoder, &table, &rows)?;
    // The files take numbers as the table has them.
    let x = Array2::from_shape_fn(samples.x().dim(), |(row, feature)| {
        encoder.unscale(feature, samples.x()[[row, feature]].into())
    });
    let int8 = plan.quantize(x.view())?;
    let float = Worth::of(&Answers::of(model.network(), &samples, encoder)?, encoder)?;
    let integer = Worth::of(&answers(&int8, &x, &samples, encoder)?, encoder)?;
    let note = match (&integer, &float) {
        (Worth::Classes(integer), Worth::Classes(float)) => format!(
            "accuracy {:.4} in integers of 8 bits, {:.4} in floating point, on {} rows",
            integer.accuracy, float.accuracy, float.rows
        ),
        _ => format!(
            "root mean squared error {} in integers of 8 bits, {} in floating point, on {} rows",
            crate::worth::figure(integer.loss()),
            crate::worth::figure(float.loss()),
            float.rows()
        ),
    };
    say(&note);
    Ok(int8.note(&note))
}

/// What the integers answer.
fn answers(
    int8: &Int8Plan,
    x: &Array2<f64>,
    samples: &Samples,
    encoder: &TableEncoder,
) -> Result<Answers, Failure> {
    #[allow(clippy::cast_possible_truncation, reason = "as the files take them")]
    let rows: Vec<Vec<f32>> =
        x.rows().into_iter().map(|row| row.iter().map(|&x| x as f32).collect()).collect();
    let outputs = rows.iter().map(|row| int8.predict(row)).collect::<Result<Vec<_>, _>>()?;
    Ok(match samples {
        Samples::Classes(data) => {
            let mut probabilities = Array2::zeros((data.samples(), outputs.first().map_or(0, Vec::len)));
            probabilities.iter_mut().zip(outputs.iter().flatten()).for_each(|(p, &output)| *p = output);
            let predicted = rows.iter().map(|row| int8.class(row)).collect::<Result<Vec<_>, _>>()?;
            Answers::Classes { truth: data.y().to_vec(), predicted, probabilities }
        }
        Samples::Values(data) => {
            let truth = data.y().iter().map(|&value| encoder.decode_value(value));
            let predicted = outputs.iter().flatten().map(|&value| f64::from(value)).collect();
            Answers::Values { truth: truth.collect::<Result<_, _>>()?, predicted }
        }
    })
}
