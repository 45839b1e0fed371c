//! Large values on the heap, with the feature `std`.

use std::boxed::Box;
use std::thread;

/// Values up to this size are built where they are asked for.
const SMALL: usize = 1 << 15;

/// Stack of the thread that builds a larger one: constructors without optimization hold several copies.
const COPIES: usize = 8;
const ROOM: usize = 1 << 20;

/// Builds a value and puts it on the heap. A large one is built on the stack of a thread of its own, which is gone
/// afterwards, so that the caller's stack needs no room for it, without optimization either. `make` is called again on the
/// caller's stack where the system has no such thread to give.
///
/// ```
/// use convex_edge_core::heap::boxed;
/// use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
/// let qp = boxed(Qp::<f64, 200, 400>::new);
/// let mut workspace = boxed(Workspace::new);
/// assert_eq!(solve(&qp, &mut workspace, &Settings::default()).status, Status::Solved);
/// ```
/// Without `std` or an allocator, put them into a `static`: both are all zeros, take no flash, and are never moved.
pub fn boxed<T: Send>(make: impl Fn() -> T + Sync) -> Box<T> {
    let size = size_of::<T>();
    if size <= SMALL {
        return here(&make);
    }
    let built = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(COPIES * size + ROOM).spawn_scoped(scope, || here(&make));
        thread.ok().and_then(|thread| thread.join().ok())
    });
    built.unwrap_or_else(|| here(&make))
}

/// A function of its own: inlined, it would make the value part of its caller's frame, which takes it in any case.
#[inline(never)]
fn here<T>(make: &impl Fn() -> T) -> Box<T> {
    Box::new(make())
}
