//! What every file says about itself.

use nn_core::Link;

use super::Plan;

impl Plan {
    /// The lines of the comment at a file's head.
    pub(super) fn header(&self) -> Vec<String> {
        let mut lines = vec![self.name.clone(), String::new()];
        let counted =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        lines.push(format!(
            "A neural network of {}, {} and {} in {}.",
            counted(self.inputs, "input"),
            counted(self.outputs, "output"),
            counted(self.params, "parameter"),
            self.precision.name()
        ));
        lines.extend(self.notes.clone());
        lines.push(format!(
            "Written by nn-model {}; fingerprint of layers and parameters {:016x}. Not meant to be changed by hand.",
            env!("CARGO_PKG_VERSION"),
            self.fingerprint
        ));
        lines
    }

    /// What the outputs are, as the beginning of a sentence.
    pub(super) fn meaning(&self) -> &'static str {
        match self.link {
            Link::Softmax => "The probabilities of the classes",
            Link::Logistic => "The probability of each output",
            _ => "The outputs",
        }
    }
}
