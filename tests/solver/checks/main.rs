//! The solver's checks: what they draw is right, and what is known of small cases is found.

mod fuzz;
mod margins;
mod programs;
mod sets;
mod worst_case;
mod worst_case_program;
