//! Native code of the solver: no instruction of the encoding before AVX is among those of AVX. One of them can cost
//! more than a whole iteration, and a square root of another crate is such an instruction.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated};
use convex_edge_core::real::Real;
use iced_x86::{CpuidFeature, Decoder, DecoderOptions, EncodingKind, Instruction};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

/// Extensions whose instructions have a form of AVX.
const OLDER: [CpuidFeature; 6] = [
    CpuidFeature::SSE,
    CpuidFeature::SSE2,
    CpuidFeature::SSE3,
    CpuidFeature::SSSE3,
    CpuidFeature::SSE4_1,
    CpuidFeature::SSE4_2,
];

#[test]
fn an_older_root_is_told_from_a_newer_one() {
    let (older, newer) = ([0xf2, 0x0f, 0x51, 0xc0], [0xc5, 0xfb, 0x51, 0xc0]);
    assert!(decoded(&older).iter().all(is_older));
    assert!(!decoded(&newer).iter().any(is_older));
    // A fence belongs to the older extensions, but has no register to stall on.
    assert!(!decoded(&[0x0f, 0xae, 0xf0]).iter().any(is_older));
}

#[test]
fn no_instruction_of_the_solver_has_the_older_encoding() {
    if !cfg!(all(target_os = "linux", target_feature = "avx")) {
        println!("skipped: this build has no AVX, or another format of executables than ELF");
        return;
    }
    assert!(is_solved::<f32>() && is_solved::<f64>());
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let (mut functions, mut faults) = (0, Vec::new());
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        let name = symbol.name().unwrap();
        let Some(index) = symbol.section_index().filter(|_| name.contains("convex_edge_core")) else { continue };
        let section = file.section_by_index(index).unwrap();
        let code = section.data_range(symbol.address(), symbol.size()).unwrap().unwrap();
        functions += 1;
        faults.extend(decoded(code).into_iter().filter(is_older).map(|found| format!("{name}: {:?}", found.code())));
    }
    assert!(functions > 20, "{functions} functions of the solver are in this executable");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Has all of the solver in this executable.
fn is_solved<T: Real>() -> bool {
    let mut qp = Qp::<T, 4, 6>::zero();
    for i in 0..4 {
        qp.hessian[(i, i)] = T::ONE;
        qp.linear[i] = -T::ONE;
    }
    for (row, bound) in qp.upper.iter_mut().enumerate() {
        (qp.rows[(row, row % 4)], *bound) = (T::ONE, T::ONE / T::from_count(2));
    }
    let mut workspace = Workspace::new();
    let cold = solve(&qp, &mut workspace, &Settings::default()).status;
    let warm = solve_updated(&qp, &mut workspace, &Settings::default()).status;
    (cold, warm) == (Status::Solved, Status::Solved)
}

fn decoded(code: &[u8]) -> Vec<Instruction> {
    Decoder::new(64, code, DecoderOptions::NONE).into_iter().collect()
}

fn is_older(instruction: &Instruction) -> bool {
    let features = instruction.code().cpuid_features();
    let has_vector = (0..instruction.op_count()).any(|operand| instruction.op_register(operand).is_xmm());
    instruction.code().encoding() == EncodingKind::Legacy
        && has_vector
        && features.iter().any(|feature| OLDER.contains(feature))
}
