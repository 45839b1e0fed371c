//! Values of the parameters of a batch: for each sample its own, or the same for all.

use super::LayerError;
use crate::program::Program;
use convex_edge_core::number::Number;

/// Shape of the values of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// 1 or batch size.
    samples: usize,
    is_shared: bool,
    /// Sizes of one sample's values as they were given.
    sizes: Vec<usize>,
}

impl Shape {
    /// The same values for all samples: `[rows, columns]`, or `[rows]` of a vector.
    pub fn shared(sizes: &[usize]) -> Self {
        Self { samples: 1, is_shared: true, sizes: sizes.to_vec() }
    }

    /// Values for each sample: `[batch, rows, columns]`, or `[batch, rows]` of a vector.
    pub fn batched(sizes: &[usize]) -> Self {
        let samples = sizes.first().copied().unwrap_or(1);
        Self { samples, is_shared: false, sizes: sizes.get(1..).unwrap_or_default().to_vec() }
    }

    /// Entries of one sample.
    pub fn entries(&self) -> usize {
        self.sizes.iter().product()
    }

    /// Whether all samples have the same values.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Whether the values of one sample are a matrix of other sizes, though of as many entries; sizes of 1 apart, and not a list
    /// of all entries.
    fn is_misshapen(&self, rows: usize, columns: usize) -> bool {
        let without_ones = |sizes: &[usize]| sizes.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
        let sizes = without_ones(&self.sizes);
        sizes.len() > 1 && sizes != without_ones(&[rows, columns])
    }
}

/// Values of one parameter, by rows.
#[derive(Debug, Clone)]
pub struct Argument<'a, T> {
    values: &'a [T],
    shape: Shape,
}

/// The same values for all samples: `[rows, columns]`, or `[rows]` of a vector. What only such parameters touch, the
/// factors of matrices above all, is computed once for the batch. A list of all entries, by rows, will do for a matrix.
pub fn shared<'a, T>(values: &'a [T], sizes: &[usize]) -> Argument<'a, T> {
    Argument { values, shape: Shape::shared(sizes) }
}

/// Values for each sample: `[batch, rows, columns]`, or `[batch, rows]` of a vector. A list of all entries, by rows, will do
/// for a matrix.
pub fn batched<'a, T>(values: &'a [T], sizes: &[usize]) -> Argument<'a, T> {
    Argument { values, shape: Shape::batched(sizes) }
}

/// Place of the values of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    /// First index in a sample's parameters.
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) is_shared: bool,
    /// Among the shared or the batched values.
    pub(super) start: usize,
}

/// Where the values of all parameters are, once they are known to fit the program.
#[derive(Debug, Clone)]
pub struct Layout {
    size: usize,
    sources: Vec<Source>,
}

impl Layout {
    /// Of these shapes, in the order of the program's parameters.
    ///
    /// # Errors
    /// [`LayerError::Arguments`], [`LayerError::Entries`], [`LayerError::Shape`] and [`LayerError::Batch`] where they do not fit.
    pub fn new(program: &Program, shapes: &[Shape]) -> Result<Self, LayerError> {
        let slots = &program.parameters;
        if slots.len() != shapes.len() {
            return Err(LayerError::Arguments { given: shapes.len(), wanted: slots.len() });
        }
        let mut batch = None;
        let mut starts = [0, 0];
        let mut sources = Vec::with_capacity(slots.len());
        for (slot, shape) in slots.iter().zip(shapes) {
            let (length, given) = (slot.rows * slot.columns, shape.entries());
            if given != length {
                return Err(LayerError::Entries { name: slot.name.clone(), given, wanted: length });
            }
            if shape.is_misshapen(slot.rows, slot.columns) {
                let (name, given) = (slot.name.clone(), shape.sizes.clone());
                return Err(LayerError::Shape { name, given, rows: slot.rows, columns: slot.columns });
            }
            if !shape.is_shared && *batch.get_or_insert(shape.samples) != shape.samples {
                return Err(LayerError::Batch { first: batch.unwrap_or(shape.samples), second: shape.samples });
            }
            let kind = usize::from(!shape.is_shared);
            sources.push(Source { offset: slot.offset, length, is_shared: shape.is_shared, start: starts[kind] });
            starts[kind] += length;
        }
        Ok(Self { size: batch.unwrap_or(1), sources })
    }

    /// Entries that are shared, and entries of each sample.
    pub fn lengths(&self) -> [usize; 2] {
        let of = |shared| self.sources.iter().filter(|it| it.is_shared == shared).map(|it| it.length).sum();
        [of(true), of(false)]
    }
}

/// Values of all parameters of a batch.
#[derive(Debug)]
pub struct Batch<T> {
    /// Number of samples.
    pub(super) size: usize,
    pub(super) sources: Vec<Source>,
    pub(super) shared: Vec<T>,
    pub(super) batched: Vec<T>,
}

impl<T: Number> Batch<T> {
    /// Of these arguments, in the order of the program's parameters.
    ///
    /// # Errors
    /// As [`Layout::new`]; [`LayerError::Values`] where an argument has another number of values than its shape.
    pub fn new(program: &Program, arguments: &[Argument<'_, T>]) -> Result<Self, LayerError> {
        let shapes: Vec<Shape> = arguments.iter().map(|argument| argument.shape.clone()).collect();
        let layout = Layout::new(program, &shapes)?;
        for (slot, argument) in program.parameters.iter().zip(arguments) {
            let (given, wanted) = (argument.values.len(), argument.shape.samples * argument.shape.entries());
            if given != wanted {
                return Err(LayerError::Values { name: slot.name.clone(), given, wanted });
            }
        }
        let [shared_length, width] = layout.lengths();
        let (mut shared, mut batched) = (vec![T::ZERO; shared_length], vec![T::ZERO; layout.size * width]);
        for (source, argument) in layout.sources.iter().zip(arguments).filter(|(source, _)| source.length > 0) {
            let place = source.start..source.start + source.length;
            if source.is_shared {
                shared[place].copy_from_slice(argument.values);
            } else {
                for (to, from) in batched.chunks_exact_mut(width).zip(argument.values.chunks_exact(source.length)) {
                    to[place.clone()].copy_from_slice(from);
                }
            }
        }
        Self::packed(layout, shared, batched)
    }

    /// Of values that are packed: the shared ones one after the other, and those of each sample one after the other, both in
    /// the order of the program's parameters.
    ///
    /// # Errors
    /// [`LayerError::Packed`] where there are more or fewer.
    pub fn packed(layout: Layout, shared: Vec<T>, batched: Vec<T>) -> Result<Self, LayerError> {
        let [shared_length, width] = layout.lengths();
        let (given, wanted) = ([shared.len(), batched.len()], [shared_length, layout.size * width]);
        if given != wanted {
            return Err(LayerError::Packed { given, wanted });
        }
        Ok(Self { size: layout.size, sources: layout.sources, shared, batched })
    }

    /// Entries of each sample in the batched values.
    pub(super) fn width(&self) -> usize {
        self.sources.iter().filter(|source| !source.is_shared).map(|source| source.length).sum()
    }

    /// Room for those of one sample in the program's order, `length` of them, with the shared ones where they belong.
    pub(super) fn room(&self, length: usize) -> Vec<T> {
        let mut gathered = vec![T::ZERO; length];
        self.gather(&mut gathered, &self.shared, true);
        gathered
    }

    /// Those of one sample, in the program's order: where they lie, unless shared ones have to be put between them.
    pub(super) fn of<'a>(&'a self, sample: usize, room: &'a mut [T]) -> &'a [T] {
        let width = self.width();
        let own = self.batched.get(sample * width..(sample + 1) * width).unwrap_or_default();
        if self.shared.is_empty() {
            return own;
        }
        self.gather(room, own, false);
        room
    }

    fn gather(&self, room: &mut [T], from: &[T], shared: bool) {
        for source in self.sources.iter().filter(|source| source.is_shared == shared) {
            if let (Some(to), Some(from)) = (
                room.get_mut(source.offset..source.offset + source.length),
                from.get(source.start..source.start + source.length),
            ) {
                to.copy_from_slice(from);
            }
        }
    }
}
