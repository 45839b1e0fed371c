//! The quadratic program solver on any bytes; a wrong answer is a crash.
#![no_main]

use convex_edge_verify::fuzz::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = check(bytes) {
        panic!("{why}");
    }
});
