//! Report: answers, rules and comparisons as pages and pictures.
//!
//! | module | content |
//! |---|---|
//! | `answer` | an answer as text and as a picture |
//! | `comparison_page` | page of a comparison |
//! | `rules_picture` | projectors onto what rules leave free |

pub mod answer;
pub mod comparison_page;
pub mod rules_picture;
