//! What the page promises of a run, held natively.

use playground::{Session, choices};

fn session(address: &str) -> Session {
    Session::open(address).unwrap_or_else(|error| panic!("{address}: {error}"))
}

fn names(key: &str) -> Vec<String> {
    let list = choices()[key].as_array().expect("a list").clone();
    list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

const STATEFUL: &str = "problem=moons&samples=120&layers=5-tanh.3-relu&dropout=0.1&optimizer=adam&rate=0.01&batch=16&schedule=cosine&period=50";

#[test]
fn steps_of_any_size_come_to_the_same_bits() {
    let mut by_ones = session(STATEFUL);
    (0..20).for_each(|_| by_ones.advance(1));
    let mut uneven = session(STATEFUL);
    [7, 1, 12].into_iter().for_each(|epochs| uneven.advance(epochs));
    let at_once = session(&format!("{STATEFUL}&epoch=20"));
    assert_eq!(by_ones.epoch(), 20);
    assert_eq!(by_ones.fingerprint(), at_once.fingerprint());
    assert_eq!(uneven.fingerprint(), at_once.fingerprint());
    assert_ne!(session(&format!("{STATEFUL}&epoch=19")).fingerprint(), at_once.fingerprint());
    assert_ne!(session(&format!("{STATEFUL}&epoch=20&seed=1")).fingerprint(), at_once.fingerprint());
}

#[test]
fn back_is_where_the_run_was_and_it_goes_on_as_it_did() {
    for schedule in ["cosine", "reduce_on_plateau"] {
        let address = format!("{STATEFUL}&schedule={schedule}&period=2");
        let mut session = session(&address);
        let mut there = Vec::new();
        // More moments than are kept.
        for _ in 0..150 {
            there.push(session.fingerprint());
            session.advance(1);
        }
        let end = session.fingerprint();
        session.back(1).unwrap();
        assert_eq!((session.epoch(), session.fingerprint()), (149, there[149].clone()));
        session.back(100).unwrap();
        assert_eq!((session.epoch(), session.fingerprint()), (49, there[49].clone()));
        assert_eq!(session.history().last().map(|record| record.epoch), Some(49));
        session.advance(101);
        assert_eq!(session.fingerprint(), end);
        session.back(1000).unwrap();
        assert_eq!((session.epoch(), session.fingerprint()), (0, there[0].clone()));
        session.advance(3);
        assert_eq!(session.fingerprint(), there[3]);
    }
}

#[test]
fn an_address_of_a_run_opens_that_run() {
    let mut first = session(STATEFUL);
    first.advance(11);
    let second = session(&first.address());
    assert_eq!((second.epoch(), second.address()), (11, first.address()));
    assert_eq!(second.fingerprint(), first.fingerprint());
}

/// Trains a few epochs: nothing fails, the parameters move, the loss is a number.
#[track_caller]
fn trains(address: &str) {
    let mut session = session(address);
    let before = session.fingerprint();
    session.advance(3);
    assert_eq!(session.ended(), None, "{address}");
    assert_ne!(session.fingerprint(), before, "{address}");
    let last = *session.history().last().expect("a record");
    assert!(
        last.epoch == 3 && last.train_loss.is_finite() && last.test_loss.is_some(),
        "{address}: {last:?}"
    );
    assert_eq!(last.train_accuracy.is_some(), session.data().classes > 0, "{address}");
}

#[test]
fn every_choice_trains() {
    const SMALL: &str = "samples=48&layers=3-tanh&rate=0.001";
    for problem in names("problems") {
        let data = match &problem[..] {
            "drawn" => "&data=1_1_0*1_2_0*2_1_1*2_2_1*1.5_1_0*2.5_2_1",
            "table" => "&data=a,b,c%0A1,2,x%0A2,1,y%0A3,3,x%0A4,1,y%0A5,2,x%0A6,2,y%0A",
            _ => "",
        };
        trains(&format!("{SMALL}&problem={problem}{data}"));
    }
    for activation in names("activations") {
        trains(&format!("{SMALL}&layers=3-{activation}.2-{activation}"));
    }
    for loss in names("lossesOfClasses") {
        trains(&format!("{SMALL}&loss={loss}"));
        trains(&format!("{SMALL}&problem=blobs&loss={loss}"));
    }
    for loss in names("lossesOfValues") {
        trains(&format!("{SMALL}&problem=sines&loss={loss}"));
    }
    for optimizer in names("optimizers") {
        trains(&format!("{SMALL}&optimizer={optimizer}"));
    }
    for schedule in names("schedules") {
        trains(&format!("{SMALL}&schedule={schedule}&period=10"));
    }
    trains(&format!("{SMALL}&features=x.y.x2.y2.xy.sinx.siny&layers=&batch=7&dropout=0.5&l2=0.1"));
}

#[test]
fn a_loss_of_another_problem_becomes_the_problems_own() {
    assert_eq!(session("problem=sines&loss=hinge").settings().loss, "mean_squared_error");
    assert_eq!(session("problem=blobs&loss=").settings().loss, "softmax_cross_entropy");
    assert_eq!(session("problem=moons&loss=hinge").settings().loss, "hinge");
}

#[test]
fn a_run_that_diverges_says_so_and_can_go_back() {
    let mut session = session("problem=sines&layers=4-relu&rate=1e200&optimizer=sgd");
    session.advance(10);
    let reason = session.ended().expect("it ended").to_owned();
    assert!(reason.contains("epoch"), "{reason}");
    session.advance(1);
    assert_eq!(session.ended(), Some(&reason[..]));
    session.back(10).unwrap();
    assert_eq!((session.epoch(), session.ended()), (0, None));
}
