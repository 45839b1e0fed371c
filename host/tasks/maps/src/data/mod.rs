//! Data: games, maps, and conditions on them.
//!
//! | module | content |
//! |---|---|
//! | `collection` | maps to train on and to be judged by |
//! | `condition` | conditions on a map |
//! | `contradiction` | conditions that no map satisfies |
//! | `corpus` | a user's own levels from text files |
//! | `game` | games: sizes, tiles, what can be reached |
//! | `map` | maps: a tile in each cell of a grid |
//! | `mistakes` | wrong tiles in training maps |
//! | `packed` | maps that come with the program |
//! | `picture` | maps as pictures |
//! | `regions` | connected regions of a map |
//! | `suite` | suites of conditions from held-out maps |

pub mod collection;
pub mod condition;
pub mod contradiction;
pub mod corpus;
pub mod game;
#[cfg(test)]
pub mod instances;
pub mod map;
pub mod mistakes;
pub mod packed;
pub mod picture;
pub mod regions;
pub mod suite;
