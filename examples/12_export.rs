//! A trained network leaves the library: as a Rust file, as a C header, and in integers of 8 bits for a microcontroller.
//!
//! `cargo run --release --features export --example 12_export` writes `digits.rs`, `digits.h`, `digits_int8.rs` and `digits_int8.h` into
//! `out/`. A program in C is then no more than
//!
//! ```c
//! #include "digits.h"
//! int main(void) { return !digits_self_test(); } // cc -std=c99 -O2 main.c -lm
//! ```

use smallnet::export::Plan;
use smallnet::{Adam, CsvOptions, Dense, Init, Network, Relu, SoftmaxCrossEntropy, Trainer, evaluate, rng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let digits = CsvOptions::default().read_classes::<f32>(file)?.map_features(|_, grey| grey / 16.0)?;
    let (train, test) = digits.stratified_split(0.2, 0)?;
    let loss = SoftmaxCrossEntropy::mean();
    let layers = (Dense::new(32, Relu), Dense::linear(10));
    let mut network = Network::with_init(64, layers, Init::HeNormal, &mut rng(0))?;
    Trainer::new(Adam::new()).learning_rate(0.003).epochs(40).fit(&mut network, &loss, train.view(), None)?;
    let accuracy = evaluate(&network, &loss, test.view())?.accuracy.unwrap_or(f64::NAN);

    std::fs::create_dir_all("out")?;
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let plan = Plan::new(&network)?.named("digits").classes(&names)?;
    let note = format!("Accuracy {accuracy:.4} on {} digits that it was not trained on.", test.samples());
    let float = plan.clone().note(&note);
    float.write_rust("out/digits.rs")?;
    float.write_c("out/digits.h")?;

    // Integers have the ranges that activations have on the training set.
    let int8 = plan.quantize(train.x())?;
    let report = int8.report(test.view())?;
    let int8 = int8.note(&report.to_string());
    int8.write_rust("out/digits_int8.rs")?;
    int8.write_c("out/digits_int8.h")?;

    println!("{report}");
    for name in ["digits.rs", "digits.h", "digits_int8.rs", "digits_int8.h"] {
        println!("out/{name}: {} bytes of text", std::fs::metadata(format!("out/{name}"))?.len());
    }
    Ok(())
}
