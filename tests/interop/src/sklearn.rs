//! The weights of scikit-learn's networks, which `check_sklearn.py` has written.

use std::error::Error;
use std::fs;
use std::path::Path;

use ndarray::Ix2;
use nn_core::{ActivationSpec, Link};
use nn_data::read_npy;
use nn_model::read_sklearn;
use serde_json::from_str;

use crate::difference;

/// A folder a network with `mlp.npz`, `activation.txt`, `link.txt`, `x.npy` and the predictions, `y.npy`.
pub(crate) fn read(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (mut count, mut most) = (0, 0.0_f64);
    for entry in fs::read_dir(folder)? {
        let folder = entry?.path();
        let word = |name: &str| {
            Ok::<_, std::io::Error>(format!("{:?}", fs::read_to_string(folder.join(name))?.trim()))
        };
        let activation = match from_str::<String>(&word("activation.txt")?)?.as_str() {
            "logistic" => ActivationSpec::Sigmoid,
            _ => from_str(&word("activation.txt")?)?,
        };
        let link: Link = from_str(&word("link.txt")?)?;
        let network = read_sklearn::<f64>(folder.join("mlp.npz"), activation, link)?;
        let array =
            |name| Ok::<_, Box<dyn Error>>(read_npy::<f64>(folder.join(name))?.into_dimensionality::<Ix2>()?);
        let (x, expected) = (array("x.npy")?, array("y.npy")?);
        let off = difference(&x, &network.predict_proba(x.view())?, &expected);
        if off.is_nan() || off > 1e-12 {
            return Err(format!("{}: off by {off:.1e} from scikit-learn", folder.display()).into());
        }
        (count, most) = (count + 1, most.max(off));
    }
    if count == 0 {
        return Err("scikit-learn has written nothing".into());
    }
    println!("{count} networks of scikit-learn, off by {most:.1e} at most");
    Ok(())
}
