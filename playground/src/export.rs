//! The trained network as a file.

use nn_model::Model;

use crate::{Result, Session, words};

impl Session {
    fn model_of_run(&self) -> Result<Model<f64>> {
        let plain = || Model::new(&self.network).map_err(words);
        let named = || plain()?.feature_names(self.data.inputs.clone()).map_err(words);
        let model = match &self.data.scaler {
            Some(scaler) => named()?.target_scaler(scaler),
            None if self.data.classes > 0 => named()?.class_names(self.data.targets.clone()),
            None => Ok(named()?),
        };
        // One output that is no probability cannot have the names of two classes.
        let model = if let Ok(model) = model { model } else { named()? };
        Ok(model.note(format!("smallnet playground: #{}", self.address())))
    }

    /// A model file, which nn-model and PyTorch open.
    pub fn model(&self) -> Result<Vec<u8>> {
        let fingerprint = u64::from_str_radix(&self.fingerprint(), 16).map_err(words)?;
        self.model_of_run()?.fingerprint(fingerprint).to_bytes().map_err(words)
    }

    /// A Rust file without dependencies.
    pub fn rust(&self) -> Result<String> {
        Ok(self.model_of_run()?.plan().map_err(words)?.named("playground").to_rust())
    }

    /// A C header.
    pub fn c(&self) -> Result<String> {
        Ok(self.model_of_run()?.plan().map_err(words)?.named("playground").to_c())
    }
}
