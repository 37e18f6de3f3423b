//! The exported C header, compiled by the compilers that there are, with every warning an error.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use nn_core::{Dense, Link, Network, Scalar};
use nn_data::StandardScaler;
use nn_model::export::{ExportError, Plan};

use super::networks;

const SAMPLES: usize = 60;
pub(super) const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
/// The library's bits: sums rounded once where the file says so, and nowhere else.
const FUSED: [&str; 2] = ["-mfma", "-ffp-contract=off"];
/// The same on any CPU, slower: by the standard library's fma.
const FUSED_ANYWHERE: [&str; 2] = ["-DSMALLNET_FMA", "-ffp-contract=off"];

/// Whether there is such a compiler; says so loudly if not.
pub(super) fn has(compiler: &str) -> bool {
    let there = Command::new(compiler).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        skipped(compiler);
    }
    there
}

/// Past the test harness, which keeps what tests print to itself.
fn skipped(what: &str) {
    let line = format!("\n== SKIPPED: {what} is not installed, so no file was tried with it\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Runs a compiler in a folder.
pub(super) fn compile(compiler: &str, folder: &Path, arguments: &[&[&str]]) {
    let output =
        Command::new(compiler).current_dir(folder).args(arguments.concat()).output().expect("it is there");
    assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Compiles files, in a program that begins with `includes`; gives what it prints.
pub(super) fn run(
    compiler: &str,
    folder: &Path,
    files: &[(String, String)],
    main: &str,
    flags: &[&str],
) -> String {
    let mut program = "#include <stdio.h>\n".to_owned();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
        let _ = writeln!(program, "#include \"{name}\"");
    }
    let source = if compiler == "c++" { "main.cpp" } else { "main.c" };
    std::fs::write(folder.join(source), program + main).unwrap();
    compile(compiler, folder, &[&STRICT, &["-O1", source, "-o", "run", "-lm"], flags]);
    let output = Command::new(folder.join("run")).output().expect("it was compiled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A program that prints, for each network, whether its own test passes, and the bits of its predictions.
fn program<T: Scalar>(sizes: &[(usize, usize)]) -> String {
    let (number, bits) = if size_of::<T>() == 4 { ("float", "uint32_t") } else { ("double", "uint64_t") };
    let mut main = "int main(void) {\n".to_owned();
    for (index, &(inputs, outputs)) in sizes.iter().enumerate() {
        let x = networks::samples::<T>(inputs, SAMPLES);
        let numbers: Vec<String> = x.iter().map(|x| format!("{:?}", x.as_f64())).collect();
        let _ = write!(
            main,
            "{{\n    static const {number} x[] = {{{}}};\n    printf(\"%d\\n\", n{index}_self_test());\n    \
             for (int row = 0; row < {SAMPLES}; row++) {{\n        {number} y[{outputs}];\n        \
             n{index}_predict(x + row * {inputs}, y);\n        \
             for (int k = 0; k < {outputs}; k++) {{\n            {bits} bits;\n            memcpy(&bits, y + k, sizeof bits);\n            \
             printf(\"%llu\\n\", (unsigned long long)bits);\n        }}\n    }}\n}}\n",
            numbers.join(", ")
        );
    }
    main + "return 0;\n}\n"
}

fn files<T: Scalar>() -> Vec<(String, String)> {
    let file = |(index, (_, network)): (usize, &(String, _))| {
        (format!("n{index}.h"), Plan::new(network).unwrap().named(&format!("n{index}")).to_c())
    };
    networks::all::<T>().iter().enumerate().map(file).collect()
}

fn files_are_networks<T: Scalar>(compiler: &str, flags: &[&str], fused: bool) {
    let networks = networks::all::<T>();
    let sizes: Vec<_> = networks.iter().map(|(_, network)| (network.in_dim(), network.out_dim())).collect();
    let folder = tempfile::tempdir().unwrap();
    let output = run(compiler, folder.path(), &files::<T>(), &program::<T>(&sizes), flags);
    let mut lines = output.lines();
    for (name, network) in &networks {
        assert_eq!(lines.next(), Some("1"), "the file's own test: {name}");
        let x = networks::samples::<T>(network.in_dim(), SAMPLES);
        for &expected in &networks::predictions(network, &x) {
            networks::compare(name, lines.next().unwrap(), expected, fused);
        }
    }
    assert_eq!(lines.next(), None);
}

fn every_compiler<T: Scalar>() {
    let fma = cfg!(target_arch = "x86_64") && networks::fused();
    let plain_is_fused = cfg!(target_arch = "aarch64");
    if has("cc") {
        files_are_networks::<T>("cc", &["-std=c99"], plain_is_fused);
        if fma {
            files_are_networks::<T>("cc", &[&["-std=c99"], &FUSED[..]].concat(), true);
        }
    }
    // C++ is another reading of the same text; so it is compiled fast, and once.
    if has("c++") {
        let fused: &[&str] = if fma { &FUSED } else { &[] };
        files_are_networks::<T>("c++", &[&["-std=c++17", "-O0"], fused].concat(), fma || plain_is_fused);
    }
    if has("cc") && networks::fused() {
        files_are_networks::<T>("cc", &[&["-std=c99", "-O0"], &FUSED_ANYWHERE[..]].concat(), true);
    }
    if has("cc") && fma {
        // A compiler's own choice of what to fuse costs digits, no more.
        files_are_networks::<T>("cc", &["-O3", "-march=native", "-ffp-contract=fast"], false);
    }
}

#[test]
fn a_header_in_f32_has_the_bits_of_the_library() {
    every_compiler::<f32>();
}

#[test]
fn a_header_in_f64_has_the_bits_of_the_library() {
    every_compiler::<f64>();
}

#[test]
fn a_microcontroller_s_compiler_takes_every_header() {
    let folder = tempfile::tempdir().unwrap();
    let (mut program, mut tests) = ("#include <stdio.h>\n".to_owned(), String::new());
    for (name, text) in files::<f32>().into_iter().chain(renamed(files::<f64>())) {
        std::fs::write(folder.path().join(&name), text).unwrap();
        let stem = name.trim_end_matches(".h");
        let _ = writeln!(program, "#include \"{name}\"");
        let _ = writeln!(tests, "    printf(\"{stem} %d\\n\", {stem}_self_test());");
    }
    let _ = writeln!(program, "int main(void) {{\n{tests}    return 0;\n}}");
    std::fs::write(folder.path().join("main.c"), program).unwrap();
    if let Some(output) = arm(folder.path()) {
        assert!(output.lines().count() > 2 && output.lines().all(|line| line.ends_with(" 1")), "{output}");
    }
}

/// Compiles `main.c` for a Cortex-M4 and runs it on an emulated ARM, which has no numbers but integers; gives what it
/// prints, if all that takes is there.
pub(super) fn arm(folder: &Path) -> Option<String> {
    const COMPILER: &str = "arm-none-eabi-gcc";
    if !has(COMPILER) {
        return None;
    }
    std::fs::write(folder.join("hello.c"), "#include <math.h>\nint main(void) { return 0; }\n").unwrap();
    let emulated = ["-mcpu=cortex-a9", "-mthumb", "--specs=rdimon.specs"];
    let hello = |flags: &[&str]| {
        let output = Command::new(COMPILER).current_dir(folder).args(flags).arg("hello.c").output();
        output.is_ok_and(|output| output.status.success())
    };
    if !hello(&["-c"]) {
        skipped("arm-none-eabi-gcc's C library (newlib)");
        return None;
    }
    let stricter = ["-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wdouble-promotion", "-Wundef"];
    let strict = [&STRICT, &stricter[..], &["-std=c99", "-O1"]].concat();
    compile(COMPILER, folder, &[&strict, &["-mcpu=cortex-m4", "-mthumb", "-c", "main.c", "-o", "m4.o"]]);
    if !has("qemu-arm") || !hello(&[&emulated[..], &["-o", "hello"]].concat()) {
        return None;
    }
    compile(COMPILER, folder, &[&strict, &emulated, &["main.c", "-o", "arm", "-lm"]]);
    let output = Command::new("qemu-arm").current_dir(folder).arg("./arm").output().expect("it is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

/// The files of networks d0, d1 ... instead of n0, n1 ...
fn renamed(files: Vec<(String, String)>) -> Vec<(String, String)> {
    let rename = |(name, text): (String, String)| {
        let stem = name.trim_end_matches(".h");
        let upper = stem.to_uppercase();
        let text = text
            .replace(&format!("{stem}_"), &format!("d{stem}_"))
            .replace(&format!("{upper}_"), &format!("D{upper}_"));
        (format!("d{name}"), text)
    };
    files.into_iter().map(rename).collect()
}

#[test]
fn names_and_notes_cannot_leave_their_place() {
    let mut network = Network::<f32, _>::new(2, Dense::linear(3), 0).unwrap();
    network.set_link(Link::Softmax);
    let evil = "x\n*/ }\u{202e} \"; #error ??/ \\";
    let classes = [evil, "1e5 $F @fabs(", ""];
    let plan = Plan::new(&network).unwrap().named(evil).note(evil).classes(&classes).unwrap();
    let class = network.predict_classes(ndarray::arr2(&[[0.5_f32, -1.0]]).view()).unwrap()[0];
    let main = "int main(void) {\n    const float x[2] = {0.5f, -1.0f};\n    printf(\"%d;\", (int)x_error_class(x));\n    \
        for (int k = 0; k < x_error_outputs; k++) printf(\"%s;\", x_error_classes[k]);\n    return 0;\n}\n";
    for (compiler, standard) in [("cc", "-std=c99"), ("c++", "-std=c++17")] {
        if has(compiler) {
            let folder = tempfile::tempdir().unwrap();
            let files = [("evil.h".to_owned(), plan.to_c())];
            let output = run(compiler, folder.path(), &files, main, &[standard]);
            assert_eq!(output, format!("{class};{};{};{};", classes[0], classes[1], classes[2]));
        }
    }
}

#[test]
fn options_that_change_sums_are_refused() {
    if has("cc") {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::new(&Network::<f32, _>::new(2, Dense::linear(3), 0).unwrap()).unwrap();
        plan.write_c(folder.path().join("n.h")).unwrap();
        std::fs::write(folder.path().join("n.c"), "#include \"n.h\"\n").unwrap();
        let output = Command::new("cc")
            .current_dir(folder.path())
            .args(["-ffast-math", "-c", "n.c"])
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("compile without -ffast-math"));
    }
}

#[test]
fn a_header_may_come_twice_and_another_of_its_name_is_not_skipped() {
    if !has("cc") {
        return;
    }
    let network = Network::<f32, _>::new(2, Dense::linear(2), 0).unwrap();
    let plan = || Plan::new(&network).unwrap().named("n");
    let scaler = StandardScaler::fit(networks::samples::<f64>(2, 9).view()).unwrap();
    let others = [
        plan().scale_inputs(&scaler).unwrap(),
        plan().unscale_outputs(&scaler).unwrap(),
        plan().classes(&["a", "b"]).unwrap(),
    ];
    let folder = tempfile::tempdir().unwrap();
    plan().write_c(folder.path().join("n.h")).unwrap();
    std::fs::write(folder.path().join("twice.c"), "#include \"n.h\"\n#include \"n.h\"\n").unwrap();
    compile("cc", folder.path(), &[&STRICT, &["-std=c99", "-c", "twice.c"]]);
    for other in others {
        other.write_c(folder.path().join("other.h")).unwrap();
        std::fs::write(folder.path().join("both.c"), "#include \"n.h\"\n#include \"other.h\"\n").unwrap();
        let output = Command::new("cc").current_dir(folder.path()).args(["-c", "both.c"]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("redefinition of"), "skipped in silence");
    }
}

#[test]
fn a_file_is_whole_or_not_there() {
    let plan = Plan::new(&Network::<f32, _>::new(2, Dense::linear(3), 0).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.h");
    std::fs::write(&path, "what was there before").unwrap();
    // A second name of the old file: it would change if the old file were written over.
    let before = folder.path().join("before.h");
    std::fs::hard_link(&path, &before).unwrap();
    plan.write_c(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&before).unwrap(), "what was there before");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), plan.to_c());
    // A folder in the file's place: the last step fails, and nothing is left beside it.
    let taken = folder.path().join("taken.h");
    std::fs::create_dir_all(taken.join("within")).unwrap();
    for path in [taken.clone(), folder.path().join("missing").join("network.h"), "/".into()] {
        let error = plan.write_c(&path).unwrap_err();
        assert!(matches!(error, ExportError::Io { .. }), "{error}");
    }
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["before.h", "network.h", "taken.h"]);
}
