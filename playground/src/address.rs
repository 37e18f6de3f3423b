//! Settings and epoch as the text behind the # of an address, and back.

use std::str::FromStr;

use form_urlencoded::Serializer;

use crate::problem::{Feature, Problem};
use crate::{Hidden, Result, Settings, words};

/// The largest epoch that a link goes to at once.
const MOST_EPOCHS: usize = 10_000_000;

impl Settings {
    /// `problem=xor&samples=400&..&epoch=0`.
    pub fn to_address(&self, epoch: usize) -> String {
        let features: Vec<_> = self.features.iter().map(|feature| feature.name()).collect();
        let layers: Vec<_> =
            self.layers.iter().map(|Hidden { units, activation }| format!("{units}-{activation}")).collect();
        let mut address = Serializer::new(String::new());
        address
            .append_pair("problem", self.problem.name())
            .append_pair("samples", &self.samples.to_string())
            .append_pair("noise", &self.noise.to_string())
            .append_pair("test", &self.test.to_string())
            .append_pair("features", &features.join("."))
            .append_pair("layers", &layers.join("."))
            .append_pair("dropout", &self.dropout.to_string())
            .append_pair("loss", &self.loss)
            .append_pair("optimizer", &self.optimizer)
            .append_pair("rate", &self.rate.to_string())
            .append_pair("schedule", &self.schedule)
            .append_pair("period", &self.period.to_string())
            .append_pair("l2", &self.l2.to_string())
            .append_pair("batch", &self.batch.to_string())
            .append_pair("seed", &self.seed.to_string())
            .append_pair("epoch", &epoch.to_string());
        if !self.text.is_empty() {
            address.append_pair("data", &self.text);
        }
        address.finish()
    }

    /// Reads what [`to_address`](Settings::to_address) wrote. What is left out is as by default; what is not known is an error.
    pub fn from_address(address: &str) -> Result<(Self, usize)> {
        let (mut settings, mut epoch) = (Self::default(), 0);
        let address = address.trim_start_matches('#');
        for (key, value) in form_urlencoded::parse(address.as_bytes()) {
            let list = || value.split('.').filter(|part| !part.is_empty());
            match &*key {
                "problem" => settings.problem = Problem::of(&value)?,
                "samples" => settings.samples = number(&key, &value)?,
                "noise" => settings.noise = number(&key, &value)?,
                "test" => settings.test = number(&key, &value)?,
                "features" => settings.features = list().map(Feature::of).collect::<Result<_>>()?,
                "layers" => settings.layers = list().map(hidden).collect::<Result<_>>()?,
                "dropout" => settings.dropout = number(&key, &value)?,
                "loss" => settings.loss = value.into_owned(),
                "optimizer" => settings.optimizer = value.into_owned(),
                "rate" => settings.rate = number(&key, &value)?,
                "schedule" => settings.schedule = value.into_owned(),
                "period" => settings.period = number(&key, &value)?,
                "l2" => settings.l2 = number(&key, &value)?,
                "batch" => settings.batch = number(&key, &value)?,
                "seed" => settings.seed = number(&key, &value)?,
                "epoch" => epoch = number::<usize>(&key, &value)?.min(MOST_EPOCHS),
                "data" => settings.text = value.into_owned(),
                _ => return Err(format!("address: there is no setting {key:?}")),
            }
        }
        settings.check()?;
        Ok((settings, epoch))
    }
}

fn number<N: FromStr<Err: std::fmt::Display>>(key: &str, value: &str) -> Result<N> {
    value.parse().map_err(|error| format!("{key}: expected a number, found {value:?}: {}", words(error)))
}

fn hidden(layer: &str) -> Result<Hidden> {
    let wrong = || format!("layers: expected units and activation, as in 4-tanh, found {layer:?}");
    let (units, activation) = layer.split_once('-').ok_or_else(wrong)?;
    crate::activation::of(activation)?;
    Ok(Hidden { units: units.parse().map_err(|_| wrong())?, activation: activation.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back_whole() {
        let settings = Settings {
            problem: Problem::Table,
            text: "a,b\n1,ä & b=c\n".to_owned(),
            samples: 123,
            noise: 0.35,
            test: 0.25,
            features: vec![Feature::X, Feature::SinY],
            layers: vec![
                Hidden { units: 3, activation: "leaky_relu".to_owned() },
                Hidden { units: 9, activation: "relu6".to_owned() },
            ],
            dropout: 0.1,
            loss: "hinge".to_owned(),
            optimizer: "adam".to_owned(),
            rate: 1.0 / 3.0,
            schedule: "cosine".to_owned(),
            period: 77,
            l2: 1e-5,
            batch: 32,
            seed: u64::MAX,
        };
        let address = settings.to_address(4_321);
        assert_eq!(Settings::from_address(&address), Ok((settings, 4_321)), "{address}");
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
    }

    #[test]
    fn an_empty_address_is_the_default_and_a_wrong_one_says_why() {
        assert_eq!(Settings::from_address("#"), Ok((Settings::default(), 0)));
        assert_eq!(Settings::from_address("layers=").unwrap().0.layers, []);
        for (address, message) in [
            ("problem=xxor", "problem: expected one of xor, spirals"),
            ("rate=fast", "rate: expected a number, found \"fast\""),
            ("layers=4-tanh.tanh", "layers: expected units and activation, as in 4-tanh, found \"tanh\""),
            ("layers=4-tahn", "activation: expected one of tanh"),
            ("layers=400-tanh", "units of layer 1: expected 1 to 32, found 400"),
            ("noise=2", "noise: expected a number from 0 to 1, found 2"),
            ("noise=NaN", "noise: expected a number from 0 to 1, found NaN"),
            ("features=", "features: expected 1 to 7, found 0"),
            ("colour=red", "address: there is no setting \"colour\""),
        ] {
            let error = Settings::from_address(address).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
