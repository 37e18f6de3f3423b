//! Optimizers, schedules and losses as Python names them.

use pyo3::conversion::FromPyObjectOwned;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::value_error;

/// A name, alone or with settings: `"adam"`, or `{"adam": {"beta1": 0.8}}`, as layers are written.
pub(crate) struct Named<'py> {
    /// What it is the name of, for messages.
    what: &'static str,
    pub(crate) name: String,
    settings: Option<Bound<'py, PyDict>>,
    /// The settings that were asked for.
    known: Vec<&'static str>,
}

impl<'py> Named<'py> {
    /// # Errors
    /// `ValueError` for what is neither a string nor a dict of one name with a dict.
    pub(crate) fn read(what: &'static str, value: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(name) = value.extract::<String>() {
            return Ok(Self { what, name, settings: None, known: Vec::new() });
        }
        if let Ok(dict) = value.cast::<PyDict>()
            && dict.len() == 1
            && let Some((name, settings)) = dict.iter().next()
            && let (Ok(name), Ok(settings)) = (name.extract::<String>(), settings.cast_into::<PyDict>())
        {
            return Ok(Self { what, name, settings: Some(settings), known: Vec::new() });
        }
        let article = if what.starts_with('o') { "an" } else { "a" };
        let expected = format!("expected the name of {article} {what}, or {{name: {{setting: value, ...}}}}");
        Err(value_error(format!("{expected}, found {}", value.repr()?)))
    }

    /// A setting, if it was given.
    pub(crate) fn get<V: FromPyObjectOwned<'py>>(&mut self, setting: &'static str) -> PyResult<Option<V>> {
        self.known.push(setting);
        let Some(value) =
            self.settings.as_ref().map(|settings| settings.get_item(setting)).transpose()?.flatten()
        else {
            return Ok(None);
        };
        value.extract::<V>().map(Some).map_err(|error| {
            let error: PyErr = error.into();
            value_error(format!("{setting} of the {} {}: {}", self.what, self.name, error.value(value.py())))
        })
    }

    /// A setting without a default.
    pub(crate) fn required<V: FromPyObjectOwned<'py>>(&mut self, setting: &'static str) -> PyResult<V> {
        self.get(setting)?.ok_or_else(|| {
            let Self { what, name, .. } = self;
            value_error(format!(
                "the {what} {name} needs {setting}: write {{\"{name}\": {{\"{setting}\": ...}}}}"
            ))
        })
    }

    /// That no other setting was given.
    pub(crate) fn finish(self) -> PyResult<()> {
        for name in self.settings.iter().flat_map(PyDictMethods::keys) {
            let name: String = name.extract()?;
            if !self.known.contains(&&name[..]) {
                let known = match &self.known[..] {
                    [] => "none".to_owned(),
                    known => known.join(", "),
                };
                let found = format!("the {} {} has no setting {name:?}", self.what, self.name);
                return Err(value_error(format!("{found}; expected {known}")));
            }
        }
        Ok(())
    }

    /// That there is none of that name.
    pub(crate) fn unknown(&self, expected: &[&str]) -> PyErr {
        let Self { what, name, .. } = self;
        value_error(format!("there is no {what} {name:?}; expected one of {}", expected.join(", ")))
    }
}

/// A value with the settings that were given, each by the method of its name, and the switches that are on:
/// `with_settings!(named, Adam::new(), [beta1, beta2; amsgrad])`.
macro_rules! with_settings {
    ($named:ident, $value:expr $(, [$($setting:ident $(: $type:ty)?),* $(; $($switch:ident),+)?])?) => {{
        #[allow(unused_mut, reason = "some have no settings")]
        let mut value = $value;
        $(
            $(if let Some(setting) = $named.get$(::<$type>)?(stringify!($setting))? {
                value = value.$setting(setting);
            })*
            $($(if $named.get(stringify!($switch))? == Some(true) {
                value = value.$switch();
            })+)?
        )?
        value
    }};
}
pub(crate) use with_settings;
