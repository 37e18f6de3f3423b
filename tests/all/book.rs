//! The book is whole: its chapters are there, listed and tested, and what pages link to and show exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder tests is in the repository")
}

/// What a page links to or shows, web addresses and places within the page left out.
fn links(page: &str) -> Vec<String> {
    // Brackets in code are no links.
    let prose = page.split("```").step_by(2);
    let links = prose.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
    let files = links.filter(|link| !link.contains("://")).filter_map(|link| link.split('#').next());
    files.filter(|file| !file.is_empty()).map(str::to_owned).collect()
}

fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn every_chapter_is_listed_and_every_listed_one_is_there() {
    let folder = root().join("book/src");
    let listed: BTreeSet<String> = links(&read(&folder.join("SUMMARY.md"))).into_iter().collect();
    let there =
        markdown_in(&folder).into_iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let there: BTreeSet<String> = there.filter(|name| name != "SUMMARY.md").collect();
    assert!(listed.len() > 3, "{listed:?}");
    assert_eq!(listed, there);
}

#[test]
fn every_chapter_with_rust_is_tested() {
    let facade = read(&root().join("src/lib.rs"));
    for path in markdown_in(&root().join("book/src")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        // The preface has the frame of a program, not a program.
        if name != "README.md" && read(&path).contains("```rust") {
            assert!(
                facade.contains(&format!("include_str!(\"../book/src/{name}\")")),
                "{name} is not in src/lib.rs"
            );
        }
    }
}

#[test]
fn links_and_pictures_exist() {
    let mut pages = markdown_in(&root().join("book/src"));
    pages.extend(markdown_in(&root().join("docs")));
    pages.push(root().join("README.md"));
    let mut checked = 0;
    for page in pages {
        let folder = page.parent().expect("a page is in a folder");
        for link in links(&read(&page)) {
            assert!(folder.join(&link).exists(), "{} leads to {link}, which is not there", page.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked} links");
}
