//! Search for hyper-parameters: its rungs, its winner, and that neither interruptions nor threads change anything.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nn_train::search::{Job, Outcome, RandomSearch, Sampler, Search, Stopped, SuccessiveHalving, Trial};
use proptest::prelude::*;

type Score = Result<f64, Box<dyn Error + Send + Sync>>;

fn number(sampler: &mut Sampler) -> Result<usize, nn_core::Error> {
    sampler.integer(0, 999)
}

/// A score that looks like chance and is fixed by the job; many are equal, some are not numbers, some jobs fail.
fn score(job: &Job<'_, usize>) -> Score {
    let mix = (job.settings + 1000 * job.budget + 7 * job.fold) * 2_654_435_761 % (1 << 32) / 65_536;
    match mix % 11 {
        0 => Err(format!("settings {} are bad", job.settings).into()),
        1 => Ok(f64::NAN),
        _ => Ok((mix % 5) as f64),
    }
}

/// The same without failures.
fn sound(job: &Job<'_, usize>) -> f64 {
    ((job.settings + 1000 * job.budget) * 2_654_435_761 % (1 << 32) / 65_536 % 5) as f64
}

fn json<S: serde::Serialize>(search: &Search<S>) -> String {
    serde_json::to_string(search).expect("it can be written")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// Rung k: the ⌊n / ηᵏ⌋ best of the rung before, the lower number first of equals, each once with the budget r ηᵏ.
    #[test]
    fn halving_tries_the_best_of_each_rung(
        trials in 1_usize..60, least in 1_usize..5, times in 1_usize..100, factor in 2_usize..5, seed: u64
    ) {
        let halving = SuccessiveHalving::new(trials, least, least * times).factor(factor).seed(seed);
        let mut search = halving.sample(number).unwrap();
        let tried = Mutex::new(BTreeMap::<usize, Vec<usize>>::new());
        search.run(|job| {
            tried.lock().unwrap().entry(job.budget).or_default().push(job.trial);
            Ok(sound(job))
        });
        let mut tried = tried.into_inner().unwrap();

        let mut members: Vec<usize> = (0..trials).collect();
        let mut budget = least;
        for k in 0.. {
            let size = trials / factor.pow(k);
            if size == 0 || budget > least * times {
                prop_assert_eq!(search.rungs().len(), k as usize);
                break;
            }
            if k > 0 {
                let worth = |&trial: &usize| match search.trials()[trial].outcomes(k as usize - 1) {
                    [Some(Outcome::Score(score))] => *score,
                    other => panic!("one score, not {other:?}"),
                };
                members.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.cmp(b)));
                members.truncate(size);
                members.sort_unstable();
            }
            let rung = search.rungs()[k as usize];
            prop_assert_eq!((rung.trials, rung.budget), (size, budget));
            let mut ran = tried.remove(&budget).unwrap();
            ran.sort_unstable();
            prop_assert_eq!(&ran, &members);
            budget *= factor;
        }
        prop_assert!(tried.is_empty());
    }

    /// Stopped after any results, written down, read and gone on with: nothing is run twice, and what comes out is the same.
    #[test]
    fn an_interrupted_search_ends_as_one_that_was_not(
        trials in 1_usize..30, folds in 1_usize..4, halving: bool, seed: u64, cuts in prop::collection::vec(0_usize..20, 0..5)
    ) {
        let new = || if halving {
            SuccessiveHalving::new(trials, 1, 9).factor(2).folds(folds).seed(seed).sample(number).unwrap()
        } else {
            RandomSearch::new(trials, 3).folds(folds).seed(seed).sample(number).unwrap()
        };
        let (mut whole, all) = (new(), AtomicUsize::new(0));
        whole.run(|job| {
            all.fetch_add(1, Ordering::Relaxed);
            score(job)
        });
        prop_assert!(whole.is_finished());

        let (mut search, runs) = (new(), AtomicUsize::new(0));
        let count = |job: &Job<'_, usize>| {
            runs.fetch_add(1, Ordering::Relaxed);
            score(job)
        };
        for cut in cuts {
            let mut left = cut;
            let file = Mutex::new(json(&search));
            search.run_with(count, |search| {
                *file.lock().unwrap() = json(search);
                left = left.saturating_sub(1);
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            search = serde_json::from_str(&file.into_inner().unwrap()).unwrap();
        }
        search.run(count);
        prop_assert_eq!(&search, &whole);
        prop_assert_eq!(json(&search), json(&whole));
        prop_assert_eq!(runs.into_inner(), all.into_inner());
        prop_assert_eq!(search.to_string(), whole.to_string());
    }
}

#[test]
fn a_score_is_the_mean_over_the_folds_whose_seeds_all_trials_share() {
    let mut search = RandomSearch::new(5, 8).folds(4).seed(3).sample(number).expect("valid");
    let seeds = Mutex::new(BTreeMap::<usize, Vec<u64>>::new());
    search.run(|job| {
        assert_eq!((job.budget, job.rung), (8, 0));
        seeds.lock().expect("no panic").entry(job.fold).or_default().push(job.seed);
        Ok((job.trial * job.fold) as f64)
    });
    for trial in search.trials() {
        // 0 + n + 2 n + 3 n over 4.
        assert_eq!(trial.score(), Some(1.5 * trial.number() as f64));
    }
    assert_eq!(search.best().map(Trial::number), Some(4));
    let seeds = seeds.into_inner().expect("no panic");
    let mut firsts: Vec<u64> = seeds.values().map(|seeds| seeds[0]).collect();
    assert!(seeds.values().all(|seeds| seeds.len() == 5 && seeds.iter().all(|seed| *seed == seeds[0])));
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), 4);
}

#[test]
fn a_trial_has_the_same_settings_however_many_there_are() {
    let settings = |trials, seed| {
        let search = RandomSearch::new(trials, 1).seed(seed).sample(number).expect("valid");
        search.trials().iter().map(|trial| *trial.settings()).collect::<Vec<_>>()
    };
    assert_eq!(settings(10, 1), settings(20, 1)[..10]);
    assert_ne!(settings(10, 1), settings(10, 2));
    let halved = SuccessiveHalving::new(10, 1, 9).seed(1).sample(number).expect("valid");
    assert!(halved.trials().iter().map(|trial| *trial.settings()).eq(settings(10, 1)));
}

#[test]
fn a_trial_that_fails_is_recorded_and_the_search_goes_on() {
    let halving = SuccessiveHalving::new(8, 1, 4).factor(2).folds(2).sample(number);
    let mut search = halving.expect("valid");
    // 6 and 7 would be the best. 5 and 4 diverge on the second rung, in one fold.
    search.run(|job| match (job.trial, job.rung, job.fold) {
        (7, _, 0) => Err("no such layer".into()),
        (6, _, 1) => Ok(f64::NEG_INFINITY),
        (4 | 5, 1, 1) => Ok(f64::NAN),
        _ => Ok(job.trial as f64),
    });
    let failure = |trial: usize| search.trials()[trial].failure();
    assert_eq!(failure(7), Some("no such layer"));
    assert_eq!(failure(6), Some("the score is -inf; expected a finite number"));
    assert_eq!(failure(5), Some("the score is NaN; expected a finite number"));
    assert_eq!(failure(3), None);
    assert_eq!(search.trials()[5].score(), None);
    // Rungs of 8, 4 and 2 places: 2 to 5, then 2 and 3.
    assert_eq!(search.trials()[5].outcomes(1)[0], Some(Outcome::Score(5.0)));
    assert!(search.trials()[5].outcomes(2).is_empty());
    let ranking: Vec<usize> = search.ranking().iter().map(|trial| trial.number()).collect();
    assert_eq!(ranking, [3, 2, 1, 0]);
    assert!(search.is_finished() && search.to_string().starts_with("8 trials, 4 failed\n"), "{search}");
    assert_eq!(serde_json::from_str::<Search<usize>>(&json(&search)).expect("a search"), search);

    search.run(|_| panic!("there is nothing left to run"));
    let mut none = RandomSearch::new(3, 1).sample(number).expect("valid");
    none.run(|_| Err("never".into()));
    assert!(none.is_finished() && none.best().is_none());
    assert_eq!(none.to_string(), "3 trials, 3 failed");
}

#[test]
fn of_equals_the_lower_number_wins() {
    let mut search = SuccessiveHalving::new(9, 1, 9).sample(number).expect("valid");
    search.run(|job| Ok(if job.trial < 4 { 1.0 } else { 2.0 }));
    assert_eq!(
        search.ranking().iter().map(|trial| trial.number()).collect::<Vec<_>>(),
        [4, 5, 6, 7, 8, 0, 1, 2, 3]
    );
}

#[test]
fn a_job_that_is_stopped_is_not_recorded() {
    let mut search = RandomSearch::new(6, 1).sample(number).expect("valid");
    search.run(|job| if job.trial == 2 { Err(Stopped.into()) } else { Ok(sound(job)) });
    assert!(search.trials()[2].outcomes(0).iter().all(Option::is_none) && !search.is_finished());
    assert!(search.to_string().starts_with("6 trials, 0 failed, not finished"), "{search}");
    let mut whole = RandomSearch::new(6, 1).sample(number).expect("valid");
    whole.run(|job| Ok(sound(job)));
    search.run(|job| Ok(sound(job)));
    assert_eq!(search, whole);
}

#[test]
fn jobs_may_be_shared_out_by_anyone_in_any_order() {
    let mut search = SuccessiveHalving::new(9, 1, 9).folds(2).seed(2).sample(number).expect("valid");
    let mut whole = search.clone();
    whole.run(score);
    assert_eq!(search.jobs().len(), 18);
    let first = search.clone();
    while !search.is_finished() {
        let snapshot = search.clone();
        for job in snapshot.jobs().iter().rev() {
            assert_eq!(search.record(job, Err(Stopped.into())), Ok(false));
            assert_eq!(search.record(job, score(job)), Ok(true));
        }
    }
    assert_eq!(search, whole);
    assert!(search.jobs().is_empty());
    let error = search.record(&first.jobs()[3], Ok(0.0)).expect_err("it has a result").to_string();
    assert_eq!(error, "a job is that of trial 1 and fold 1 on rung 0; expected one that is to be run");
    let other = RandomSearch::new(30, 1).sample(number).expect("valid");
    assert!(first.clone().record(&other.jobs()[29], Ok(0.0)).is_err(), "there is no such trial");
}

#[test]
fn the_table_shows_the_ten_best() {
    let mut search = RandomSearch::new(12, 25).sample(|sampler| sampler.choice(&["relu"])).expect("valid");
    search.run(|job| Ok(-(job.trial as f64)));
    let table = search.to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "12 trials, 0 failed");
    assert_eq!(lines[1], "rank  trial         score  budget  settings");
    assert_eq!(lines[3], "   2      1       -1.0000      25  relu");
    assert_eq!(lines[11], "  10      9       -9.0000      25  relu");
    assert_eq!(lines.len(), 12);
}

#[test]
fn settings_out_of_their_range_are_refused() {
    let random = |search: RandomSearch| search.sample(number).expect_err("refused").to_string();
    assert_eq!(random(RandomSearch::new(0, 1)), "trials is 0; expected 1 to 100,000");
    assert_eq!(
        random(RandomSearch::new(usize::MAX, 1)),
        format!("trials is {}; expected 1 to 100,000", usize::MAX)
    );
    assert_eq!(random(RandomSearch::new(1, 0)), "budget is 0; expected at least 1");
    assert_eq!(random(RandomSearch::new(1, 1).folds(0)), "folds is 0; expected at least 1");
    let halving = |search: SuccessiveHalving| search.sample(number).expect_err("refused").to_string();
    assert_eq!(halving(SuccessiveHalving::new(0, 1, 1)), "trials is 0; expected 1 to 100,000");
    assert_eq!(halving(SuccessiveHalving::new(9, 0, 1)), "min_budget is 0; expected at least 1");
    assert_eq!(halving(SuccessiveHalving::new(9, 3, 2)), "max_budget is 2; expected at least the min_budget");
    assert_eq!(halving(SuccessiveHalving::new(9, 1, 2).factor(1)), "factor is 1; expected at least 2");
    let error = RandomSearch::new(1, 1).sample(|sampler| sampler.uniform(1.0, 0.0)).expect_err("no range");
    assert_eq!(error.to_string(), "uniform is 1 to 0; expected two finite numbers, the lower one first");
    // Budgets up to the largest there is.
    let search =
        SuccessiveHalving::new(1_000, usize::MAX / 2, usize::MAX).factor(2).sample(number).expect("valid");
    assert_eq!(search.rungs().iter().map(|rung| rung.trials).collect::<Vec<_>>(), [1_000, 500]);
}

#[test]
fn a_file_that_is_no_search_is_refused() {
    let mut search = SuccessiveHalving::new(4, 1, 2).factor(2).sample(number).expect("valid");
    search.run(|job| Ok(job.trial as f64));
    let whole = json(&search);
    assert_eq!(serde_json::from_str::<Search<usize>>(&whole).expect("a search"), search);
    let refused = |from: &str, to: &str, why: &str| {
        let file = whole.replacen(from, to, 1);
        assert_ne!(file, whole, "{from}");
        let error = serde_json::from_str::<Search<usize>>(&file).expect_err(to).to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(r#""folds":1"#, r#""folds":0"#, "at least one fold");
    refused(r#""folds":1"#, r#""folds":2"#, "each with a place a fold");
    refused(r#"{"trials":4,"#, r#"{"trials":3,"#, "as many trials as the first rung has");
    refused(r#"{"trials":2,"#, r#"{"trials":5,"#, "ever fewer trials");
    refused(r#"{"trials":2,"#, r#"{"trials":0,"#, "ever fewer trials");
    refused(r#""number":1"#, r#""number":2"#, "in the order of their numbers");
    // Trial 0 has not come to the second rung.
    refused(r#"[[{"score":0.0}]]"#, r#"[[{"score":0.0}],[{"score":9.0}]]"#, "that it has not come to");
    // Had it been better, trial 2 would not have.
    refused(r#"[[{"score":0.0}]]"#, r#"[[{"score":9.0}]]"#, "that it has not come to");
    refused(r#"[[{"score":0.0}]]"#, "[[null]]", "that it has not come to");
    refused(r#""seed":0"#, r#""seeds":0"#, "seeds");
}

/// Threads are handed jobs in any order, and finish them in any.
#[test]
fn threads_change_nothing() {
    let on = |threads: usize, seed: u64| {
        let mut search = SuccessiveHalving::new(40, 1, 27).folds(2).seed(seed).sample(number).expect("valid");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let shown = Mutex::new(0);
        pool.install(|| {
            let slowly = |job: &Job<'_, usize>| {
                (0..job.settings % 7).for_each(|_| std::thread::yield_now());
                score(job)
            };
            search.run_with(slowly, |search| {
                *shown.lock().expect("no panic") += 1;
                // An observer that shares out work, and so may be handed a job while it waits.
                let (a, b) = rayon::join(|| json(search), || search.to_string());
                assert!(!a.is_empty() && !b.is_empty());
                ControlFlow::Continue(())
            });
        });
        let results: usize =
            search.trials().iter().flat_map(|trial| (0..4).map(|rung| trial.outcomes(rung).len())).sum();
        assert_eq!(shown.into_inner().expect("no panic"), results, "each result is shown");
        search
    };
    for seed in 0..20 {
        let one = on(1, seed);
        assert!(one.is_finished());
        assert_eq!(on(2, seed), one, "seed {seed}");
        assert_eq!(on(3, seed), one, "seed {seed}");
    }
}
