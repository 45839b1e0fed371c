//! `cargo edge generate maps`: maps of a game that satisfy conditions, all of them.

use convex_edge_core::random::Pcg64;
use convex_edge_maps::data::collection::Collection;
use convex_edge_maps::data::condition::Condition;
use convex_edge_maps::data::condition::parse::{ParseError, parse};
use convex_edge_maps::data::condition::verify::violations;
use convex_edge_maps::data::contradiction::Contradiction;
use convex_edge_maps::data::corpus::{CorpusError, Windows, load};
use convex_edge_maps::data::game::Game;
use convex_edge_maps::data::map::Map;
use convex_edge_maps::data::packed::{PackedError, embedded};
use convex_edge_maps::data::picture;
use convex_edge_maps::data::suite::Source;
use convex_edge_maps::model::decode::{DecodeError, Decoder, LIMIT};
use convex_edge_maps::model::denoiser_checkpoint::{DenoiserError, denoiser};
use convex_edge_maps::model::diffusion::STEPS;
use convex_edge_maps::model::polytope::{Polytope, PolytopeError};
use convex_edge_maps::model::sampling::{Guidance, likeliest, sample};
use convex_edge_maps::train::denoiser::TrainError;
use convex_edge_maps::train::settings::Settings;
use convex_edge_runs::png_file::PngError;
use convex_edge_runs::progress::bar;
use convex_edge_runs::settings::SettingsError;
use convex_edge_runs::store::{StoreError, prepare};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Parts of a training's bar.
const PARTS: u64 = 1000;

/// What can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Generated {
    /// Generative: maps of a game
    Maps,
}

/// A game whose maps come with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Named {
    /// 6 x 18 bricks in the colours of their rows
    Breakout,
    /// 14 x 18 places of four mazes
    MsPacman,
    /// 15 x 24 places of formation and shields
    SpaceInvaders,
}

/// Whose maps.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Maps {
    /// Use the maps of this game. Only for maps
    ///
    /// The maps come with the program. Default: ms-pacman
    #[arg(long, value_enum, conflicts_with = "corpus")]
    game: Option<Named>,
    #[command(flatten)]
    corpus: Corpus,
}

impl Maps {
    /// Whether a game is named.
    pub(crate) fn is_game(&self) -> bool {
        self.game.is_some()
    }

    /// Whether they are a user's own.
    pub(crate) fn is_corpus(&self) -> bool {
        self.corpus.is_given()
    }
}

/// Levels of a user's own.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Corpus {
    /// Use your own levels in this folder, not a game's. Only for maps
    ///
    /// Each level is a text file with one character for each tile. A JSON legend gives the meaning of the characters.
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
    /// Cut the levels into windows of this many rows and columns
    #[arg(long, value_name = "ROWSxCOLUMNS", value_parser = size, requires = "corpus")]
    window: Option<(usize, usize)>,
}

impl Corpus {
    /// The maps, where a folder is named.
    ///
    /// # Errors
    /// [`CorpusError`].
    pub(crate) fn load(&self) -> Result<Option<Collection>, CorpusError> {
        let windows = self.window.map(|(height, width)| Windows { height, width, strides: (height, width) });
        self.corpus.as_ref().map(|folder| load(folder, windows)).transpose()
    }

    /// Whether a folder is named.
    pub(crate) fn is_given(&self) -> bool {
        self.corpus.is_some()
    }
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('x').and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    parts.filter(|&(rows, columns)| rows > 0 && columns > 2).ok_or_else(|| "give rows and columns, as 14x18".to_owned())
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Generate for this task
    task: Generated,
    #[command(flatten)]
    maps: Maps,
    /// Conditions that every map satisfies, separated by `;`. May be repeated
    ///
    /// Examples: `exactly 40 pellet`, `wall at 3,4`, `no power in rows 0-5`, `between 3 and 8 pellet in column 2`,
    /// `path from 0,3 to 13,4`, `symmetric`, `reachable`, `like the game`.
    #[arg(long, value_name = "CONDITION", default_value = "like the game")]
    condition: Vec<String>,
    /// Generate N maps
    #[arg(short, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    n: u16,
    /// Use this seed for the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw the maps into this PNG file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Read the settings from FILE. Default: the published settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep all runs and trained denoisers in this folder
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
    /// Print the maps as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The maps that come with the program.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// The user's own levels.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A condition.
    #[error(transparent)]
    Condition(#[from] ParseError),
    /// The conditions do not fit the game.
    #[error(transparent)]
    Polytope(#[from] PolytopeError),
    /// No map satisfies the conditions.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The denoiser.
    #[error(transparent)]
    Denoiser(#[from] DenoiserError),
    /// The sampling.
    #[error(transparent)]
    Sampling(#[from] TrainError),
    /// The decoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The picture.
    #[error(transparent)]
    Picture(#[from] PngError),
    /// The folder of the picture.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A map for `--json`.
#[derive(Serialize)]
struct Generation {
    /// A line a row.
    map: Vec<String>,
    /// Tiles that decoding changed.
    edits: usize,
}

/// Prints maps, and draws them where that is asked for. Conditions that no map satisfies are refused before anything is
/// trained.
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    let Generated::Maps = options.task;
    let settings = Settings::load(options.config.as_deref())?;
    let collection = collection(&options.maps)?;
    let game = &collection.game;
    let source = Source::new(game, &collection.train.maps);
    let mut conditions: Vec<Condition> = Vec::new();
    for text in &options.condition {
        conditions.extend(parse(text, game)?);
    }
    if let Some(path) = &options.png {
        prepare(path)?;
    }
    let polytope = Polytope::new(game, Some(source.template()), &conditions)?;
    let decoder = Decoder::new(&polytope)?;
    let (denoiser, _) = trained(&collection, &settings, &options.runs)?;
    let random = &mut Pcg64::from_seed(options.seed);
    let all = vec![conditions; usize::from(options.n)];
    let samples = sample(game, source.template(), &denoiser, &all, Guidance::AsTrained, STEPS, random)?;
    let mut maps: Vec<(Map, usize)> = Vec::new();
    for sample in &samples {
        let map = decoder.decode(&sample.prediction, LIMIT)?.map;
        let edits = map.distance(&likeliest(sample, game));
        maps.push((map, edits));
    }
    show(game, &maps, &polytope, options)
}

/// The maps that the options name.
pub(crate) fn collection(maps: &Maps) -> Result<Collection, CommandError> {
    if let Some(own) = maps.corpus.load()? {
        return Ok(own);
    }
    Ok(embedded(match maps.game.unwrap_or(Named::MsPacman) {
        Named::Breakout => Game::breakout(),
        Named::MsPacman => Game::ms_pacman(),
        Named::SpaceInvaders => Game::space_invaders(),
    })?)
}

/// The checkpoint's denoiser; it is trained, with a progress bar, where there is none.
pub(crate) fn trained(
    collection: &Collection,
    settings: &Settings,
    runs: &Path,
) -> Result<
    (convex_edge_maps::train::denoiser::Denoiser, convex_edge_maps::model::denoiser_checkpoint::Origin),
    DenoiserError,
> {
    let bar = bar(PARTS, "training");
    let found = denoiser(collection, settings, runs, &mut |share| bar.set_position((PARTS as f64 * share) as u64));
    bar.finish_and_clear();
    found
}

fn show(game: &Game, maps: &[(Map, usize)], polytope: &Polytope, options: &Options) -> Result<(), CommandError> {
    if options.json {
        let lines = |map: &Map| game.draw(map).lines().map(str::to_owned).collect();
        let maps: Vec<Generation> =
            maps.iter().map(|(map, edits)| Generation { map: lines(map), edits: *edits }).collect();
        println!("{}", serde_json::json!(maps));
    } else {
        for (map, edits) in maps {
            println!("{}{edits} tiles changed in decoding\n", game.draw(map));
        }
    }
    if let Some(path) = &options.png {
        let broken = |map| violations(map, polytope).into_iter().flat_map(|violation| violation.cells).collect();
        let drawn: Vec<(&Map, Vec<usize>)> = maps.iter().map(|(map, _)| (map, broken(map))).collect();
        picture::write(game, &drawn, path)?;
        eprintln!("{}", path.display());
    }
    Ok(())
}
