//! What a network costs as an exported Rust file and as a C header, beside the library's own `Predictor`: `exported`.
//!
//! The files are compiled for this CPU; the three are timed by turns, and the best of each counts.

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
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

/// A language that files are written in, and how they are compiled.
struct Target {
    name: &'static str,
    file: &'static str,
    main: &'static str,
    compiler: &'static str,
    flags: &'static [&'static str],
}

const RUST: Target = Target {
    name: "rust",
    file: "network.rs",
    main: "main.rs",
    compiler: "rustc",
    flags: &["--edition", "2021", "-C", "opt-level=3", "-C", "target-cpu=native"],
};

const C: Target = Target {
    name: "c",
    file: "network.h",
    main: "main.c",
    compiler: "cc",
    flags: &["-std=c99", "-O3", "-march=native", "-lm"],
};

/// The program that times a network's Rust file: it prints nanoseconds a prediction, once for every line that it reads.
fn rust_program(x: &str, calls: usize) -> String {
    format!(
        "mod network;\nuse std::hint::black_box;\nfn main() {{\n    assert!(network::self_test());\n    \
         let x = [{x}];\n    for _ in std::io::stdin().lines() {{\n        let start = std::time::Instant::now();\n        \
         for _ in 0..{calls} {{ black_box(network::predict(black_box(&x))); }}\n        \
         println!(\"{{}}\", start.elapsed().as_secs_f64() / {calls} as f64 * 1e9);\n    }}\n}}\n"
    )
}

/// The same for the C header. Its inputs and outputs are read and written anew in each call, as through `black_box`.
fn c_program(x: &str, calls: usize) -> String {
    format!(
        "#define _POSIX_C_SOURCE 199309L\n#include <stdio.h>\n#include <time.h>\n#include \"network.h\"\n\
         static double now(void) {{\n    struct timespec t;\n    clock_gettime(CLOCK_MONOTONIC, &t);\n    \
         return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;\n}}\n\
         int main(void) {{\n    float x[] = {{{x}}}, y[network_outputs];\n    \
         if (!network_self_test()) {{\n        return 1;\n    }}\n    \
         while (getchar() != EOF) {{\n        const double start = now();\n        \
         for (int k = 0; k < {calls}; k++) {{\n            __asm__ volatile(\"\" : : \"r\"(x) : \"memory\");\n            \
         network_predict(x, y);\n            __asm__ volatile(\"\" : : \"r\"(y) : \"memory\");\n        }}\n        \
         printf(\"%.17g\\n\", (now() - start) / {calls});\n        fflush(stdout);\n    }}\n    return 0;\n}}\n"
    )
}

fn sample(feature: usize) -> f32 {
    (feature * 37 % 101) as f32 / 50.0 - 1.0
}

/// A program that answers each line with a time.
struct Timer {
    child: Child,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Timer {
    fn new(target: &Target, folder: &Path, main: String) -> Result<Self, Box<dyn Error>> {
        std::fs::write(folder.join(target.main), main)?;
        let status = Command::new(target.compiler)
            .current_dir(folder)
            .arg(target.main)
            .args(["-o", target.name])
            .args(target.flags)
            .status()?;
        assert!(status.success(), "{}", target.compiler);
        let mut child =
            Command::new(folder.join(target.name)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        Ok(Self { child, ask, answers })
    }

    fn nanoseconds(&mut self) -> Result<f64, Box<dyn Error>> {
        self.ask.write_all(b"\n")?;
        Ok(self.answers.next().expect("a line a line")?.parse()?)
    }

    fn end(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.ask);
        self.child.wait()?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("exported-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    println!(
        "{:16} {:>12} {:>12} {:>7} {:>12} {:>7}",
        "network", "library ns", "rust ns", "ratio", "c ns", "ratio"
    );
    for (name, network) in networks() {
        let calls = 20_000_000 / network.params().len().max(100);
        let plan = Plan::new(&network)?;
        plan.write_rust(folder.join(RUST.file))?;
        plan.write_c(folder.join(C.file))?;
        let x: Vec<f32> = (0..network.in_dim()).map(sample).collect();
        let numbers = x.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(", ");
        let mut rust = Timer::new(&RUST, &folder, rust_program(&numbers, calls))?;
        let mut c = Timer::new(&C, &folder, c_program(&numbers, calls))?;
        let predictor = network.predictor();
        let mut y = vec![0.0; network.out_dim()];
        let mut best = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..calls {
                predictor.predict_proba(black_box(&x), black_box(&mut y))?;
            }
            let library = start.elapsed().as_secs_f64() / calls as f64 * 1e9;
            let times = [library, rust.nanoseconds()?, c.nanoseconds()?];
            best = std::array::from_fn(|k| best[k].min(times[k]));
        }
        rust.end()?;
        c.end()?;
        let [library, rust, c] = best;
        let (by_rust, by_c) = (rust / library, c / library);
        println!("{name:16} {library:12.1} {rust:12.1} {by_rust:7.2} {c:12.1} {by_c:7.2}");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
