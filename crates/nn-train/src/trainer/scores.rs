use nn_core::{Layer, Loss, Network, Scalar, Targets};

use super::CHECKED;
use crate::Score;
use crate::callback::Scores;
use crate::evaluate::Evaluator;
use crate::penalty::Penalty;

/// The data that scores are taken on.
pub(super) struct Data<'t, 'v, T: Scalar, Y: Targets<T> + ?Sized> {
    pub(super) train: Evaluator<'t, T, Y>,
    pub(super) validation: Option<Evaluator<'v, T, Y>>,
}

/// The scores of the current parameters, each computed at most once.
pub(super) struct CachedScores<'a, 't, 'v, T: Scalar, L, P: ?Sized, Y: Targets<T> + ?Sized> {
    data: &'a mut Data<'t, 'v, T, Y>,
    network: &'a Network<T, L>,
    loss: &'a P,
    penalty: &'a Penalty<T>,
    train: Option<Score>,
    validation: Option<Score>,
}

impl<'a, 't, 'v, T: Scalar, L, P: ?Sized, Y: Targets<T> + ?Sized> CachedScores<'a, 't, 'v, T, L, P, Y> {
    pub(super) fn new(
        data: &'a mut Data<'t, 'v, T, Y>,
        network: &'a Network<T, L>,
        loss: &'a P,
        penalty: &'a Penalty<T>,
    ) -> Self {
        Self { data, network, loss, penalty, train: None, validation: None }
    }

    /// A score that was taken and is not finite.
    pub(super) fn not_finite(&self) -> Option<(&'static str, f64)> {
        let scores = [("the training loss", self.train), ("the validation loss", self.validation)];
        let mut losses = scores.into_iter().filter_map(|(what, score)| Some((what, score?.loss)));
        losses.find(|(_, loss)| !loss.is_finite())
    }
}

impl<T, L, P, Y> Scores for CachedScores<'_, '_, '_, T, L, P, Y>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    fn train(&mut self) -> Score {
        let Self { data, network, loss, penalty, .. } = self;
        let score = || data.train.score(network, *loss, Some(penalty)).expect(CHECKED);
        *self.train.get_or_insert_with(score)
    }

    fn validation(&mut self) -> Option<Score> {
        if self.validation.is_none() {
            let validation = self.data.validation.as_mut();
            self.validation =
                validation.map(|data| data.score(self.network, self.loss, None).expect(CHECKED));
        }
        self.validation
    }
}
