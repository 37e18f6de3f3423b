//! How a network is made and trained.

use clap::Args;
use nn_core::ActivationSpec;

use super::parse;
use crate::fit::{ClassWeight, Recipe, Widths};

/// How a network is made and trained; what is not said is as [`Recipe::default`] has it.
#[derive(Debug, Args)]
#[command(next_help_heading = "The network and its training")]
pub(crate) struct RecipeArguments {
    /// Units of the hidden layers, with commas between them; `none` for a linear model.
    #[arg(long, default_value_t = Recipe::default().hidden, value_name = "UNITS", value_parser = parse::widths)]
    hidden: Widths,
    /// What the hidden layers apply: relu, tanh, sigmoid, gelu, silu, ..
    #[arg(long, default_value = "relu", value_parser = parse::activation)]
    activation: ActivationSpec,
    /// The share of a hidden layer's outputs that is dropped in training, at random.
    #[arg(long, default_value_t = Recipe::default().dropout, value_name = "RATE", value_parser = parse::rate)]
    dropout: f64,
    /// Passes over the data at most.
    #[arg(long, default_value_t = Recipe::default().epochs, value_parser = parse::count)]
    epochs: usize,
    /// Passes without improvement that end the training.
    #[arg(long, default_value_t = Recipe::default().patience, value_name = "EPOCHS", value_parser = parse::count)]
    patience: usize,
    /// Rows a step.
    #[arg(long, default_value_t = Recipe::default().batch_size, value_name = "ROWS", value_parser = parse::count)]
    batch_size: usize,
    /// The size of a step, by Adam.
    #[arg(long, default_value_t = Recipe::default().learning_rate, value_name = "RATE", value_parser = parse::positive)]
    learning_rate: f64,
    /// The penalty on large weights.
    #[arg(long, default_value_t = Recipe::default().l2, value_name = "PENALTY", value_parser = parse::not_negative)]
    l2: f64,
    /// How much a class counts: as much as it has rows, or `balanced`, as much as any other. Rare ones are then found more often, and the
    /// probabilities are those of classes that are equally frequent.
    #[arg(long, value_enum, default_value_t = Recipe::default().class_weight, value_name = "WEIGHT")]
    class_weight: ClassWeight,
    /// Fixes weights, split and order: the same seed gives the same network, to the bit.
    #[arg(long, default_value_t = Recipe::default().seed)]
    seed: u64,
}

impl RecipeArguments {
    /// The same as one value.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            hidden: self.hidden.clone(),
            activation: self.activation,
            dropout: self.dropout,
            epochs: self.epochs,
            patience: self.patience,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            l2: self.l2,
            class_weight: self.class_weight,
            seed: self.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        recipe: RecipeArguments,
    }

    #[test]
    fn what_is_not_said_is_as_the_recipe_has_it() {
        assert_eq!(Alone::parse_from(["smallnet"]).recipe.recipe(), Recipe::default());
    }

    #[test]
    fn what_is_said_is_in_the_recipe() {
        let said = [
            "smallnet",
            "--hidden",
            "8, 4",
            "--activation",
            "tanh",
            "--dropout",
            "0.5",
            "--epochs",
            "7",
            "--patience",
            "3",
            "--batch-size",
            "9",
            "--learning-rate",
            "0.25",
            "--l2",
            "0",
            "--class-weight",
            "balanced",
            "--seed",
            "11",
        ];
        let expected = Recipe {
            hidden: Widths(vec![8, 4]),
            activation: ActivationSpec::Tanh,
            dropout: 0.5,
            epochs: 7,
            patience: 3,
            batch_size: 9,
            learning_rate: 0.25,
            l2: 0.0,
            class_weight: ClassWeight::Balanced,
            seed: 11,
        };
        assert_eq!(Alone::parse_from(said).recipe.recipe(), expected);
        assert_eq!(
            Alone::parse_from(["smallnet", "--hidden", "none"]).recipe.recipe().hidden,
            Widths(vec![])
        );
    }
}
