//! The threads of rayon's pools; without the feature `parallel`, this one alone. They share work, never sums.

/// Multiplications that a thread must get to be worth waking up: 50 to 250 microseconds, beside 50 at most to wake it.
pub(crate) const WORTH_A_THREAD: usize = 1 << 21;

/// Whether there can be more than one: what is behind it is not compiled otherwise.
pub(crate) const MANY: bool = cfg!(feature = "parallel");

/// How many the pool has that this thread belongs to; 1 if it belongs to none.
pub(crate) fn of_this_pool() -> usize {
    #[cfg(feature = "parallel")]
    if rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    1
}

/// How many the pool has that this thread belongs to; if it belongs to none, the global one.
pub(crate) fn of_any_pool() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Calls `work` on a thread of a pool, where it finds the others.
pub(crate) fn in_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    return rayon::scope(|_| work());
    #[cfg(not(feature = "parallel"))]
    work()
}

/// Calls both, on two threads if another one is free.
pub(crate) fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    #[cfg(feature = "parallel")]
    return rayon::join(a, b);
    #[cfg(not(feature = "parallel"))]
    (a(), b())
}
