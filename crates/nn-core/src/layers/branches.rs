use crate::{Architecture, Layer, Scalar};

/// What a [`Parallel`](crate::Parallel) can hold: a tuple of layers, or a `Vec` of layers of one type.
pub trait Branches: Send + Sync {
    /// The branches, without their scalar type.
    fn architectures(&self) -> impl Iterator<Item = &dyn Architecture>;
}

/// [`Branches`] for a scalar type.
pub trait LayerBranches<T: Scalar>: Branches {
    /// The branches.
    fn layers(&self) -> impl Iterator<Item = &dyn Layer<T>>;
}

impl<L: Architecture> Branches for Vec<L> {
    fn architectures(&self) -> impl Iterator<Item = &dyn Architecture> {
        self.iter().map(|branch| branch as &dyn Architecture)
    }
}

impl<T: Scalar, L: Layer<T>> LayerBranches<T> for Vec<L> {
    fn layers(&self) -> impl Iterator<Item = &dyn Layer<T>> {
        self.iter().map(|branch| branch as &dyn Layer<T>)
    }
}

macro_rules! tuple_of_branches {
    ($($layer:ident $index:tt),+) => {
        impl<$($layer: Architecture),+> Branches for ($($layer,)+) {
            fn architectures(&self) -> impl Iterator<Item = &dyn Architecture> {
                [$(&self.$index as &dyn Architecture),+].into_iter()
            }
        }

        impl<T: Scalar, $($layer: Layer<T>),+> LayerBranches<T> for ($($layer,)+) {
            fn layers(&self) -> impl Iterator<Item = &dyn Layer<T>> {
                [$(&self.$index as &dyn Layer<T>),+].into_iter()
            }
        }
    };
}

tuple_of_branches!(A 0);
tuple_of_branches!(A 0, B 1);
tuple_of_branches!(A 0, B 1, C 2);
tuple_of_branches!(A 0, B 1, C 2, D 3);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
tuple_of_branches!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dense, Softmax};

    #[test]
    fn a_tuple_and_a_vec_show_their_layers_in_order() {
        let tuple = (Dense::linear(1), Softmax);
        let names: Vec<_> = tuple.architectures().map(Architecture::name).collect();
        assert_eq!(names, ["Dense", "Softmax"]);
        let vec = vec![Dense::linear(4), Dense::linear(2)];
        let outputs: Vec<_> = LayerBranches::<f64>::layers(&vec).map(|layer| layer.out_dim(1)).collect();
        assert_eq!(outputs, [Ok(4), Ok(2)]);
    }
}
