//! A table as people have them, with categories and gaps: encoded, learned, and asked in its own words.
//!
//! `cargo run --release --features files --example 10_table` writes `out/penguins.safetensors`.

use smallnet::{
    Adam, Dense, Missing, Model, Network, Relu, SoftmaxCrossEntropy, TableEncoder, TableOptions,
    TargetColumn, Trainer, evaluate,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/penguins.csv"))?;
    let (header, rows) = text.split_once('\n').ok_or("expected a header")?;
    // The rows are sorted by species, so every fifth is a fair share of each.
    let (mut train, mut test) = (format!("{header}\n"), format!("{header}\n"));
    for (n, row) in rows.lines().enumerate() {
        let part = if n % 5 == 0 { &mut test } else { &mut train };
        *part += row;
        *part += "\n";
    }

    let options = TableOptions {
        target: Some(TargetColumn::Name("species".into())),
        leave_out: vec!["year".into()],
        missing: Missing::Mean,
        ..TableOptions::default()
    };
    // Fitted to what the network learns from, and to nothing else.
    let encoder = TableEncoder::fit_reader(train.as_bytes(), &options)?;
    for column in encoder.columns() {
        println!("{:18} {:?}, {} missing", column.name(), column.kind(), column.missing());
    }
    println!("features: {}", encoder.feature_names().join(" "));
    let train = encoder.classification_from_reader::<f32, _>(train.as_bytes())?;
    let unseen = encoder.classification_from_reader::<f32, _>(test.as_bytes())?;

    let layers = (Dense::new(16, Relu), Dense::linear(encoder.classes().len()));
    let mut network = Network::new(encoder.features(), layers, 0)?;
    let loss = SoftmaxCrossEntropy::mean();
    let report = Trainer::new(Adam::new()).epochs(60).fit(&mut network, &loss, train.view(), None)?;
    println!("{report}");
    let accuracy = evaluate(&network, &loss, unseen.view())?.accuracy.unwrap_or(f64::NAN);
    println!("accuracy on {} others: {accuracy:.4}", unseen.samples());

    // The file knows the table: raw fields in, names out.
    std::fs::create_dir_all("out")?;
    Model::new(&network)?
        .encoder(encoder)?
        .fingerprint(report.fingerprint)
        .save("out/penguins.safetensors")?;
    let model = Model::<f32>::load("out/penguins.safetensors")?;
    let seen = ["Biscoe", "47.5", "15", "218", "4950", "NA"];
    println!("{seen:?}:");
    for (name, probability) in model.classes().iter().zip(model.predict_row(&seen)?) {
        println!("  {name:10} {probability:.4}");
    }
    match model.predict_row(&["Atlantis", "47.5", "15", "218", "4950", "female"]) {
        Ok(_) => println!("penguins live in Atlantis"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
