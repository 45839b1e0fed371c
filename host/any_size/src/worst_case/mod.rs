//! Most iterations of the solver over a box of parameters, by sampling. It is a lower bound on the true worst case and
//! no certificate, since points between the samples are not covered.

pub mod program;
pub mod record;
pub mod search;
pub mod solver;
