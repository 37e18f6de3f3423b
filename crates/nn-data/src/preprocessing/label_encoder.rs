use crate::DataError;

/// Names of classes turned into labels, and back: a label is the rank of its class among the sorted names.
///
/// # Example
/// ```
/// use nn_data::LabelEncoder;
///
/// let encoder = LabelEncoder::fit(["rose", "iris", "rose", "tulip"])?;
/// assert_eq!(encoder.classes(), ["iris", "rose", "tulip"]);
/// assert_eq!(encoder.transform(["tulip", "iris"])?, [2, 0]);
/// assert_eq!(encoder.inverse_transform(&[2, 0])?, ["tulip", "iris"]);
///
/// let error = encoder.transform(["iris", "lily"]).unwrap_err();
/// assert_eq!(error.to_string(), "sample 1 is of class \"lily\"; expected one of iris, rose, tulip");
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// scikit-learn's `LabelEncoder`. Names are sorted by their characters: "10" goes before "9".
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<String>", into = "Vec<String>")
)]
pub struct LabelEncoder {
    /// Sorted, each once.
    classes: Vec<String>,
}

impl LabelEncoder {
    /// Learns the different names.
    ///
    /// # Errors
    /// [`DataError::Empty`] without names.
    pub fn fit<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, DataError> {
        let mut classes: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        if classes.is_empty() {
            return Err(DataError::Empty { what: "class name" });
        }
        classes.sort_unstable();
        classes.dedup();
        Ok(Self { classes })
    }

    /// The names in the order of their labels.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The labels of names.
    ///
    /// # Errors
    /// [`DataError::UnknownClass`] for a name that was not among those it was fitted to.
    pub fn transform<N: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Vec<usize>, DataError> {
        let label = |(row, name): (usize, N)| {
            let name = name.as_ref();
            self.classes.binary_search_by(|class| class.as_str().cmp(name)).map_err(|_| {
                DataError::UnknownClass { row, class: name.to_owned(), classes: self.classes.clone() }
            })
        };
        names.into_iter().enumerate().map(label).collect()
    }

    /// The names of labels.
    ///
    /// # Errors
    /// [`DataError::Label`] for a label that is no class.
    pub fn inverse_transform(&self, labels: &[usize]) -> Result<Vec<&str>, DataError> {
        let classes = self.classes.len();
        let name = |(row, &label): (usize, &usize)| {
            self.classes.get(label).map(String::as_str).ok_or(DataError::Label { row, label, classes })
        };
        labels.iter().enumerate().map(name).collect()
    }
}

impl TryFrom<Vec<String>> for LabelEncoder {
    type Error = DataError;

    /// The names of a file, which must be such as [`fit`](Self::fit) leaves them.
    fn try_from(classes: Vec<String>) -> Result<Self, DataError> {
        let encoder = Self::fit(&classes)?;
        if encoder.classes != classes {
            let expected = "different names in the order of their characters";
            return Err(DataError::parameter("classes", expected, classes.join(", ")));
        }
        Ok(encoder)
    }
}

impl From<LabelEncoder> for Vec<String> {
    fn from(encoder: LabelEncoder) -> Self {
        encoder.classes
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn what_has_no_class_is_refused() {
        assert_eq!(
            LabelEncoder::fit::<&str>([]).unwrap_err().to_string(),
            "expected at least one class name, found none"
        );
        let encoder = LabelEncoder::fit(["b", "a"]).unwrap();
        assert_eq!(
            encoder.inverse_transform(&[0, 2]).unwrap_err(),
            DataError::Label { row: 1, label: 2, classes: 2 }
        );
    }

    #[test]
    fn a_file_holds_the_names_in_order() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let encoder = LabelEncoder::fit(["b", "a"]).unwrap();
        assert_eq!(LabelEncoder::try_from(names(&["a", "b"])), Ok(encoder.clone()));
        assert_eq!(Vec::from(encoder), names(&["a", "b"]));
        for wrong in [&["b", "a"][..], &["a", "a"]] {
            let error = LabelEncoder::try_from(names(wrong)).unwrap_err();
            assert!(matches!(error, DataError::Parameter { name: "classes", .. }), "{error}");
        }
        assert!(LabelEncoder::try_from(Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn names_come_back(names in vec("[a-c]{0,2}", 1..40)) {
            let encoder = LabelEncoder::fit(&names).unwrap();
            prop_assert!(encoder.classes().is_sorted_by(|a, b| a < b));
            let labels = encoder.transform(&names).unwrap();
            prop_assert!((0..encoder.classes().len()).all(|class| labels.contains(&class)));
            prop_assert_eq!(encoder.inverse_transform(&labels).unwrap(), names);
        }
    }
}
