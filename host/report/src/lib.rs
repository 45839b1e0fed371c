//! Plots and tables of a self-contained HTML page: SVG written by hand, no script, nothing from the network.

pub mod axis;
pub mod page;
pub mod plot;
pub mod tables;
pub mod text;
