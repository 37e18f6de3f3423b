//! Words of the user's in files that a compiler reads.

/// A line for a comment: no line breaks, nothing that ends or begins a comment, no sign that is not visible.
pub(super) fn comment(line: &str) -> String {
    let visible = |sign: char| sign.is_alphanumeric() || sign.is_ascii_graphic() && !r"*\?".contains(sign);
    line.chars().map(|sign| if visible(sign) || sign == ' ' { sign } else { '_' }).collect()
}

/// A name for a compiler: what is no ASCII letter or digit is an underscore, of which none are doubled or at an end,
/// and a letter comes first.
pub(super) fn identifier(name: &str) -> String {
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_");
    if name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        name
    } else {
        format!("network_{name}").trim_end_matches('_').to_owned()
    }
}

/// A string literal of C: all but ASCII letters, digits and spaces as octal bytes, so that nothing is an escape or a trigraph.
pub(super) fn string_of_c(text: &str) -> String {
    let sign = |byte: u8| match byte {
        b' ' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    format!("\"{}\"", text.bytes().map(sign).collect::<String>())
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
    fn identifiers_are_names_for_every_compiler() {
        let names = ["xor", "Größe 2", "_x__y", "", "3 layers", "*/ int main(void) {"];
        let expected = ["xor", "Gr_e_2", "x_y", "network", "network_3_layers", "int_main_void"];
        assert_eq!(names.map(identifier), expected);
    }

    #[test]
    fn strings_of_c_have_no_escapes_of_their_own() {
        assert_eq!(string_of_c("a 1\"??/ö"), r#""a 1\042\077\077\057\303\266""#);
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
