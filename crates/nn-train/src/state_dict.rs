use std::collections::BTreeMap;

use nn_core::Error;

/// What a schedule or a callback has seen of a run, as numbers with names: what it takes to go on in another process.
///
/// Every entry is a list of numbers; a single number is a list of one. Entries of a part have the part's name before
/// theirs, `first.best`.
///
/// # Example
/// ```
/// use nn_train::StateDict;
///
/// let inner = StateDict::new().with("waited", [3.0]);
/// let state = StateDict::new().with("best", [0.25]).with_part("inner", &inner);
/// assert_eq!(state.number("best")?, 0.25);
/// assert_eq!(state.count("inner.waited")?, 3);
/// assert_eq!(state.part("inner"), inner);
/// assert_eq!(
///     state.number("worst").unwrap_err().to_string(),
///     r#"state that a run is to go on with is without "worst" (it has "best", "inner.waited"); expected that of the same schedule and callbacks, in the same order"#
/// );
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As PyTorch's `state_dict` of schedulers.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct StateDict {
    entries: BTreeMap<String, Vec<f64>>,
}

impl StateDict {
    /// Without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this entry, too.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        self.entries.insert(name.into(), values.into_iter().collect());
        self
    }

    /// With the entries of a part, too.
    #[must_use]
    pub fn with_part(mut self, name: &str, part: &Self) -> Self {
        let entries = part.entries.iter().map(|(entry, values)| (format!("{name}.{entry}"), values.clone()));
        self.entries.extend(entries);
        self
    }

    /// The entries of a part; empty if it has none.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        let inner = |entry: &String| entry.strip_prefix(name)?.strip_prefix('.').map(str::to_owned);
        let entries = self.entries.iter().filter_map(|(entry, values)| Some((inner(entry)?, values.clone())));
        Self { entries: entries.collect() }
    }

    /// The entries by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.entries.iter().map(|(name, values)| (&**name, &**values))
    }

    /// Whether there is an entry of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The numbers of an entry.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] when there is none of that name.
    pub fn values(&self, name: &str) -> Result<&[f64], Error> {
        self.entries.get(name).map(Vec::as_slice).ok_or_else(|| {
            let names: Vec<String> = self.entries.keys().map(|name| format!("{name:?}")).collect();
            let has = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            not_of_this_run(&format!("without {name:?} (it has {has})"))
        })
    }

    /// A single number.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] when there is none of that name, or there are more.
    pub fn number(&self, name: &str) -> Result<f64, Error> {
        match self.values(name)? {
            [value] => Ok(*value),
            values => Err(not_of_this_run(&format!("one with {} numbers as {name:?}", values.len()))),
        }
    }

    /// A single whole number.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] when there is none of that name, or it is not whole, or below 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        let value = self.number(name)?;
        if value >= 0.0 && value <= usize::MAX as f64 && value.fract() == 0.0 {
            return Ok(value as usize);
        }
        Err(not_of_this_run(&format!("one with {value} as {name:?}, which counts")))
    }
}

/// The error of a state that belongs elsewhere.
pub(crate) fn not_of_this_run(found: &str) -> Error {
    Error::hyperparameter(
        "state that a run is to go on with",
        "that of the same schedule and callbacks, in the same order",
        found,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_of_another_kind_is_an_error() {
        let state = StateDict::new().with("pair", [1.0, 2.0]).with("half", [0.5]).with("less", [-1.0]);
        for (name, found) in
            [("pair", "2 numbers as"), ("half", "0.5 as"), ("less", "-1 as"), ("none", "without")]
        {
            let message = state.count(name).expect_err("no count").to_string();
            assert!(message.contains(found) && message.contains(&format!("{name:?}")), "{message}");
        }
    }

    #[test]
    fn parts_do_not_mix() {
        let one = StateDict::new().with("x", [1.0]);
        let both = one.clone().with_part("a", &one).with_part("ab", &StateDict::new().with("x", [2.0]));
        assert_eq!((both.part("a"), both.part("c")), (one, StateDict::new()));
        assert_eq!(both.entries().count(), 3);
    }
}
