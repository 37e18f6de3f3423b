//! What a program with the feature `blas` must say: `extern crate blas_src`, or the linker drops the provider, since no
//! item of it is named.

extern crate blas_src;
