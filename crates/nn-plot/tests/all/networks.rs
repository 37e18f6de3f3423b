//! Pictures of networks and of probabilities, and animations.

use std::time::Duration;

use ndarray::{Array2, array};
use nn_core::{Activate, Dense, Network, Relu, SoftmaxCrossEntropy, Tanh};
use nn_data::Moons;
use nn_plot::{
    ActivationCurve, Animation, LearningRatePlot, LineChart, LossLandscape, Picture, ReliabilityDiagram,
    RocCurves, WeightHeatmap, WeightImages,
};
use nn_train::{LearningRateCurve, LearningRateFinder, Sgd, Trainer};

use crate::edges::{all, message};
use crate::formats::Pixels;

#[test]
fn roc_curves_have_their_areas() {
    let p = array![[0.9_f32, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]];
    let text = all(&RocCurves::new(&[0, 0, 1, 1], p.view()).class_names(["well", "ill"]));
    assert!(text.contains(&"ill, area 0.75".to_owned()), "{text:?}");
    let one = p.column(1).to_owned().insert_axis(ndarray::Axis(1));
    assert!(all(&RocCurves::new(&[0, 0, 1, 1], one.view())).contains(&"class 1, area 0.75".to_owned()));
    let three = array![[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]];
    let text = all(&RocCurves::new(&[0, 1, 2], three.view()));
    assert!((0..3).all(|class| text.contains(&format!("class {class}, area 1"))), "{text:?}");
    let error = message(RocCurves::new(&[0, 0, 0], three.view()).draw());
    assert!(error.contains("samples of class"), "{error}");
    let error = message(RocCurves::new(&[0, 1, 2], three.view()).class_names(["one"]).draw());
    assert_eq!(error, "expected 3 class names, found 1");
    assert!(
        message(RocCurves::new(&[], Array2::<f64>::zeros((0, 2)).view()).draw())
            .contains("at least one sample")
    );
    assert!(message(RocCurves::new(&[0], array![[f64::NAN, 1.0]].view()).draw()).contains("is NaN"));
}

#[test]
fn reliability_has_its_error() {
    let p = array![[0.75_f32, 0.25], [0.25, 0.75]];
    let text = all(&ReliabilityDiagram::new(&[0, 0], p.view()));
    assert!(text.contains(&"calibration error 0.25".to_owned()), "{text:?}");
    // A bar of all predictions fills the bin from 0.7 to 0.8 to the top.
    let grey = Pixels::of(&ReliabilityDiagram::new(&[0, 0], p.view()).draw().expect("drawn"));
    assert!(grey.places([220, 220, 220]).len() > 5000, "{}", grey.places([220, 220, 220]).len());
    for bins in [1, 100] {
        all(&ReliabilityDiagram::new(&[0], array![[1.0]].view()).bins(bins));
    }
    let bins = |bins| message(ReliabilityDiagram::new(&[0, 0], p.view()).bins(bins).draw());
    assert_eq!(bins(0), "the number of bins is 0; expected from 1 to 100");
    assert!(bins(usize::MAX).contains("from 1 to 100"));
}

#[test]
fn weights_have_the_colours_of_their_signs() {
    let weights = array![[-1.0, 0.0], [0.5, 1.0]];
    let pixels = Pixels::of(&WeightHeatmap::new(weights.view()).draw().expect("drawn"));
    let middle = |colour: [u8; 3]| {
        let places = pixels.places(colour);
        assert!(places.len() > 5000, "{colour:?} has {} pixels", places.len());
        let sum = |of: fn(&(usize, usize)) -> usize| places.iter().map(of).sum::<usize>() / places.len();
        (sum(|p| p.0), sum(|p| p.1))
    };
    // The ends of cividis: the least weight is at the top on the left, the greatest at the bottom on the right.
    let (low, high) = (middle(pixels.at(100, 60)), middle(pixels.at(480, 380)));
    assert!(low.0 < high.0 && low.1 < high.1, "{low:?}, {high:?}");
    let lightness = |(x, y): (usize, usize)| pixels.at(x, y).iter().map(|&c| usize::from(c)).sum::<usize>();
    assert!(lightness((100, 60)) < lightness((480, 60)) && lightness((480, 60)) < lightness((480, 380)));

    for shape in [(1, 1), (3, 64), (64, 3), (300, 784)] {
        all(&WeightHeatmap::new(Array2::<f32>::zeros(shape).view()));
    }
    let names = ["a long name of an input, longer than there is room", "b"];
    assert!(all(&WeightHeatmap::new(weights.view()).input_names(names)).contains(&"b".to_owned()));
    assert_eq!(
        message(WeightHeatmap::new(weights.view()).input_names(["a"]).draw()),
        "expected 2 input names, found 1"
    );
    let nan = array![[0.0, f64::NAN]];
    assert!(message(WeightHeatmap::new(nan.view()).draw()).starts_with("weights[1] is NaN"));
    assert!(
        message(WeightHeatmap::new(Array2::<f64>::zeros((0, 3)).view()).draw())
            .contains("at least one weight")
    );
    assert!(message(WeightHeatmap::new(Array2::<f64>::zeros((1, 3000)).view()).draw()).contains("2048"));
    let none = Network::<f64, _>::new(2, Activate(Tanh), 0).expect("it fits");
    assert_eq!(
        message(WeightHeatmap::of_first_layer(&none)),
        "expected at least one matrix of weights, found none"
    );
}

#[test]
fn images_are_of_the_first_layer() {
    let network = Network::<f32, _>::new(64, (Dense::new(12, Relu), Dense::linear(10)), 0).expect("it fits");
    let images = WeightImages::of_first_layer(&network, 8, 8).expect("weights").title("Units");
    assert!(all(&images).contains(&"Units".to_owned()));
    let error = message(WeightImages::of_first_layer(&network, 7, 8).expect("weights").draw());
    assert_eq!(error, "expected 64 pixels of an image, found 56");
    all(&WeightImages::new(Array2::<f64>::ones((400, 4)).view(), 2, 2).size(300, 300));
    all(&WeightImages::new(Array2::<f64>::ones((1, 784)).view(), 28, 28));
    assert!(
        message(WeightImages::new(Array2::<f64>::ones((401, 1)).view(), 1, 1).draw()).contains("at most 400")
    );
}

#[test]
fn a_landscape_is_deepest_where_training_ended() {
    let moons = Moons::default().generate::<f64>(0).expect("samples");
    let loss = SoftmaxCrossEntropy::mean();
    let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0).expect("it fits");
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.5).epochs(40);
    trainer.fit(&mut network, &loss, moons.view(), None).expect("trained");
    let landscape =
        |seed| LossLandscape::new(&network, &loss, moons.view()).points(11).seed(seed).draw().expect("drawn");
    let pixels = Pixels::of(&landscape(0));
    // Of viridis, dark is low. The middle itself is marked.
    let dark = |x: usize, y: usize| pixels.at(x, y).iter().map(|&c| usize::from(c)).sum::<usize>();
    let (x, y) = pixels.middle_of_plot();
    assert!(dark(x + 12, y + 12) < dark(x - 150, y - 150) && dark(x + 12, y + 12) < dark(x + 150, y + 150));
    assert_eq!(landscape(3).to_svg(), landscape(3).to_svg(), "a seed fixes it");
    assert_ne!(landscape(3).to_svg(), landscape(4).to_svg());

    let with = |points, radius| {
        message(LossLandscape::new(&network, &loss, moons.view()).points(points).radius(radius).draw())
    };
    assert_eq!(with(2, 1.0), "the number of points is 2; expected from 3 to 201");
    assert!(with(3, 0.0).contains("the radius") && with(3, f64::NAN).contains("the radius"));
    // All weights 0: every direction is, too, and the loss is the same everywhere.
    let flat = Network::from_params(2, Dense::linear(2), vec![0.0; 6]).expect("it fits");
    all(&LossLandscape::new(&flat, &loss, moons.view()).points(3));
    let far = LossLandscape::new(&network, &loss, moons.view()).points(3).radius(9e5);
    all(&far);
    let wide = Network::<f64, _>::new(3, Dense::linear(2), 0).expect("it fits");
    assert!(message(LossLandscape::new(&wide, &loss, moons.view()).draw()).contains("features"));
}

#[test]
fn learning_rates_have_their_suggestion() {
    let moons = Moons::default().generate::<f64>(0).expect("samples");
    let network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0).expect("it fits");
    let trainer = Trainer::new(Sgd::new());
    let curve = LearningRateFinder::new().run(&trainer, &network, &SoftmaxCrossEntropy::mean(), moons.view());
    let text = all(&LearningRatePlot::new(&curve.expect("a curve")));
    assert!(text.iter().any(|text| text.starts_with("suggestion: ")), "{text:?}");
    let empty = LearningRateCurve::default();
    assert!(message(LearningRatePlot::new(&empty).draw()).starts_with("expected at least one finite loss"));
}

#[test]
fn an_activation_has_its_derivative() {
    let text = all(&ActivationCurve::new(Tanh).range(-2.0, 2.0));
    assert!(text.contains(&"Tanh(z)".to_owned()) && text.contains(&"its derivative".to_owned()), "{text:?}");
    let range = |from, to| message(ActivationCurve::new(Tanh).range(from, to).draw());
    assert!(range(1.0, 1.0).starts_with("the range is from 1 to 1"));
    assert!(range(f64::NAN, 1.0).contains("the range") && range(0.0, f64::INFINITY).contains("the range"));
}

#[test]
fn an_animation_has_its_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("moves.png");
    let chart = |y: f64| LineChart::new().line("", [(0.0, 0.0), (1.0, y)]).size(200, 160);
    let mut animation = Animation::new().frame_time(Duration::from_millis(250));
    assert!(message(animation.save(&path)).contains("at least one frame"));
    for y in [1.0, 2.0, 3.0] {
        animation.push(&chart(y)).expect("a frame");
    }
    let error = message(animation.push(&chart(1.0).size(201, 160)));
    assert_eq!(error, "the size of a frame is 201 x 160; expected that of the first frame, 200 x 160");
    assert_eq!(animation.len(), 3);
    animation.save(&path).expect("saved");
    let file = std::io::BufReader::new(std::fs::File::open(&path).expect("a file"));
    let mut reader = png::Decoder::new(file).read_info().expect("a header");
    let control = *reader.info().animation_control().expect("animated");
    assert_eq!((control.num_frames, control.num_plays), (3, 0));
    let mut frames = Vec::new();
    for _ in 0..3 {
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("a frame");
        let frame = reader.info().frame_control().expect("animated");
        assert_eq!(f64::from(frame.delay_num) / f64::from(frame.delay_den), 0.25);
        frames.push(pixels);
    }
    assert_eq!(frames[1], Pixels::of(&chart(2.0).draw().expect("drawn")).rgb());
    let error = message(animation.save(folder.path().join("moves.gif")));
    assert!(error.ends_with("expected a file name that ends in .png"), "{error}");
    assert!(message(animation.clone().frame_time(Duration::ZERO).save(&path)).contains("from 1 ms"));
}
