//! The exported Rust file, compiled by rustc as a stranger would.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use ndarray::ArrayView1;
use nn_core::{Dense, Link, Network, Scalar};
use nn_model::export::{ExportError, Plan};

use super::networks;

const SAMPLES: usize = 60;

/// Compiles `main` and, as modules of a library without std, `modules`; gives what the program prints.
pub(super) fn compile_and_run(folder: &Path, modules: &[String], main: &str, flags: &[&str]) -> String {
    let mut library = "#![no_std]\n#![forbid(unsafe_code)]\n#![deny(warnings)]\n".to_owned();
    for (index, text) in modules.iter().enumerate() {
        std::fs::write(folder.join(format!("n{index}.rs")), text).unwrap();
        let _ = writeln!(library, "pub mod n{index};");
    }
    std::fs::write(folder.join("nets.rs"), library).unwrap();
    std::fs::write(folder.join("main.rs"), main).unwrap();
    let rustc = |arguments: &[&str]| {
        let output = Command::new("rustc")
            .current_dir(folder)
            .args(["--edition", "2021", "-L", "."])
            .args(flags)
            .args(arguments)
            .output()
            .expect("rustc is there, since it compiled this");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    rustc(&["-C", "opt-level=1", "--crate-type", "lib", "nets.rs"]);
    // Which only prints.
    rustc(&["--extern", "nets=libnets.rlib", "-o", "run", "main.rs"]);
    let output = Command::new(folder.join("run")).output().expect("it was compiled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("numbers")
}

/// A program that prints, for each network, whether its own test passes, and the bits of its predictions.
fn program<T: Scalar>(inputs: &[usize]) -> String {
    let (number, bits) = if size_of::<T>() == 4 { ("f32", "u32") } else { ("f64", "u64") };
    let mut main = "fn main() {\n".to_owned();
    for (index, &inputs) in inputs.iter().enumerate() {
        let x = networks::samples::<T>(inputs, SAMPLES);
        let row = |row: ArrayView1<'_, T>| {
            let numbers: Vec<String> = row.iter().map(|x| format!("{:?}", x.as_f64())).collect();
            format!("[{}]", numbers.join(", "))
        };
        let rows: Vec<String> = x.rows().into_iter().map(row).collect();
        let _ = write!(
            main,
            "println!(\"{{}}\", nets::n{index}::self_test());\n\
             let x: &[[{number}; {inputs}]] = &[{}];\n\
             for x in x {{\n    for y in nets::n{index}::predict(x) {{\n        let bits: {bits} = y.to_bits();\n        \
             println!(\"{{bits}}\");\n    }}\n}}\n",
            rows.join(", ")
        );
    }
    main + "}\n"
}

fn files_are_networks<T: Scalar>(flags: &[&str], fused: bool) {
    let networks = networks::all::<T>();
    let files: Vec<String> =
        networks.iter().map(|(name, network)| Plan::new(network).unwrap().named(name).to_rust()).collect();
    let inputs: Vec<usize> = networks.iter().map(|(_, network)| network.in_dim()).collect();
    let folder = tempfile::tempdir().unwrap();
    let output = compile_and_run(folder.path(), &files, &program::<T>(&inputs), flags);
    let mut lines = output.lines();
    for (name, network) in &networks {
        assert_eq!(lines.next(), Some("true"), "the file's own test: {name}");
        let x = networks::samples::<T>(network.in_dim(), SAMPLES);
        for &expected in &networks::predictions(network, &x) {
            networks::compare(name, lines.next().unwrap(), expected, fused);
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn a_file_in_f32_has_the_bits_of_the_library() {
    files_are_networks::<f32>(&[], false);
    if cfg!(target_arch = "x86_64") && networks::fused() {
        files_are_networks::<f32>(&["-C", "target-feature=+fma"], true);
    }
}

#[test]
fn a_file_in_f64_has_the_bits_of_the_library() {
    files_are_networks::<f64>(&[], false);
    if cfg!(target_arch = "x86_64") && networks::fused() {
        files_are_networks::<f64>(&["-C", "target-feature=+fma"], true);
    }
}

#[test]
fn names_and_notes_cannot_leave_their_place() {
    let mut network = Network::<f32, _>::new(2, Dense::linear(3), 0).unwrap();
    network.set_link(Link::Softmax);
    let evil = "x\n*/ }\u{202e} \"; compile_error!(\"\") \\";
    let plan = Plan::new(&network).unwrap().named(evil).note(evil).classes(&[evil, "b", ""]).unwrap();
    let x = [0.5_f32, -1.0];
    let class = network.predict_classes(ndarray::arr2(&[x]).view()).unwrap()[0];
    let main =
        format!("fn main() {{ println!(\"{{}} {{:?}}\", nets::n0::class(&{x:?}), nets::n0::CLASSES); }}\n");
    let folder = tempfile::tempdir().unwrap();
    let output = compile_and_run(folder.path(), &[plan.to_rust()], &main, &[]);
    assert_eq!(output.trim_end(), format!("{class} {:?}", [evil, "b", ""]));
}

#[test]
fn a_file_is_whole_or_not_there() {
    let plan = Plan::new(&Network::<f32, _>::new(2, Dense::linear(3), 0).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.rs");
    std::fs::write(&path, "what was there before").unwrap();
    plan.write_rust(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), plan.to_rust());
    // A folder in the file's place: the last step fails, and nothing is left beside it.
    let taken = folder.path().join("taken.rs");
    std::fs::create_dir_all(taken.join("within")).unwrap();
    for path in [taken.clone(), folder.path().join("missing").join("network.rs"), "/".into()] {
        let error = plan.write_rust(&path).unwrap_err();
        assert!(matches!(error, ExportError::Io { .. }), "{error}");
    }
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["network.rs", "taken.rs"]);
}
