//! Report: the comparison as a page.
//!
//! | module | content |
//! |---|---|
//! | `comparison_page` | page of a comparison |
//! | `curves` | learning curves of each variant, seed by seed |

pub mod comparison_page;
pub mod curves;
