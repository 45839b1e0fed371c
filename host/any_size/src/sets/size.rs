//! The sizes of the solvers that are built, and the smallest that takes a program.

/// Stack of a thread that solves, bytes: the largest size's data is moved about on it.
const STACK: usize = 1 << 28;

/// Work that is the same for solvers of all sizes.
pub trait AnySize {
    /// Result of the call.
    type Output;
    /// Does it with N variables and M constraints.
    fn run<const N: usize, const M: usize>(self) -> Self::Output;
}

/// Does the work in the smallest size that takes so many variables and constraints; nothing where all are too small.
///
/// Up to 16 variables the size has no more than 16: from there on the solver's cold start weighs constraints otherwise,
/// and would take other iterations than it takes in the program's own size.
pub fn smallest<W: AnySize>(variables: usize, constraints: usize, work: W) -> Option<W::Output> {
    type Sized<W> = (usize, usize, fn(W) -> <W as AnySize>::Output);
    let sizes: [Sized<W>; 7] = [
        (8, 16, W::run::<8, 16>),
        (16, 32, W::run::<16, 32>),
        (16, 400, W::run::<16, 400>),
        (32, 64, W::run::<32, 64>),
        (64, 128, W::run::<64, 128>),
        (100, 200, W::run::<100, 200>),
        (200, 400, W::run::<200, 400>),
    ];
    let fits = |(n, m, _): &Sized<W>| variables <= *n && constraints <= *m;
    sizes.into_iter().find(fits).map(|(.., run)| run(work))
}

/// Does the work on a thread whose stack suffices for every size; nothing where that could not start or ended early.
pub fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Option<R> {
    let solving = std::thread::Builder::new().stack_size(STACK);
    std::thread::scope(|scope| solving.spawn_scoped(scope, work).ok()?.join().ok())
}
