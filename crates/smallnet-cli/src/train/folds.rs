//! Every row judged once, by a network that did not know it.

use std::fmt;

use nn_data::TableEncoder;
use nn_train::StopReason;
use serde_json::{Value, json};

use crate::Failure;
use crate::answers::Answers;
use crate::fit::{Recipe, Watch};
use crate::rows::Source;
use crate::worth::{Worth, figure};

/// What as many networks are worth, each on the rows of one fold.
pub(super) struct Folds {
    pub(super) each: Vec<Worth>,
    /// On the rows of all folds together, each answered by the network that did not know it.
    pub(super) together: Option<Worth>,
    /// As many as were asked for; fewer are judged when the training was interrupted.
    pub(super) asked: usize,
}

impl Folds {
    /// Fold i tests, fold i + 1 says when to stop, and the others are learned from.
    pub(super) fn judge(
        folds: usize,
        recipe: &Recipe,
        whole: &TableEncoder,
        source: Source<'_, '_>,
        watch: &Watch<'_>,
    ) -> Result<Self, Failure> {
        let parts: Vec<Vec<usize>> =
            whole.k_fold_rows(source.table, folds, recipe.seed)?.map(|(_, test)| test).collect();
        let mut judged = Self { each: Vec::new(), together: None, asked: folds };
        let mut answers: Option<Answers> = None;
        for test in 0..folds {
            let (rows, held) = others(&parts, test);
            let encoder = whole.refit(source.table, &rows)?;
            let encoded = |rows| source.rows(&encoder, rows);
            let (train, held, test) = (encoded(&rows)?, encoded(held)?, encoded(&parts[test])?);
            let fitted = recipe
                .fit(&train, Some(&held), watch)
                .map_err(|failure| crate::doctor::explain(failure, recipe, &encoder, &train, Some(&held)))?;
            if fitted.report.reason == StopReason::Stopped {
                break;
            }
            let said = Answers::of_all(&fitted.network, &test, &encoder)?;
            judged.each.push(Worth::of(&said, &encoder)?);
            match &mut answers {
                Some(answers) => answers.append(said),
                None => answers = Some(said),
            }
        }
        judged.together = answers.map(|answers| Worth::of(&answers, whole)).transpose()?;
        Ok(judged)
    }

    /// The name, the mean and the standard deviation of each figure that all folds have.
    fn summary(&self) -> Vec<(&'static str, f64, f64)> {
        let all: Vec<Vec<(&str, f64)>> = self.each.iter().map(Worth::figures).collect();
        let names = all.first().into_iter().flatten().map(|(name, _)| *name);
        let figures = |name: &'static str| -> Option<(&'static str, f64, f64)> {
            let of = |fold: &Vec<(&str, f64)>| fold.iter().find(|(other, _)| *other == name).map(|(_, x)| *x);
            let values: Vec<f64> = all.iter().map(of).collect::<Option<_>>()?;
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            Some((name, mean, (squares / (values.len() as f64 - 1.0)).sqrt()))
        };
        names.filter_map(figures).collect()
    }

    pub(super) fn to_json(&self) -> Value {
        let summary = self.summary();
        let by_name = |of: fn(&(&str, f64, f64)) -> f64| -> Value {
            summary.iter().map(|figure| (figure.0.to_owned(), json!(of(figure)))).collect()
        };
        json!({
            "each": self.each.iter().map(Worth::to_json).collect::<Vec<_>>(),
            "mean": by_name(|figure| figure.1),
            "standard_deviation": by_name(|figure| figure.2),
            "together": self.together.as_ref().map(Worth::to_json),
        })
    }
}

/// The rows that are learned from, and those that say when to stop, while one part tests.
fn others(parts: &[Vec<usize>], test: usize) -> (Vec<usize>, &[usize]) {
    let held = (test + 1) % parts.len();
    let others = parts.iter().enumerate().filter(|(part, _)| *part != test && *part != held);
    let mut rows: Vec<usize> = others.flat_map(|(_, rows)| rows).copied().collect();
    rows.sort_unstable();
    (rows, &parts[held])
}

/// A line a fold, their mean, and their standard deviation.
impl fmt::Display for Folds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.each.len() < self.asked {
            writeln!(f, "{} of {} folds were judged before the end", self.each.len(), self.asked)?;
        }
        let summary = self.summary();
        let width = |name: &str| name.chars().count().max(10);
        let line = |f: &mut fmt::Formatter<'_>, first: &str, of: &dyn Fn(&str) -> Option<f64>, rows: &str| {
            write!(f, "{first:9}")?;
            for (name, ..) in &summary {
                // One fold has no deviation.
                let text = of(name).filter(|x| x.is_finite()).map_or_else(String::new, figure);
                write!(f, "  {text:>0$}", width(name))?;
            }
            if rows.is_empty() { writeln!(f) } else { writeln!(f, "  {rows:>6}") }
        };
        write!(f, "{:9}", "")?;
        for (name, ..) in &summary {
            write!(f, "  {name:>0$}", width(name))?;
        }
        writeln!(f, "  {:>6}", "rows")?;
        for (n, worth) in self.each.iter().enumerate() {
            let figures = worth.figures();
            let of = |name: &str| figures.iter().find(|(other, _)| *other == name).map(|(_, x)| *x);
            line(f, &format!("fold {}", n + 1), &of, &worth.rows().to_string())?;
        }
        let find = |name: &str| summary.iter().find(|figure| figure.0 == name);
        let rows: usize = self.each.iter().map(Worth::rows).sum();
        line(f, "mean", &|name| find(name).map(|figure| figure.1), &rows.to_string())?;
        line(f, "deviation", &|name| find(name).map(|figure| figure.2), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_one_role_in_each_fold() {
        let parts = [vec![0, 3, 8], vec![1, 4], vec![2, 7], vec![5, 6]];
        for test in 0..4 {
            let (rows, held) = others(&parts, test);
            let mut all = [&rows[..], held, &parts[test]].concat();
            all.sort_unstable();
            assert_eq!(all, (0..9).collect::<Vec<_>>());
        }
        assert_eq!(others(&parts, 1), (vec![0, 3, 5, 6, 8], &[2, 7][..]));
        assert_eq!(others(&parts, 3), (vec![1, 2, 4, 7], &[0, 3, 8][..]));
    }
}
