//! Problems of the textbooks, learned before one's eyes.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use ndarray::{Array2, ArrayView2};
use nn_core::{Batch, Dense, Loss, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy, Targets};
use nn_data::{
    Blobs, Checkerboard, Circles, Classification, DataError, GaussianQuantiles, Moons, NoisySines, NoisyXor,
    Regression, RotatedSpirals,
};
use nn_plot::{Animation, DecisionRegions, Drawing, LineChart, LossCurve, Picture, PlotError};
use nn_train::{Adam, Epoch, ProgressBar, Report, StopReason, Trainer, accuracy_score, r2_score};

use crate::Failure;
use crate::arguments::{Demo, Problem};
use crate::plot::terminal;
use crate::report::refuse_folder;
use crate::say::say;

impl Problem {
    fn name(self) -> String {
        self.to_possible_value().expect("none is hidden").get_name().to_owned()
    }

    /// Units that suffice: those of the reference where it has the problem.
    fn hidden(self) -> Vec<usize> {
        match self {
            Self::Xor => vec![7],
            Self::Spirals => vec![15],
            Self::Checkerboard => vec![32, 32],
            _ => vec![16],
        }
    }

    /// Samples in the plane; `None` for a curve.
    fn points(self, seed: u64) -> Result<Option<Classification<f64>>, DataError> {
        Some(match self {
            Self::Xor => NoisyXor::default().generate(seed),
            Self::Spirals => RotatedSpirals::default().generate(seed),
            Self::Moons => Moons::default().generate(seed),
            Self::Circles => Circles::default().generate(seed),
            Self::Blobs => Blobs::default().generate(seed),
            Self::Checkerboard => Checkerboard::default().generate(seed),
            Self::Quantiles => GaussianQuantiles::default().generate(seed),
            Self::Sines => return Ok(None),
        })
        .transpose()
    }
}

/// Learns the problem, and draws how.
pub(crate) fn run(arguments: &Demo) -> Result<(), Failure> {
    let name = arguments.problem.name();
    let folder = arguments.out.clone().unwrap_or_else(|| format!("demo-{name}").into());
    refuse_folder(&folder, "--out", arguments.force)?;
    let title = |network: &Network<f64, Sequential<f64>>| {
        let hidden: Vec<String> = arguments.hidden().iter().map(ToString::to_string).collect();
        format!("{name}, {}-{}-{}", network.in_dim(), hidden.join("-"), network.out_dim())
    };
    // Samples that it never sees say what it has understood.
    let others = arguments.seed.wrapping_add(1);
    let Some(train) = arguments.problem.points(arguments.seed)? else {
        let (train, test) =
            (NoisySines::default().generate(arguments.seed)?, NoisySines::default().generate(others)?);
        let mut network = arguments.network(1, 1)?;
        let draw = |title: &str, predict: &Predict<'_>| curve(&train, title, predict)?.size(420, 360).draw();
        let loss = MeanSquaredError::mean();
        let report = arguments.learn(&mut network, &loss, train.view(), test.view(), &folder, &draw)?;
        let r2 = r2_score(test.y().view(), network.predict(test.x())?.view())?;
        arguments.say(&format!("{report}\nR² of samples that it never saw: {r2:.4}\n"));
        let chart = curve(&train, &title(&network), &|x| network.predict(x))?;
        chart.save(folder.join("curve.png"))?;
        arguments.say(&chart.to_terminal(terminal())?);
        return arguments.end(&report, &title(&network), &folder, "curve.png");
    };
    let test = arguments.problem.points(others)?.expect("the same problem");
    let mut network = arguments.network(train.features(), train.classes())?;
    let draw = |title: &str, predict: &Predict<'_>| {
        DecisionRegions::new(&train, predict).title(title).size(420, 360).draw()
    };
    let loss = SoftmaxCrossEntropy::mean();
    let report = arguments.learn(&mut network, &loss, train.view(), test.view(), &folder, &draw)?;
    let accuracy = accuracy_score(test.y(), &network.predict_classes(test.x())?)?;
    arguments.say(&format!("{report}\naccuracy on samples that it never saw: {accuracy:.4}\n"));
    let regions = DecisionRegions::new(&train, |x| network.predict_proba(x)).title(title(&network));
    regions.save(folder.join("boundary.png"))?;
    arguments.say(&regions.to_terminal(terminal())?);
    arguments.end(&report, &title(&network), &folder, "boundary.png")
}

type Predict<'a> = dyn Fn(ArrayView2<'_, f64>) -> Result<Array2<f64>, nn_core::Error> + 'a;

impl Demo {
    fn say(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    fn hidden(&self) -> Vec<usize> {
        self.hidden.clone().unwrap_or_else(|| self.problem.hidden())
    }

    fn network(&self, inputs: usize, outputs: usize) -> Result<Network<f64, Sequential<f64>>, Failure> {
        let hidden = self.hidden();
        let layers = hidden
            .iter()
            .fold(Sequential::new(), |layers, &units| layers.then(Dense::new(units, self.activation)));
        let network = Network::new(inputs, layers.then(Dense::linear(outputs)), self.seed)?;
        self.say(&network.summary().to_string());
        Ok(network)
    }

    /// Trains; a frame of the moving picture now and then, more of them at first, when most happens.
    fn learn<P, Y>(
        &self,
        network: &mut Network<f64, Sequential<f64>>,
        loss: &P,
        train: Batch<'_, f64, Y>,
        test: Batch<'_, f64, Y>,
        folder: &Path,
        draw: &(dyn Fn(&str, &Predict<'_>) -> Result<Drawing, PlotError> + Sync),
    ) -> Result<Report, Failure>
    where
        P: Loss<f64, Y>,
        Y: Targets<f64> + ?Sized,
    {
        let mut animation = Animation::new().frame_time(Duration::from_millis(250));
        let mut next = 1;
        let mut watch = |epoch: &mut Epoch<'_, f64>| {
            let number = epoch.number();
            if number >= next || number == self.epochs {
                next = (number + number / 4).max(number + 1);
                let frame = draw(&format!("epoch {number}"), &|x| epoch.predict_proba(x));
                if let Err(error) = frame.and_then(|frame| animation.push(&frame)) {
                    epoch.warn(error.to_string());
                }
            }
            ControlFlow::<StopReason>::Continue(())
        };
        let mut trainer = Trainer::new(Adam::new())
            .learning_rate(self.learning_rate)
            .l2(self.l2)
            .batch_size(32)
            .epochs(self.epochs)
            .seed(self.seed);
        if self.animate {
            trainer = trainer.callback(&mut watch);
        }
        if !self.quiet {
            trainer = trainer.callback(ProgressBar::new());
        }
        let report = trainer.fit(network, loss, train, Some(test))?;
        drop(trainer);
        if self.animate {
            animation.save(folder.join("animation.png"))?;
        }
        Ok(report)
    }

    fn end(&self, report: &Report, title: &str, folder: &Path, picture: &str) -> Result<(), Failure> {
        LossCurve::new(&report.history).title(title).save(folder.join("loss.png"))?;
        let mut names = vec![picture, "loss.png"];
        names.extend(self.animate.then_some("animation.png"));
        let paths: Vec<String> = names.iter().map(|name| folder.join(name).display().to_string()).collect();
        self.say(&format!("pictures: {}", paths.join(", ")));
        Ok(())
    }
}

/// Samples, and what the network makes of the line between the first and the last.
fn curve(data: &Regression<f64>, title: &str, predict: &Predict<'_>) -> Result<LineChart, PlotError> {
    const POINTS: usize = 200;
    let (first, last) =
        data.x().iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    let at = |point: usize| first + (last - first) * point as f64 / (POINTS - 1) as f64;
    let x = Array2::from_shape_fn((POINTS, 1), |(point, _)| at(point));
    let y = predict(x.view()).map_err(|error| PlotError::Predict(error.into()))?;
    let (inputs, outputs) = (data.x(), data.y());
    let samples = inputs.iter().copied().zip(outputs.iter().copied());
    Ok(LineChart::new()
        .title(title)
        .points("samples", samples.collect::<Vec<_>>())
        .line("network", x.iter().copied().zip(y.iter().copied()).collect::<Vec<_>>())
        .x_label("x")
        .y_label("y"))
}
