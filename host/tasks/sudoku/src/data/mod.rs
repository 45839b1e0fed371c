//! Data: grids, puzzles, digits, and pictures of boards.
//!
//! | module | content |
//! |---|---|
//! | `augmentation` | changes of a digit's image on its way into the network: shifts, turns, other sizes, noise |
//! | `boards` | boards, and the image that shows each of their cells |
//! | `canvas` | a coloured picture with rectangles and numerals |
//! | `cutting` | cells of a photographed board, empty or as a data set would show them |
//! | `digits` | handwritten digits with their labels |
//! | `grid` | digits of a grid's cells |
//! | `image` | pictures of boards, drawn from images of digits |
//! | `puzzle` | puzzles with one solution, by seed |
//! | `simulated_reader` | scores of a reader of known accuracy |

pub mod augmentation;
pub mod boards;
pub mod canvas;
pub mod cutting;
pub mod digits;
pub mod grid;
pub mod image;
pub mod puzzle;
pub mod simulated_reader;
