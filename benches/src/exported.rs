//! What a network costs as an exported Rust file, beside the library's own `Predictor`: `exported`.
//!
//! The file is compiled by `rustc -O -C target-cpu=native`; the two are timed by turns, and the best of each counts.

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use nn_model::export::Plan;
use smallnet::{Dense, Link, Network, Relu, Sequential, Tanh};

const ROUNDS: usize = 15;

fn networks() -> Vec<(&'static str, Network<f32, Sequential<f32>>)> {
    let build = |name, inputs, layers, link| {
        let mut network = Network::new(inputs, layers, 0).expect("it fits");
        network.set_link(link);
        (name, network)
    };
    let chain = Sequential::new;
    vec![
        build("2-15-4 tanh", 2, chain().then(Dense::new(15, Tanh)).then(Dense::linear(4)), Link::Softmax),
        build(
            "6-64-8-4 relu",
            6,
            chain().then(Dense::new(64, Relu)).then(Dense::new(8, Relu)).then(Dense::linear(4)),
            Link::Identity,
        ),
        build(
            "20-64-32-2 relu",
            20,
            chain().then(Dense::new(64, Relu)).then(Dense::new(32, Relu)).then(Dense::linear(2)),
            Link::Softmax,
        ),
        build("64-32-10 relu", 64, chain().then(Dense::new(32, Relu)).then(Dense::linear(10)), Link::Softmax),
        build(
            "784-128-10 relu",
            784,
            chain().then(Dense::new(128, Relu)).then(Dense::linear(10)),
            Link::Identity,
        ),
    ]
}

/// The program that times a network's file: it prints nanoseconds a prediction, once for every line that it reads.
fn program(inputs: usize, calls: usize) -> String {
    let x: Vec<String> = (0..inputs).map(|k| format!("{:?}", sample(k))).collect();
    format!(
        "mod network;\nuse std::hint::black_box;\nfn main() {{\n    assert!(network::self_test());\n    \
         let x = [{}];\n    for _ in std::io::stdin().lines() {{\n        let start = std::time::Instant::now();\n        \
         for _ in 0..{calls} {{ black_box(network::predict(black_box(&x))); }}\n        \
         println!(\"{{}}\", start.elapsed().as_secs_f64() / {calls} as f64 * 1e9);\n    }}\n}}\n",
        x.join(", ")
    )
}

fn sample(feature: usize) -> f32 {
    (feature * 37 % 101) as f32 / 50.0 - 1.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("exported-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    println!("{:16} {:>12} {:>12} {:>7}", "network", "library ns", "file ns", "ratio");
    for (name, network) in networks() {
        let calls = 20_000_000 / network.params().len().max(100);
        Plan::new(&network)?.write_rust(folder.join("network.rs"))?;
        std::fs::write(folder.join("main.rs"), program(network.in_dim(), calls))?;
        let flags = ["--edition", "2021", "-C", "opt-level=3", "-C", "target-cpu=native", "main.rs"];
        let status = Command::new("rustc").current_dir(&folder).args(flags).status()?;
        assert!(status.success(), "rustc");
        let mut child = Command::new(folder.join("main"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()?;
        let (mut ask, mut answers) = (
            child.stdin.take().expect("piped"),
            std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("piped"))),
        );
        let predictor = network.predictor();
        let x: Vec<f32> = (0..network.in_dim()).map(sample).collect();
        let mut y = vec![0.0; network.out_dim()];
        let (mut library, mut file) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            std::io::Write::write_all(&mut ask, b"\n")?;
            let answer: f64 = answers.next().expect("a line a line")?.parse()?;
            file = file.min(answer);
            let start = Instant::now();
            for _ in 0..calls {
                predictor.predict_proba(black_box(&x), black_box(&mut y))?;
            }
            library = library.min(start.elapsed().as_secs_f64() / calls as f64 * 1e9);
        }
        drop(ask);
        child.wait()?;
        let mut line = String::new();
        write!(line, "{name:16} {library:12.1} {file:12.1} {:7.2}", file / library)?;
        println!("{line}");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
