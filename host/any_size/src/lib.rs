//! Programs of any size: problem sets from files, random programs of the whole language, and the worst case over a box of
//! parameters. Each is padded to the next size for which a solver is compiled.
//!
//! | module | content |
//! |---|---|
//! | [`sets`] | problem sets of others, from their files, and the solvers' sizes |
//! | [`programs`] | random programs of the whole language, against a naive translation |
//! | [`worst_case`] | a box of parameters, searched for the most iterations |

pub mod programs;
pub mod sets;
pub mod worst_case;
