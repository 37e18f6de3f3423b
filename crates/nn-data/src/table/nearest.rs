//! The name that was meant.

/// So alike are names of which one may be meant by the other, by Jaro and Winkler: from 0 to 1.
const ALIKE: f64 = 0.85;
/// Longer names are not compared: that takes as long as the product of their lengths.
const LONGEST: usize = 100;

/// Of these names, the one that is most like `name`, whether in capitals or not, if one is like it at all.
pub(super) fn nearest(name: &str, names: &[String]) -> Option<String> {
    let lower = |name: &str| name.trim().to_lowercase();
    let asked = lower(name);
    if name.len() > LONGEST {
        return None;
    }
    let short = names.iter().filter(|name| name.len() <= LONGEST);
    let rated = short.map(|name| (strsim::jaro_winkler(&asked, &lower(name)), name));
    // Of several, the first.
    let better = |best: (f64, _), next: (f64, _)| if next.0 > best.0 { next } else { best };
    rated.reduce(better).filter(|(alike, _)| *alike >= ALIKE).map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(name: &str, names: &[&str]) -> Option<String> {
        nearest(name, &names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn capitals_and_slips_are_seen_through() {
        let names = ["sepal_length", "sepal_width", "petal_length", "petal_width", "kind"];
        for (name, found) in [
            ("Kind", "kind"),
            (" KIND ", "kind"),
            ("knid", "kind"),
            ("sepal width", "sepal_width"),
            ("petal_lenght", "petal_length"),
            ("sepalwidth", "sepal_width"),
        ] {
            assert_eq!(meant(name, &names), Some(found.to_owned()), "{name}");
        }
        for name in ["species", "", "colour", "x", &"kind".repeat(1000)] {
            assert_eq!(meant(name, &names), None, "{name}");
        }
        assert_eq!(meant("a", &[]), None);
        assert_eq!(meant("size", &["Size", "SIZE"]), Some("Size".into()));
    }
}
