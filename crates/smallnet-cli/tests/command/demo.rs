//! Problems of the textbooks.

use std::fs;

use crate::{done, read, refused};

/// What it says of samples that it never saw.
fn figure(text: &str, what: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(what)).expect("a line");
    line.rsplit(' ').next().expect("a figure").parse().expect("a number")
}

#[test]
fn every_problem_is_learned_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |problem: &str, epochs: &str| done(folder.path(), &["demo", problem, "--epochs", epochs]);
    for (problem, epochs, classes, good) in [
        ("xor", "40", 2, 0.93),
        ("moons", "40", 2, 0.95),
        ("circles", "40", 2, 0.9),
        ("blobs", "40", 3, 0.9),
        ("quantiles", "40", 3, 0.8),
        ("spirals", "60", 4, 0.7),
        ("checkerboard", "60", 2, 0.6),
    ] {
        let text = run(problem, epochs);
        let accuracy = figure(&text, "accuracy on samples that it never saw");
        assert!(accuracy >= good, "{problem}: {accuracy}");
        let last = format!("class_{}", classes - 1);
        assert!(text.contains(&format!("{problem}, 2-")) && text.contains(&last), "{text}");
        let written = format!("pictures: demo-{problem}/boundary.png, demo-{problem}/loss.png\n");
        assert!(text.ends_with(&written), "{text}");
        for name in ["boundary", "loss"] {
            assert!(read(folder.path(), &format!("demo-{problem}/{name}.png")).starts_with(b"\x89PNG"));
        }
    }
    let text = run("sines", "60");
    assert!(figure(&text, "R² of samples that it never saw") > 0.9, "{text}");
    assert!(text.ends_with("pictures: demo-sines/curve.png, demo-sines/loss.png\n"), "{text}");
}

#[test]
fn the_picture_that_moves_has_its_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = ["demo", "moons", "--epochs", "6", "--hidden", "3,2", "--animate", "--out", "m"];
    let text = done(folder.path(), &demo);
    assert!(text.contains("moons, 2-3-2-2"), "{text}");
    assert!(text.ends_with("m/boundary.png, m/loss.png, m/animation.png\n"), "{text}");
    // The chunk that says so, and a frame for each of the epochs 1 to 6.
    let bytes = read(folder.path(), "m/animation.png");
    let at = bytes.windows(4).position(|word| word == b"acTL").expect("an animation") + 4;
    assert_eq!(bytes[at..at + 4], 6_u32.to_be_bytes());
}

#[test]
fn pictures_are_overwritten_only_when_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = ["demo", "xor", "--epochs", "1", "--quiet"];
    assert_eq!(done(folder.path(), &demo), "");
    assert_eq!(
        refused(folder.path(), &demo),
        "demo-xor is there already; give another --out, or --force to overwrite it"
    );
    let first = read(folder.path(), "demo-xor/boundary.png");
    done(folder.path(), &[&demo[..], &["--force"]].concat());
    assert!(read(folder.path(), "demo-xor/boundary.png") == first, "the same seed, the same picture");
    done(folder.path(), &[&demo[..], &["--force", "--seed", "1"]].concat());
    assert!(read(folder.path(), "demo-xor/boundary.png") != first);
    assert_eq!(fs::read_dir(folder.path().join("demo-xor")).expect("a folder").count(), 2);
}
