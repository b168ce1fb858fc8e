//! How far the elementary functions of two C libraries, or of one on two processors, agree.
//!
//!     rustc -O --edition 2024 bench/libm.rs -o of_glibc
//!     rustc -O --edition 2024 bench/libm.rs -o of_musl --target x86_64-unknown-linux-musl
//!     ./of_glibc write glibc && ./of_musl write musl
//!     GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4 ./of_glibc write without_fma
//!     ./of_glibc compare glibc musl
//!
//! Prints for each function the share of 200,000 arguments whose results differ, and by how many
//! units in the last place at most.

use std::hint::black_box;
use std::{env, fs, io};

const ARGUMENTS: usize = 200_000;

type Function = fn(f64, f64) -> f64;

/// Each function of two numbers that are uniform between 0 and 1.
const FUNCTIONS: [(&str, Function); 20] = [
    ("exp", |a, _| (40.0 * a - 20.0).exp()),
    ("exp2", |a, _| (40.0 * a - 20.0).exp2()),
    ("exp_m1", |a, _| (8.0 * a - 4.0).exp_m1()),
    ("ln", |a, _| (1e3 * a).ln()),
    ("ln_1p", |a, _| (8.0 * a - 0.99).ln_1p()),
    ("log2", |a, _| a.log2()),
    ("log10", |a, _| (1e3 * a).log10()),
    ("powf", |a, b| (10.0 * a).powf(6.0 * b - 3.0)),
    ("sin", |a, _| (40.0 * a - 20.0).sin()),
    ("cos", |a, _| (40.0 * a - 20.0).cos()),
    ("tan", |a, _| (3.0 * a - 1.5).tan()),
    ("asin", |a, _| (2.0 * a - 1.0).asin()),
    ("acos", |a, _| (2.0 * a - 1.0).acos()),
    ("atan2", |a, b| (2.0 * a - 1.0).atan2(2.0 * b - 1.0)),
    ("sinh", |a, _| (8.0 * a - 4.0).sinh()),
    ("cosh", |a, _| (8.0 * a - 4.0).cosh()),
    ("tanh", |a, _| (8.0 * a - 4.0).tanh()),
    ("cbrt", |a, _| (1e3 * a).cbrt()),
    ("hypot", |a, b| (10.0 * a).hypot(10.0 * b)),
    ("sqrt", |a, _| a.sqrt()),
];

/// Numbers between 0 and 1 (xorshift64).
fn uniform(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

fn write(path: &str) -> io::Result<()> {
    let mut state = 0x9E37_79B9_7F4A_7C15;
    let mut bytes = Vec::new();
    for (_, function) in FUNCTIONS {
        for _ in 0..ARGUMENTS {
            let (a, b) = (uniform(&mut state), uniform(&mut state));
            bytes.extend(function(black_box(a), black_box(b)).to_le_bytes());
        }
    }
    fs::write(path, bytes)
}

fn read(path: &str) -> io::Result<Vec<i64>> {
    let bytes = fs::read(path)?;
    let words = bytes.chunks_exact(8);
    Ok(words
        .map(|word| i64::from_le_bytes(word.try_into().unwrap()))
        .collect())
}

fn compare(a: &str, b: &str) -> io::Result<()> {
    let (a, b) = (read(a)?, read(b)?);
    assert_eq!(a.len(), b.len(), "the files are not of the same revision");
    for ((name, _), (a, b)) in FUNCTIONS
        .iter()
        .zip(a.chunks(ARGUMENTS).zip(b.chunks(ARGUMENTS)))
    {
        let apart: Vec<u64> = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).collect();
        let differ = apart.iter().filter(|&&units| units > 0).count();
        let share = 100.0 * differ as f64 / ARGUMENTS as f64;
        println!(
            "{name:8} {share:7.3} % by {} units at most",
            apart.iter().max().unwrap()
        );
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", path] => write(path),
        ["compare", a, b] => compare(a, b),
        _ => Err(io::Error::other("libm write FILE | libm compare FILE FILE")),
    }
}
