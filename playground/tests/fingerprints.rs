//! The runs of `fingerprints.csv`: the native bits where products are fused, which the column `fused` has. The page's tests
//! hold the browser to the column `unfused`, and `qemu-x86_64 -cpu Nehalem` the native program.

use playground::Session;

#[test]
fn runs_have_the_bits_that_they_had() {
    let text = include_str!("fingerprints.csv");
    let fused = cfg!(target_arch = "aarch64") || fuses();
    for line in text.lines().skip(1) {
        let [address, with, without] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}")
        };
        let session = Session::open(address).unwrap();
        assert_eq!(session.fingerprint(), if fused { with } else { without }, "{address}");
    }
}

#[cfg(target_arch = "x86_64")]
fn fuses() -> bool {
    std::arch::is_x86_feature_detected!("fma") && std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn fuses() -> bool {
    false
}
