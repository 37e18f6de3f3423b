//! What is shown of a network is what it computes.

use ndarray::ArrayView2;
use nn_model::Model;
use playground::Session;

fn session(address: &str) -> Session {
    Session::open(address).unwrap_or_else(|error| panic!("{address}: {error}"))
}

const DEEP: &str =
    "problem=spirals&samples=80&layers=5-tanh.4-silu.3-leaky_relu&epoch=7&rate=0.05&dropout=0.2";

#[test]
fn an_opened_neuron_adds_up() {
    for problem in
        ["problem=spirals", "problem=blobs&loss=", "problem=blobs&loss=hinge", "problem=sines&loss=huber"]
    {
        let session = session(&format!("{DEEP}&{problem}"));
        for (l, layer) in session.layers().iter().enumerate() {
            for unit in 0..layer.units {
                let found = session.inspect(l, unit, 3).unwrap();
                let near = |a: f64, b: f64, what: &str| {
                    assert!(
                        (a - b).abs() <= 1e-12 * a.abs().max(1.0),
                        "{problem}, {l}, {unit}, {what}: {a} against {b}"
                    );
                };
                near(found.z, found.inputs.iter().map(|input| input.x * input.w).sum::<f64>() + found.b, "z");
                if !found.uses.is_empty() {
                    near(found.da, found.uses.iter().map(|part| part.dz * part.w).sum(), "da");
                }
                near(found.dz, found.da * found.slope, "dz");
                near(found.db, found.dz, "db");
                assert!(
                    (found.db - found.db_numeric).abs() < 1e-7,
                    "{} against {}",
                    found.db,
                    found.db_numeric
                );
                for input in &found.inputs {
                    near(input.dw, found.dz * input.x, "dw");
                    assert!((input.dw - input.dw_numeric).abs() < 1e-7, "{input:?}");
                }
                assert_eq!(found.uses.is_empty(), l == session.layers().len() - 1);
            }
        }
        assert!(
            session.inspect(4, 0, 0).is_err()
                && session.inspect(0, 5, 0).is_err()
                && session.inspect(0, 0, 4000).is_err()
        );
    }
}

#[test]
fn every_gradient_of_every_problem_is_proven() {
    for address in [
        DEEP,
        "problem=sines&samples=40",
        "problem=blobs&samples=30&loss=&layers=3-gelu",
        "samples=40&loss=squared_hinge",
    ] {
        let report = session(address).check().unwrap_or_else(|failure| panic!("{address}: {failure}"));
        assert!(report.contains("derivatives agree with finite differences"), "{report}");
    }
}

#[test]
fn pictures_are_what_the_layers_answer() {
    let session = session(DEEP);
    let (size, cells) = (6, 36);
    let neurons = session.neurons(size).unwrap();
    assert_eq!(neurons.len(), cells * (2 + 5 + 4 + 3 + 1));
    // The inputs are the coordinates themselves: from the left, and from the top.
    let step = 5.0 / 6.0;
    assert!((f64::from(neurons[0]) - (-2.5 + step / 2.0)).abs() < 1e-6);
    assert!((f64::from(neurons[cells]) - (2.5 - step / 2.0)).abs() < 1e-6);
    // The output's sign is the class of the surface.
    let surface = session.surface(size).unwrap();
    let outputs = &neurons[neurons.len() - cells..];
    for (cell, &z) in outputs.iter().enumerate() {
        assert_eq!(surface.class[cell], u8::from(z > 0.0));
        let p = 1.0 / (1.0 + (-f64::from(z)).exp());
        assert!((f64::from(surface.sure[cell]) - 255.0 * (2.0 * p - 1.0).abs()).abs() <= 1.01);
    }
    let line = self::session("problem=sines&samples=40&features=x.x2&layers=3-tanh");
    assert_eq!(line.neurons(10).unwrap().len(), 10 * (2 + 3 + 1));
}

#[test]
fn accuracy_and_split_are_those_of_the_samples() {
    let session = session("problem=blobs&loss=&samples=90&epoch=200&test=0.2");
    let data = session.data();
    assert_eq!((data.train.places.len(), data.test.as_ref().unwrap().places.len()), (72, 18));
    let last = session.history().last().unwrap();
    assert!(last.train_accuracy.unwrap() > 0.9, "{last:?}");
}

#[test]
fn a_model_file_is_opened_and_answers_alike() {
    let table =
        "problem=table&data=height,kind%0A1,x%0A2,x%0A3,x%0A4,y%0A5,y%0A6,y%0A&test=0&rate=1&epoch=200";
    for address in [DEEP, "problem=sines&epoch=5", "problem=moons&loss=hinge&epoch=5", table] {
        let session = session(address);
        let model = Model::<f64>::from_bytes(&session.model().unwrap()).unwrap();
        assert_eq!(model.network().params(), session.params(), "{address}");
        assert_eq!(format!("{:016x}", model.run_fingerprint().unwrap()), session.fingerprint());
        assert!(model.notes()[0].contains(&session.address()), "{:?}", model.notes());
        for text in [session.rust().unwrap(), session.c().unwrap()] {
            assert!(text.contains(&session.address()), "{text}");
        }
    }
    let model = Model::<f64>::from_bytes(&session(table).model().unwrap()).unwrap();
    // Raw numbers, as the table has them.
    let x = [1.0, 6.0];
    assert_eq!(model.features(), ["height"]);
    assert_eq!(model.predict_names(ArrayView2::from_shape((2, 1), &x).unwrap()).unwrap(), ["x", "y"]);
    let values = "problem=table&data=a,b,v%0A1,1,100%0A2,1,200.5%0A3,2,300%0A4,1,400%0A5,2,500%0A6,1,600%0A7,1,700%0A8,2,800%0A9,1,900%0A&test=0&optimizer=lbfgs&rate=1&epoch=60";
    let model = Model::<f64>::from_bytes(&session(values).model().unwrap()).unwrap();
    let predicted = model.predict(ArrayView2::from_shape((1, 2), &[5.0, 2.0]).unwrap()).unwrap()[[0, 0]];
    assert!((predicted - 500.0).abs() < 20.0, "{predicted}");
}

#[test]
fn a_neuron_of_a_table_adds_up_too() {
    let table = "problem=table&data=a,b,c,kind%0A1,10,3,x%0A2,30,3,x%0A3,20,4,y%0A4,50,4,y%0A5,10,9,x%0A6,60,1,y%0A&test=0&layers=3-tanh&epoch=4";
    let found = session(table).inspect(0, 1, 2).unwrap();
    let z = found.inputs.iter().map(|input| input.x * input.w).sum::<f64>() + found.b;
    assert!((z - found.z).abs() < 1e-12 && found.inputs.len() == 3, "{found:?}");
    for input in &found.inputs {
        assert!(
            (input.dw - found.dz * input.x).abs() < 1e-12 && (input.dw - input.dw_numeric).abs() < 1e-7,
            "{input:?}"
        );
    }
    assert_eq!(session(table).neurons(5).unwrap().len(), 25 * (3 + 3 + 1));
}
