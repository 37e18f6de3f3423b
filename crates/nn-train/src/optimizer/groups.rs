use std::ops::Range;

use nn_core::{Error, Layout, ParamKind, Scalar, Tensor};

use super::Optimizer;
use super::decay::shrink;
use super::second_order::check_first_order;
use crate::check::{check_not_negative, check_positive};

/// Another optimizer with a learning rate and a weight decay of their own for some parameters; others may be frozen.
///
/// A parameter belongs to the first group that has it. The parameters of no group are treated as without groups.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `optimizer` | | a first-order one, without weight decay if groups have some |
/// | `group` | none | any number of groups |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, ParamKind, Tanh};
/// use nn_train::{Adam, Group, Groups, Optimizer, Trainer};
///
/// // The first layer stays as it is, biases do not decay, all others do.
/// let groups = Groups::new(Adam::new())
///     .group(Group::named("layers.0").frozen())
///     .group(Group::kind(ParamKind::Bias).learning_rate_factor(2.0))
///     .group(Group::kind(ParamKind::Weight).weight_decay(0.01));
/// let trainer = Trainer::<f64, _>::new(groups);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Groups<O> {
    optimizer: O,
    /// The first that has a parameter is its group.
    rules: Vec<Group>,
    /// The parameters that move, in the order of the slice.
    runs: Vec<Run<O>>,
}

/// Some parameters of a network, and how [`Groups`] treats them.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `learning_rate_factor` | 1 | above 0, finite |
/// | `weight_decay` | 0 | λ of p ← (1 - η λ) p before each step, η with the factor: at least 0, finite |
/// | `frozen` | off | the parameters do not move at all |
///
/// # Example
/// ```
/// use nn_core::ParamKind;
/// use nn_train::Group;
///
/// let slow = Group::named("layers.0").learning_rate_factor(0.1);
/// let decayed = Group::kind(ParamKind::Weight).weight_decay(0.01);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Group {
    members: Members,
    learning_rate_factor: f64,
    weight_decay: f64,
    frozen: bool,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Members {
    Named(String),
    Kind(ParamKind),
}

/// Parameters side by side that are treated alike.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Run<O> {
    range: Range<usize>,
    learning_rate_factor: f64,
    weight_decay: f64,
    optimizer: O,
}

impl Group {
    /// The parameters of that name, `layers.0.weight`, or of all that it is the beginning of: `layers.0`.
    pub fn named(name: &str) -> Self {
        Self::of(Members::Named(name.to_owned()))
    }

    /// The parameters of that kind.
    pub fn kind(kind: ParamKind) -> Self {
        Self::of(Members::Kind(kind))
    }

    fn of(members: Members) -> Self {
        Self { members, learning_rate_factor: 1.0, weight_decay: 0.0, frozen: false }
    }

    /// Multiplies the learning rate.
    pub fn learning_rate_factor(self, learning_rate_factor: f64) -> Self {
        Self { learning_rate_factor, ..self }
    }

    /// λ: a step of learning rate η takes the share η λ off a parameter.
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// Does not move the parameters at all.
    pub fn frozen(self) -> Self {
        Self { frozen: true, ..self }
    }

    fn has(&self, tensor: &Tensor) -> bool {
        match &self.members {
            // `layers.1` is not the beginning of `layers.10.weight`.
            Members::Named(name) => {
                let rest = tensor.name.strip_prefix(&name[..]);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            Members::Kind(kind) => tensor.kind == *kind,
        }
    }

    fn check<T: Scalar>(&self, layout: &Layout) -> Result<(), Error> {
        check_positive::<T>("learning rate factor", self.learning_rate_factor)?;
        check_not_negative::<T>("weight decay", self.weight_decay)?;
        match &self.members {
            Members::Named(name) if !layout.tensors().iter().any(|tensor| self.has(tensor)) => {
                let expected =
                    "the name of a parameter of the network, `layers.0.weight`, or its beginning, `layers.0`";
                Err(Error::hyperparameter("the name of a group", expected, format!("`{name}`")))
            }
            _ => Ok(()),
        }
    }
}

impl<O> Groups<O> {
    /// The optimizer alone.
    pub fn new(optimizer: O) -> Self {
        Self { optimizer, rules: Vec::new(), runs: Vec::new() }
    }

    /// Adds a group.
    pub fn group(mut self, group: Group) -> Self {
        self.rules.push(group);
        self
    }

    fn group_of(&self, tensor: &Tensor) -> Option<&Group> {
        self.rules.iter().find(|group| group.has(tensor))
    }
}

impl<T: Scalar, O: Optimizer<T> + Clone> Optimizer<T> for Groups<O> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_first_order("the optimizer within Groups", &self.optimizer)?;
        self.rules.iter().try_for_each(|group| group.check::<T>(layout))?;
        let tensors = layout.tensors();
        let (mut runs, mut parts, mut begin) = (Vec::new(), Vec::new(), 0);
        for chunk in tensors.chunk_by(|a, b| self.group_of(a) == self.group_of(b)) {
            let part = begin..begin + chunk.len();
            begin = part.end;
            let group = self.group_of(&chunk[0]);
            if group.is_some_and(|group| group.frozen) {
                continue;
            }
            let range = chunk[0].range.start..chunk[chunk.len() - 1].range.end;
            let (learning_rate_factor, weight_decay) =
                group.map_or((1.0, 0.0), |group| (group.learning_rate_factor, group.weight_decay));
            runs.push(Run { range, learning_rate_factor, weight_decay, optimizer: self.optimizer.clone() });
            parts.push(layout.part(part));
        }
        let ranges = |runs: &[Run<O>]| runs.iter().map(|run| run.range.clone()).collect::<Vec<_>>();
        if self.runs.is_empty() {
            self.runs = runs;
        } else if ranges(&self.runs) != ranges(&runs) {
            let expected = "those of the network's groups (another network needs a new optimizer)";
            let found = format!("{:?}", ranges(&self.runs));
            return Err(Error::hyperparameter("the parameters that groups have state of", expected, found));
        }
        self.runs.iter_mut().zip(&parts).try_for_each(|(run, part)| run.optimizer.start(part))
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        for Run { range, learning_rate_factor, weight_decay, optimizer } in &mut self.runs {
            let learning_rate = learning_rate.as_f64() * *learning_rate_factor;
            let (params, gradient) = (&mut params[range.clone()], &gradient[range.clone()]);
            if *weight_decay > 0.0 {
                shrink(T::of(1.0 - learning_rate * *weight_decay), params);
            }
            optimizer.step(T::of(learning_rate), params, gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Network, Sequential, Tanh};

    use super::*;
    use crate::optimizer::testing::message;
    use crate::{Adam, AdamW, Sgd};

    /// 1-2-1: weights 0, 1; biases 2, 3; weights 4, 5; bias 6.
    fn network() -> Network<f64, (Dense<Tanh>, Dense<nn_core::Identity>)> {
        Network::from_params(1, (Dense::new(2, Tanh), Dense::linear(1)), vec![1.0; 7])
            .expect("seven parameters")
    }

    /// Ten steps with a gradient of 1 everywhere.
    fn moved(mut optimizer: impl Optimizer<f64>) -> Vec<f64> {
        let mut network = network();
        optimizer.start(&network.layout()).expect("valid groups");
        (0..10).for_each(|_| optimizer.step(0.125, network.params_mut(), &[1.0; 7]));
        network.params().to_vec()
    }

    #[test]
    fn without_groups_nothing_changes() {
        assert_eq!(moved(Groups::new(Adam::new())), moved(Adam::new()));
    }

    #[test]
    fn factors_and_frozen_parameters() {
        let groups = Groups::new(Sgd::new())
            .group(Group::named("layers.0.weight").frozen())
            .group(Group::named("layers.0").learning_rate_factor(0.5))
            .group(Group::kind(ParamKind::Bias).learning_rate_factor(2.0));
        assert_eq!(moved(groups), [1.0, 1.0, 0.375, 0.375, -0.25, -0.25, -1.5]);
    }

    #[test]
    fn decay_by_kind_is_adamw() {
        let groups = Groups::new(Adam::new()).group(Group::kind(ParamKind::Weight).weight_decay(0.5));
        assert_eq!(moved(groups), moved(AdamW::new().weight_decay(0.5)));
    }

    #[test]
    fn a_name_ends_at_a_point() {
        let layers = (0..11).fold(Sequential::new(), |layers, _| layers.then(Dense::new(1, Tanh)));
        let network = Network::<f64, _>::new(1, layers, 0).expect("it fits");
        let layout = network.layout();
        let group = Group::named("layers.1");
        let names: Vec<_> = layout.tensors().iter().filter(|t| group.has(t)).map(|t| &t.name[..]).collect();
        assert_eq!(names, ["layers.1.weight", "layers.1.bias"]);
    }

    #[test]
    fn settings_out_of_their_range() {
        let message = |group| message(Groups::new(Sgd::new()).group(group));
        assert_eq!(
            message(Group::named("layer.0")),
            "the name of a group is `layer.0`; expected the name of a parameter of the network, `layers.0.weight`, or \
             its beginning, `layers.0`"
        );
        let expected = "learning rate factor is 0; expected a finite number above 0";
        assert_eq!(message(Group::kind(ParamKind::Bias).learning_rate_factor(0.0)), expected);
        let expected = "weight decay is -1; expected a finite number, at least 0";
        assert_eq!(message(Group::kind(ParamKind::Bias).weight_decay(-1.0)), expected);
    }

    #[test]
    fn state_of_other_groups_is_refused() {
        let mut groups = Groups::new(Adam::<f64>::new());
        groups.start(&network().layout()).expect("valid groups");
        let error = groups.group(Group::named("layers.0").frozen()).start(&network().layout()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the parameters that groups have state of is [0..7]; expected those of the network's groups (another \
             network needs a new optimizer)"
        );
    }
}
