//! Problems that are made by a seed: nn-data's, brought to about -2 to 2.

use ndarray::Array2;
use nn_core::{standard_normal, stream};
use nn_data::{
    Blobs, Checkerboard, Circles, Classification, DataError, Moons, NoisySines, NoisyXor, RotatedSpirals,
    XorNoise,
};

use super::{Problem, Samples, Target};
use crate::{Result, Settings, words};

/// The samples of a problem that is made.
pub(crate) fn samples(problem: Problem, settings: &Settings) -> Result<Samples> {
    let &Settings { samples, noise, seed, .. } = settings;
    let of = |groups: usize| samples.div_ceil(groups);
    let data = match problem {
        Problem::Sines => {
            return curve(NoisySines { samples, noise: noise / 2.0, ..NoisySines::default() }, seed);
        }
        Problem::Step => {
            let waves = NoisySines { samples, amplitudes: vec![1.0], noise: 0.0 };
            let mut step = curve(waves, seed)?;
            let mut rng = stream(seed, "noise");
            if let Target::Values(values) = &mut step.target {
                values.iter_mut().for_each(|y| *y = y.signum() + noise / 2.0 * standard_normal(&mut rng));
            }
            return Ok(step);
        }
        Problem::Spirals => spirals(2, of(2), noise, seed).map(|data| (data, [0.0, 0.0], 2.0)),
        Problem::FourSpirals => spirals(4, of(4), noise, seed).map(|data| (data, [0.0, 0.0], 2.0)),
        Problem::Moons => Moons { samples_per_moon: of(2), noise: noise / 2.0 }
            .generate(seed)
            .map(|data| (data, [0.5, 0.25], 4.0 / 3.0)),
        Problem::Circles => {
            let circles = Circles { samples_per_circle: of(2), noise: noise / 2.0, ..Circles::default() };
            circles.generate(seed).map(|data| (data, [0.0, 0.0], 2.0))
        }
        Problem::Checkerboard => {
            let board = Checkerboard { fields: 4, samples_per_field: of(16) };
            board.generate(seed).map(|data| (data, [2.0, 2.0], 1.0))
        }
        Problem::Blobs => {
            let blobs = Blobs { samples_per_blob: of(3), std: 5.0 * noise, ..Blobs::default() };
            blobs.generate(seed).map(|data| (data, [0.0, 0.0], 0.2))
        }
        _ => NoisyXor { samples_per_corner: of(4), noise: XorNoise::Inward { max: (2.0 * noise).min(1.0) } }
            .generate(seed)
            .map(|data| (data, [0.5, 0.5], 4.0)),
    };
    let (data, center, factor) = data.map_err(words)?;
    let mut points = Array2::from_shape_fn(data.x().dim(), |(n, j)| (data.x()[[n, j]] - center[j]) * factor);
    if problem == Problem::Checkerboard {
        let mut rng = stream(seed, "noise");
        points.iter_mut().for_each(|x| *x += noise / 2.0 * standard_normal(&mut rng));
    }
    Ok(Samples::plain(points, Target::Classes(data.y().to_vec(), data.classes())))
}

fn spirals(
    arms: usize,
    samples_per_arm: usize,
    noise: f64,
    seed: u64,
) -> std::result::Result<Classification<f64>, DataError> {
    RotatedSpirals { arms, samples_per_arm, noise, ..RotatedSpirals::default() }.generate(seed)
}

fn curve(sines: NoisySines, seed: u64) -> Result<Samples> {
    let data = sines.generate::<f64>(seed).map_err(words)?;
    // From -π to π.
    let points = data.x().mapv(|x| x * (2.0 / 3.0));
    Ok(Samples::plain(points, Target::Values(data.y().iter().copied().collect())))
}
