//! Words of the user's in files that a compiler reads.

/// A line for a comment: no line breaks, nothing that ends or begins a comment, no sign that is not visible.
pub(super) fn comment(line: &str) -> String {
    let visible = |sign: char| sign.is_alphanumeric() || sign.is_ascii_graphic() && !r"*\?".contains(sign);
    line.chars().map(|sign| if visible(sign) || sign == ' ' { sign } else { '_' }).collect()
}

/// The text with every line but the empty ones moved to the right.
pub(super) fn indented(text: &str) -> String {
    let line = |line: &str| if line.trim().is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    text.lines().map(line).collect()
}

/// Items with commas between them, in lines of at most some 100 signs, each moved to the right.
pub(super) fn list(items: impl IntoIterator<Item = String>, indent: &str) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for item in items {
        if line.len() + item.len() > 98 {
            text.extend([indent, line.trim_end(), "\n"]);
            line.clear();
        }
        line += &item;
        line += ", ";
    }
    text.extend([indent, line.trim_end(), "\n"]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_cannot_be_left() {
        assert_eq!(comment("a */ b\n#include \\\u{202e}??/ Größe"), "a _/ b_#include ____/ Größe");
    }

    #[test]
    fn lists_are_broken_between_items() {
        let text = list((0..60).map(|n| n.to_string()), "  ");
        assert!(
            text.lines().count() > 1 && text.lines().all(|line| line.len() <= 102 && line.ends_with(','))
        );
        assert_eq!(text.split(',').count(), 61);
    }
}
