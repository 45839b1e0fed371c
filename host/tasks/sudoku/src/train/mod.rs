//! Training of readers.
//!
//! | module | content |
//! |---|---|
//! | `settings` | settings of trainings, from checked-in files |
//! | `through_layer` | training of a reader through the layer |
//! | `trainer` | gradient steps of a reader, and its learning rate |

pub mod settings;
pub mod through_layer;
pub mod trainer;
