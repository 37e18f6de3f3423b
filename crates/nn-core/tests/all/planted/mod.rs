//! What the gradient checker is tried on: code with one mistake each, for it to find, and correct networks. Every family
//! of mistakes has a variant without one: the control, without which a checker that always fails would look perfect.

pub(crate) mod activation;
pub(crate) mod correct;
pub(crate) mod dense;
pub(crate) mod loss;
pub(crate) mod others;
