//! A user's own levels: a folder of text files, one character a tile, and a legend.
//!
//! The format is that of the Video Game Level Corpus (Summerville et al. 2016): a file `*.json` with
//! `{"tiles": {"X": ["solid", "ground"], ...}}` and levels `*.txt`, a line for each row. A tile is named by the last of
//! its tags that no other tile has, else by all of them, else by its character; tags of several tiles name groups.

use crate::data::collection::{Collection, Split};
use crate::data::game::{Game, MOST_CLASSES, Tile, Tiles};
use crate::data::map::Map;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Size and stride of the windows that levels are cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Rows of a map.
    pub height: usize,
    /// Columns of a map.
    pub width: usize,
    /// Rows and columns from one map to the next, both at least 1.
    pub strides: (usize, usize),
}

/// Errors of a folder of levels.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// A file or the folder cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        reason: std::io::Error,
    },
    /// There is not one legend.
    #[error("{path} has {found} files *.json: give one with the legend of the tiles")]
    Legends {
        /// The folder.
        path: PathBuf,
        /// Number of files `*.json` in it.
        found: usize,
    },
    /// The legend is something else.
    #[error("{path} is no legend as in {{\"tiles\": {{\"X\": [\"solid\"]}}}}: {reason}")]
    Legend {
        /// The file.
        path: PathBuf,
        /// Error of the JSON parser.
        reason: serde_json::Error,
    },
    /// A key of the legend is not one character.
    #[error("the legend's tile {key:?} is not one character")]
    Key {
        /// The key.
        key: String,
    },
    /// A level has a tile that the legend has not.
    #[error("{path} has the tile {tile:?}, which the legend has not: add it there")]
    Tile {
        /// The level.
        path: PathBuf,
        /// The tile.
        tile: char,
    },
    /// Levels have different sizes.
    #[error(
        "{path} has rows of {width} tiles and {height} of them, not {needed_height} x {needed_width} as the first level: give the size of windows"
    )]
    Size {
        /// The level.
        path: PathBuf,
        /// Its rows.
        height: usize,
        /// Tiles of the row that is different.
        width: usize,
        /// Rows of the first level.
        needed_height: usize,
        /// Columns of the first level.
        needed_width: usize,
    },
    /// A window without cells or that never moves.
    #[error("windows of {height} x {width} tiles every {rows} rows and {columns} columns: give numbers from 1 up")]
    Windows {
        /// Rows of a window.
        height: usize,
        /// Columns of a window.
        width: usize,
        /// Rows between windows.
        rows: usize,
        /// Columns between windows.
        columns: usize,
    },
    /// Too few levels to hold any out.
    #[error(
        "{path} has {found} levels *.txt that give maps: at least 3 are needed to train, choose and test on different ones"
    )]
    Few {
        /// The folder.
        path: PathBuf,
        /// Number of levels that give maps.
        found: usize,
    },
    /// Too many kinds of tiles.
    #[error("the levels have {found} kinds of tiles: at most 16 are understood")]
    Classes {
        /// Number of kinds of tiles.
        found: usize,
    },
}

#[derive(Deserialize)]
struct Legend {
    tiles: BTreeMap<String, Vec<String>>,
}

/// The maps of a folder. Of every 10 levels, by their names' order, the last is for testing and the one before for
/// validation; of fewer than 10 the same. Maps that occurred before, in this order of the parts: training, validation,
/// test, are left out. Without windows all levels must have one size.
///
/// # Errors
/// [`CorpusError`].
pub fn load(directory: &Path, windows: Option<Windows>) -> Result<Collection, CorpusError> {
    if let Some(Windows { height, width, strides: (rows, columns) }) = windows
        && [height, width, rows, columns].contains(&0)
    {
        return Err(CorpusError::Windows { height, width, rows, columns });
    }
    let files = files(directory)?;
    let with = |extension: &str| {
        let is_of = |path: &&PathBuf| path.extension().is_some_and(|of| of == extension);
        files.iter().filter(is_of).cloned().collect::<Vec<PathBuf>>()
    };
    let [legend] = &with("json")[..] else {
        return Err(CorpusError::Legends { path: directory.into(), found: with("json").len() });
    };
    let tags = tags(legend)?;
    let mut levels = Vec::new();
    for path in with("txt") {
        levels.push((read(&path)?, path));
    }
    let used: BTreeSet<char> = levels.iter().flat_map(|(level, _)| level.iter().flatten().copied()).collect();
    for (level, path) in &levels {
        if let Some(&tile) = level.iter().flatten().find(|tile| !tags.contains_key(tile)) {
            return Err(CorpusError::Tile { path: path.clone(), tile });
        }
    }
    if used.len() > MOST_CLASSES {
        return Err(CorpusError::Classes { found: used.len() });
    }
    let windows = match (windows, levels.first()) {
        (Some(windows), _) => windows,
        (None, Some((level, _))) => {
            let (height, width) = (level.len(), level.first().map_or(0, Vec::len));
            same_size(&levels, height, width)?;
            Windows { height, width, strides: (height.max(1), width.max(1)) }
        }
        (None, None) => return Err(CorpusError::Few { path: directory.into(), found: 0 }),
    };
    let classes: Vec<char> = used.into_iter().collect();
    let mut cut: Vec<Vec<Map>> = levels.iter().map(|(level, _)| maps(level, &classes, windows)).collect();
    cut.retain(|maps| !maps.is_empty());
    if cut.len() < 3 {
        return Err(CorpusError::Few { path: directory.into(), found: cut.len() });
    }
    let name = directory.file_name().map_or_else(|| "corpus".into(), |name| name.to_string_lossy().into_owned());
    let game = game(name, &classes, &tags, windows, &cut);
    let count = cut.len();
    let part_of = |level: usize| match level % 10 {
        _ if count < 10 => (level + 3).saturating_sub(count),
        place => place.saturating_sub(7),
    };
    let mut seen = HashSet::new();
    let [train, validation, test] = [0, 1, 2].map(|part| {
        let own = (0..count).filter(|&level| part_of(level) == part).flat_map(|level| &cut[level]);
        Split { maps: own.filter(|map| seen.insert((*map).clone())).cloned().collect(), labels: Vec::new() }
    });
    Ok(Collection { game, train, validation, test })
}

/// The files of a folder by their names' order.
fn files(directory: &Path) -> Result<Vec<PathBuf>, CorpusError> {
    let failed = |reason| CorpusError::Read { path: directory.into(), reason };
    let entries = std::fs::read_dir(directory).map_err(failed)?;
    let mut files = entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect::<Result<Vec<_>, CorpusError>>()?;
    files.sort();
    Ok(files)
}

/// The tags of each tile.
fn tags(path: &Path) -> Result<BTreeMap<char, Vec<String>>, CorpusError> {
    let text = std::fs::read_to_string(path).map_err(|reason| CorpusError::Read { path: path.into(), reason })?;
    let legend: Legend =
        serde_json::from_str(&text).map_err(|reason| CorpusError::Legend { path: path.into(), reason })?;
    let tile = |(key, tags): (String, Vec<String>)| match key.chars().collect::<Vec<char>>()[..] {
        [tile] => Ok((tile, tags.iter().map(|tag| word(tag)).collect())),
        _ => Err(CorpusError::Key { key }),
    };
    legend.tiles.into_iter().map(tile).collect()
}

/// A tag as one word of a condition.
fn word(tag: &str) -> String {
    let plain = tag.to_lowercase();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<&str>>().join("-")
}

/// The rows of a level; blank lines at its end are none.
fn read(path: &Path) -> Result<Vec<Vec<char>>, CorpusError> {
    let text = std::fs::read_to_string(path).map_err(|reason| CorpusError::Read { path: path.into(), reason })?;
    Ok(text.trim_end_matches(['\n', '\r']).lines().map(|line| line.chars().collect()).collect())
}

/// Whether all levels have one size.
fn same_size(levels: &[(Vec<Vec<char>>, PathBuf)], height: usize, width: usize) -> Result<(), CorpusError> {
    for (level, path) in levels {
        let odd = level.iter().find(|row| row.len() != width);
        if odd.is_some() || level.len() != height {
            return Err(CorpusError::Size {
                path: path.clone(),
                height: level.len(),
                width: odd.map_or(width, Vec::len),
                needed_height: height,
                needed_width: width,
            });
        }
    }
    Ok(())
}

/// The windows of a level that lie in it wholly.
fn maps(level: &[Vec<char>], classes: &[char], windows: Windows) -> Vec<Map> {
    let Windows { height, width, strides } = windows;
    let shortest = level.iter().map(Vec::len).min().unwrap_or(0);
    let starts = |size: usize, window: usize, stride: usize| (0..(size + 1).saturating_sub(window)).step_by(stride);
    let mut maps = Vec::new();
    for row in starts(level.len(), height, strides.0) {
        for column in starts(shortest, width, strides.1) {
            let rows = level[row..row + height].iter().map(|row| &row[column..column + width]);
            let class = |tile: &char| classes.iter().position(|class| class == tile).unwrap_or(0) as u8;
            maps.push(Map { height, width, tiles: rows.flatten().map(class).collect() });
        }
    }
    maps
}

/// The game of a corpus. Its main tiles are the most frequent but one, as the most frequent are the background.
fn game(
    name: String,
    classes: &[char],
    tags: &BTreeMap<char, Vec<String>>,
    windows: Windows,
    maps: &[Vec<Map>],
) -> Game {
    let of = |tile: char| tags.get(&tile).map_or(&[][..], Vec::as_slice);
    let with = |tag: &String| (0..classes.len()).filter(|&class| of(classes[class]).contains(tag)).collect::<Vec<_>>();
    let mut named: Vec<String> = Vec::new();
    for &glyph in classes {
        let single = of(glyph).iter().rev().find(|tag| with(tag).len() == 1);
        let whole = of(glyph).join("-");
        let name = single.unwrap_or(&whole);
        named.push(if name.is_empty() || named.contains(name) {
            glyph.to_lowercase().to_string()
        } else {
            name.clone()
        });
    }
    let all: BTreeSet<&String> = classes.iter().flat_map(|&tile| of(tile)).collect();
    let groups = all.into_iter().filter(|tag| with(tag).len() > 1 && !named.contains(tag));
    let bits = |classes: Vec<usize>| classes.into_iter().fold(0, |bits, class| bits | 1 << class);
    let groups = groups.map(|tag| Tiles { name: tag.clone(), classes: bits(with(tag)) }).collect();
    let count = |class: &usize| maps.iter().flatten().map(|map| map.count(1 << class)).sum::<usize>();
    let mut frequent: Vec<usize> = (0..classes.len()).collect();
    frequent.sort_by_key(|class| std::cmp::Reverse(count(class)));
    let main = frequent.get(1).or(frequent.first()).copied().unwrap_or(0);
    Game {
        name,
        height: windows.height,
        width: windows.width,
        main: Tiles { name: named.get(main).cloned().unwrap_or_default(), classes: 1 << main },
        tiles: named.into_iter().zip(classes).map(|(name, &glyph)| Tile { name, glyph }).collect(),
        groups,
        reachability: None,
    }
}

#[cfg(test)]
mod tests;
