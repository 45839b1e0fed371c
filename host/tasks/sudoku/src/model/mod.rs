//! Model: a reader of cells, the rules as a layer, and the searches for a grid.
//!
//! | module | content |
//! |---|---|
//! | `branching` | digits that a board's search excludes next |
//! | `candidates` | digits that a cell may still take |
//! | `consistency` | boards without an answer, and the cells that speak against one |
//! | `convolution` | convolution, rectifier and maximum as one operation |
//! | `decode` | the best grid by branch and bound with the layer |
//! | `most_likely_grid` | the most likely grid for scores, exactly |
//! | `reader` | the network that reads one cell |
//! | `reader_checkpoint` | files of trained readers |
//! | `rules` | rules as an affine set, learned from solutions |
//! | `rules_by_gradient` | rules whose coefficients a gradient finds |
//! | `scores` | scores that layer and searches maximize |
//! | `solving` | the answer to a picture of a board |

pub mod branching;
pub mod candidates;
pub mod consistency;
pub mod convolution;
pub mod decode;
pub mod most_likely_grid;
pub mod reader;
pub mod reader_checkpoint;
pub mod rules;
pub mod rules_by_gradient;
pub mod scores;
pub mod solving;
