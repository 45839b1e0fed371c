//! Conditions from text.
//!
//! Several are separated by semicolons; capitals do not matter; rows and columns count from 0 at the top left.
//!
//! | text | meaning |
//! |---|---|
//! | `exactly 40 pellet`, `at least 30 pellet`, `at most 4 power`, `between 20 and 30 pellet` | how many there are |
//! | the same with `in row 3`, `in rows 2-5`, `in columns 0-8`, `in rows 2-5 columns 0-8`, `at 3,4` | within a region |
//! | `pellet in rows 2-5` | at least one there |
//! | `wall at 3,4` | this tile in this cell |
//! | `only open in row 5` | no other tiles in a region |
//! | `no wall at 3,4`, `no wall in row 5`, `no power` | none of these tiles in a region or in the map |
//! | `symmetric` | the left half mirrors the right one |
//! | `reachable` | pellets from each other, removed bricks from outside |
//! | `path from 0,3 to 13,4` | one can get there by what can be crossed |
//! | `like the game` | only tiles that the cell has in some map of the game |

use super::{Condition, Region};
use crate::data::game::{Game, Tiles};
use thiserror::Error;

/// Errors of a text as a condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// A text ends early.
    #[error("`{text}` ends early: expected {expected}")]
    Ends {
        /// The condition.
        text: String,
        /// Words that would be understood at this place.
        expected: &'static str,
    },
    /// A word is not what is understood there.
    #[error("`{word}` in `{text}` is not understood: expected {expected}")]
    Word {
        /// The word.
        word: String,
        /// The condition.
        text: String,
        /// Words that would be understood at this place.
        expected: &'static str,
    },
    /// A tile has no such name.
    #[error("`{word}` in `{text}` is no tile of {game}: its tiles are {known}")]
    Tile {
        /// The word.
        word: String,
        /// The condition.
        text: String,
        /// The game.
        game: String,
        /// The names that are known.
        known: String,
    },
    /// A row or column lies outside the map.
    #[error("{what} {number} in `{text}` lies outside the map: {what}s are 0 to {last}")]
    Outside {
        /// "row" or "column".
        what: &'static str,
        /// Its number.
        number: usize,
        /// The condition.
        text: String,
        /// The last one there is.
        last: usize,
    },
    /// A range runs backwards.
    #[error("{first} to {last} in `{text}` runs backwards: give the smaller number first")]
    Backwards {
        /// The first number.
        first: usize,
        /// The second number.
        last: usize,
        /// The condition.
        text: String,
    },
    /// The game knows nothing to reach.
    #[error("`{word}` means nothing in {game}: leave it out")]
    Reachable {
        /// "reachable" or "path".
        word: String,
        /// The game.
        game: String,
    },
}

const START: &str =
    "exactly, at least, at most, between, only, no, a tile, symmetric, reachable, path or like the game";
const REGION: &str = "`in row 3`, `in rows 2-5`, `in column 0`, `in columns 0-8` or `at 3,4`";

/// The conditions of a text.
///
/// # Errors
/// [`ParseError`] for the first that is not understood. A text without any condition gives none.
pub fn parse(text: &str, game: &Game) -> Result<Vec<Condition>, ParseError> {
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| Words { text: part, rest: words(part).into_iter(), game }.condition()).collect()
}

/// Lower-case words; a comma joins its neighbours.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if last.ends_with(',') || word.starts_with(',') => last.push_str(&word.to_lowercase()),
            _ => words.push(word.to_lowercase()),
        }
    }
    words
}

/// The words of one condition that are not read yet.
struct Words<'a> {
    text: &'a str,
    rest: std::vec::IntoIter<String>,
    game: &'a Game,
}

impl Words<'_> {
    fn condition(mut self) -> Result<Condition, ParseError> {
        let first = self.next(START)?;
        let condition = match first.as_str() {
            "symmetric" => Condition::Symmetric,
            "reachable" | "path" if self.game.reachability.is_none() => {
                return Err(ParseError::Reachable { word: first, game: self.game.name.clone() });
            }
            "path" => {
                self.expect("from", "`path from 0,3 to 13,4`")?;
                let from = self.cell()?;
                self.expect("to", "`path from 0,3 to 13,4`")?;
                Condition::Path { from, to: self.cell()? }
            }
            "reachable" => Condition::Reachable,
            "like" => {
                self.expect("the", "`like the game`")?;
                self.expect("game", "`like the game`")?;
                Condition::LikeTheGame
            }
            "exactly" => {
                let number = self.number()?;
                self.count(number, Some(number))?
            }
            "at" => match self.next("least or most")?.as_str() {
                "least" => {
                    let least = self.number()?;
                    self.count(least, None)?
                }
                "most" => {
                    let most = self.number()?;
                    self.count(0, Some(most))?
                }
                word => return Err(self.wrong(word, "least or most")),
            },
            "between" => {
                let least = self.number()?;
                self.expect("and", "and")?;
                let most = self.number()?;
                self.in_order(least, most)?;
                self.count(least, Some(most))?
            }
            "only" => Condition::Only { tiles: self.tiles()?, region: self.region()? },
            "no" => Condition::No { tiles: self.tiles()?, region: self.region()? },
            word => {
                let tiles = self.tiles_of(word)?;
                if self.rest.as_slice().is_empty() {
                    return Err(self.ends(REGION));
                }
                match self.region()? {
                    region if region.cells(self.game.height, self.game.width).len() == 1 => {
                        Condition::Only { tiles, region }
                    }
                    region => Condition::Count { tiles, region, least: 1, most: None },
                }
            }
        };
        match self.rest.next() {
            Some(word) => Err(self.wrong(&word, "the end, or a semicolon before the next condition")),
            None => Ok(condition),
        }
    }

    fn count(&mut self, least: usize, most: Option<usize>) -> Result<Condition, ParseError> {
        Ok(Condition::Count { tiles: self.tiles()?, region: self.region()?, least, most })
    }

    fn tiles(&mut self) -> Result<Tiles, ParseError> {
        let word = self.next("a tile")?;
        self.tiles_of(&word)
    }

    fn tiles_of(&self, word: &str) -> Result<Tiles, ParseError> {
        self.game.find(word).ok_or_else(|| ParseError::Tile {
            word: word.into(),
            text: self.text.into(),
            game: self.game.name.clone(),
            known: self.game.names().join(", "),
        })
    }

    fn region(&mut self) -> Result<Region, ParseError> {
        let mut region = Region::default();
        let Some(word) = self.rest.next() else { return Ok(region) };
        match word.as_str() {
            "at" => self.cell().map(|(row, column)| Region::cell(row, column)),
            "in" => {
                let mut part = Some(self.next(REGION)?);
                while let Some(word) = part {
                    match word.as_str() {
                        "row" | "rows" if region.rows.is_none() => {
                            region.rows = Some(self.range("row", self.game.height)?);
                        }
                        "column" | "columns" if region.columns.is_none() => {
                            region.columns = Some(self.range("column", self.game.width)?);
                        }
                        _ => return Err(self.wrong(&word, "rows or columns, each once")),
                    }
                    part = self.rest.next();
                }
                Ok(region)
            }
            _ => Err(self.wrong(&word, REGION)),
        }
    }

    /// Row and column.
    fn cell(&mut self) -> Result<(usize, usize), ParseError> {
        let cell = self.next("a cell as in 3,4")?;
        let numbers = cell.split_once(',').and_then(|(row, column)| Some((row.parse().ok()?, column.parse().ok()?)));
        let (row, column) = numbers.ok_or_else(|| self.wrong(&cell, "a cell, its row and column as in 3,4"))?;
        self.inside("row", row, self.game.height)?;
        self.inside("column", column, self.game.width)?;
        Ok((row, column))
    }

    fn range(&mut self, what: &'static str, size: usize) -> Result<(usize, usize), ParseError> {
        let word = self.next("a number or a range as in 2-5")?;
        let (first, last) = word.split_once('-').unwrap_or((&word, &word));
        let numbers = first.parse().ok().zip(last.parse().ok());
        let (first, last) = numbers.ok_or_else(|| self.wrong(&word, "a number or a range as in 2-5"))?;
        self.in_order(first, last)?;
        self.inside(what, last, size)?;
        Ok((first, last))
    }

    fn number(&mut self) -> Result<usize, ParseError> {
        let word = self.next("a number")?;
        word.parse().map_err(|_| self.wrong(&word, "a number"))
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Result<(), ParseError> {
        match self.next(expected)? {
            next if next == word => Ok(()),
            next => Err(self.wrong(&next, expected)),
        }
    }

    fn next(&mut self, expected: &'static str) -> Result<String, ParseError> {
        self.rest.next().ok_or_else(|| self.ends(expected))
    }

    fn ends(&self, expected: &'static str) -> ParseError {
        ParseError::Ends { text: self.text.into(), expected }
    }

    fn wrong(&self, word: &str, expected: &'static str) -> ParseError {
        ParseError::Word { word: word.into(), text: self.text.into(), expected }
    }

    fn inside(&self, what: &'static str, number: usize, size: usize) -> Result<(), ParseError> {
        let outside = || ParseError::Outside { what, number, text: self.text.into(), last: size.saturating_sub(1) };
        if number < size { Ok(()) } else { Err(outside()) }
    }

    fn in_order(&self, first: usize, last: usize) -> Result<(), ParseError> {
        let backwards = || ParseError::Backwards { first, last, text: self.text.into() };
        if first <= last { Ok(()) } else { Err(backwards()) }
    }
}

#[cfg(test)]
mod tests;
