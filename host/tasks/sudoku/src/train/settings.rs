//! The settings of a comparison: read from a checked-in file; a run is identified by the hash of its part of them.

use crate::data::augmentation::Augmentation;
use convex_edge_core::artefact::crc32;
use convex_edge_runs::settings::{SettingsError, check, read};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Settings of the readers that the program trains from its own data.
pub const EMBEDDED: &str = include_str!("../../configs/embedded.toml");

/// The settings of the published numbers.
pub const PUBLISHED: &str = include_str!("../../configs/compare.toml");

/// What is trained to read pictures where MNIST is there.
pub const MNIST: &str = include_str!("../../configs/mnist.toml");

/// Everything that the comparison depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Test boards of every problem.
    pub test_boards: usize,
    /// Whether settings are chosen: a sixth of the training digits and other puzzles take the test's place.
    #[serde(default)]
    pub validation: bool,
    /// Problems to solve.
    pub problems: Vec<Problem>,
    /// Methods of learning.
    pub methods: Vec<Method>,
}

/// Sources of handwritten digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The 1,797 of 8 by 8 pixels that come with the program.
    Optdigits,
    /// MNIST's 70,000 of 28 by 28 pixels.
    Mnist,
    /// The same with half the lines and columns.
    MnistHalved,
}

/// Boards and digits of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Its name in tables and folders.
    pub name: String,
    /// 2 for 4x4, 3 for 9x9.
    pub box_size: usize,
    /// Givens of each board.
    pub givens: usize,
    /// Images of the digits.
    pub source: Source,
    /// Changes of the training images.
    pub augmentation: Augmentation,
    /// How often a reader reads each cell of a test board, as `cargo edge solve` does; its probabilities are their mean.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub readings: usize,
    /// From how many boards is learned, for how long, how often.
    pub sizes: Vec<Size>,
    /// The methods' names.
    pub methods: Vec<String>,
}

/// A number of training boards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Training boards.
    pub boards: usize,
    /// Processor seconds of the training, the same for every method.
    pub seconds: f64,
    /// Runs, with the seeds 0, 1, ...
    pub seeds: u64,
}

/// Kind of learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The reader by cross-entropy, with labels of all cells.
    Reader,
    /// The same, and then through the layer.
    ReaderThroughLayer,
    /// Through the layer, with labels of the blank cells alone.
    BlankCells,
    /// Perceptron from the board's image to its solution.
    Perceptron,
    /// Convolutions from the cells' features to the solution.
    Convolutional,
    /// The reader with a perceptron on all cells' logits.
    ReaderPerceptron,
    /// The reader's features with a transformer over the cells.
    ReaderTransformer,
}

/// How it is learned. Warm-up and curvature are the layer's; the baselines have none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name in tables and folders.
    pub name: String,
    /// Kind of learner.
    pub form: Form,
    /// Boards a step.
    pub boards: usize,
    /// The largest of the cycle.
    pub learning_rate: f64,
    /// Share of the training before the layer's own loss begins.
    #[serde(default = "none")]
    pub warm_up: f64,
    /// The layer's curvature when its loss begins, and at the end.
    #[serde(default = "unit")]
    pub curvature: [f64; 2],
    /// Share of each weight of a baseline that goes with a learning rate of 1.
    #[serde(default)]
    pub weight_decay: f64,
}

fn once() -> usize {
    1
}

fn is_once(readings: &usize) -> bool {
    *readings == 1
}

fn none() -> f64 {
    1.0
}

fn unit() -> [f64; 2] {
    [1.0, 1.0]
}

/// A part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job<'a> {
    /// Problem to solve.
    pub problem: &'a Problem,
    /// Method of learning.
    pub method: &'a Method,
    /// Number of boards, and budget.
    pub size: Size,
    /// Seed of the boards and the weights.
    pub seed: u64,
}

impl Settings {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        let sizes = || settings.problems.iter().flat_map(|problem| &problem.sizes);
        let known = |name: &String| settings.methods.iter().any(|method| method.name == *name);
        let checks = [
            ("test_boards", "at least 1", settings.test_boards >= 1),
            ("problems.box_size", "2 or 3", settings.problems.iter().all(|p| (2..=3).contains(&p.box_size))),
            ("sizes.boards", "at least 1", sizes().all(|size| size.boards >= 1 && size.seeds >= 1)),
            ("problems.readings", "at least 1", settings.problems.iter().all(|problem| problem.readings >= 1)),
            ("sizes.seconds", "positive", sizes().all(|size| size.seconds > 0.0)),
            (
                "problems.methods",
                "names of methods",
                settings.problems.iter().flat_map(|problem| &problem.methods).all(known),
            ),
            (
                "methods.curvature",
                "positive",
                settings.methods.iter().flat_map(|method| method.curvature).all(|curvature| curvature > 0.0),
            ),
            ("methods.warm_up", "0 to 1", settings.methods.iter().all(|method| (0.0..=1.0).contains(&method.warm_up))),
        ];
        check(checks)?;
        Ok(settings)
    }

    /// Reads a file, or takes what is built in: [`EMBEDDED`] or [`PUBLISHED`].
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load(path: Option<&Path>, built_in: &str) -> Result<Self, SettingsError> {
        match path {
            None => Self::parse(built_in),
            Some(path) => Self::parse(&read(path)?),
        }
    }

    /// The version for a few minutes: one seed, what comes with the program, few boards, a fifth of the time.
    pub fn quick(mut self) -> Self {
        self.test_boards = self.test_boards.min(200);
        self.problems.retain(|problem| problem.source == Source::Optdigits);
        for size in self.problems.iter_mut().flat_map(|problem| &mut problem.sizes) {
            (size.seeds, size.seconds) = (1, size.seconds / 5.0);
        }
        self
    }

    /// Every run, the shortest trainings first.
    pub fn jobs(&self) -> Vec<Job<'_>> {
        let mut jobs = Vec::new();
        for problem in &self.problems {
            for size in &problem.sizes {
                for method in self.methods.iter().filter(|method| problem.methods.contains(&method.name)) {
                    jobs.extend((0..size.seeds).map(|seed| Job { problem, method, size: *size, seed }));
                }
            }
        }
        jobs.sort_by(|a, b| a.seed.cmp(&b.seed).then(a.size.seconds.total_cmp(&b.size.seconds)));
        jobs
    }
}

/// Settings that a run depends on.
#[derive(Serialize)]
struct Dependencies<'a> {
    test_boards: usize,
    validation: bool,
    problem: Problem,
    method: &'a Method,
    boards: usize,
    seconds: f64,
}

impl Job<'_> {
    /// Path of the run's result, below `runs`.
    pub fn file(&self, settings: &Settings, runs: &Path) -> PathBuf {
        let folder = runs.join("sudoku").join("compare").join(&self.problem.name).join(&self.method.name);
        let identity = self.identity(settings);
        folder.join(format!("{}-{identity:08x}", self.size.boards)).join(format!("{}.json", self.seed))
    }

    /// Path of the run's reader, below `runs`.
    pub fn reader_file(&self, settings: &Settings, runs: &Path) -> PathBuf {
        let name = format!("{}-{:08x}-{}.reader", self.problem.name, self.identity(settings), self.seed);
        runs.join("sudoku").join("reader").join(name)
    }

    /// Hash of the settings that the run depends on, without its seed.
    fn identity(&self, settings: &Settings) -> u32 {
        let dependencies = Dependencies {
            test_boards: settings.test_boards,
            validation: settings.validation,
            problem: Problem { sizes: Vec::new(), methods: Vec::new(), ..self.problem.clone() },
            method: self.method,
            boards: self.size.boards,
            seconds: self.size.seconds,
        };
        crc32(serde_json::to_string(&dependencies).unwrap_or_default().as_bytes())
    }
}
