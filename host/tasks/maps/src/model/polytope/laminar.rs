//! Laminar families: sets that are pairwise disjoint or nested.

/// A set of small numbers, as bits from the word of its smallest to that of its largest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    first: usize,
    words: Vec<u64>,
}

impl Set {
    /// The set of these numbers, ascending.
    pub fn new(numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self { first: 0, words: Vec::new() };
        for number in numbers {
            if set.words.is_empty() {
                set.first = number / 64;
            }
            set.words.resize(number / 64 - set.first + 1, 0);
            set.words[number / 64 - set.first] |= 1 << (number % 64);
        }
        set
    }

    /// The numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        let first = self.first;
        let of = move |(place, &word): (usize, &u64)| {
            let mut word = word;
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize);
                word &= word.wrapping_sub(1);
                bit.map(|bit| 64 * (first + place) + bit)
            })
        };
        self.words.iter().enumerate().flat_map(of)
    }

    /// Number of its elements.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it shares a number with the other and each has one that the other has not.
    pub fn crosses(&self, other: &Self) -> bool {
        let end = |set: &Self| set.first + set.words.len();
        let (start, stop) = (self.first.max(other.first), end(self).min(end(other)));
        let (mut both, mut here, mut there) =
            (false, start > self.first || stop < end(self), start > other.first || stop < end(other));
        for word in start..stop {
            let (a, b) = (self.words[word - self.first], other.words[word - other.first]);
            both |= a & b != 0;
            here |= a & !b != 0;
            there |= b & !a != 0;
        }
        both && here && there
    }
}

/// A laminar family as a forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forest {
    /// The smallest set that holds each set; `None` for the largest ones.
    pub parents: Vec<Option<usize>>,
    /// The smallest set that holds each number.
    pub smallest: Vec<Option<usize>>,
}

/// The forest of a laminar family of sets of numbers below `end`. Equal sets are nested, the first innermost.
pub(crate) fn forest(sets: &[Set], end: usize) -> Forest {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_key(|&set| (std::cmp::Reverse(sets[set].len()), std::cmp::Reverse(set)));
    let mut smallest = vec![None; end];
    let mut parents = vec![None; sets.len()];
    for set in order {
        let mut first = sets[set].numbers().peekable();
        parents[set] = first.peek().and_then(|&number| smallest[number]);
        first.for_each(|number| smallest[number] = Some(set));
    }
    Forest { parents, smallest }
}

/// Chooses one of two sets for each number of a list so that all chosen ones are laminar; `None` where none do. It is a
/// 2-satisfiability problem: choices are followed to what they force, and undone at most once (Even, Itai and Shamir
/// 1976).
pub(crate) fn laminar_choice(choices: &[[Set; 2]]) -> Option<Vec<usize>> {
    let mut chosen = vec![None; choices.len()];
    for first in 0..choices.len() {
        if chosen[first].is_none() && !(0..2).any(|choice| follow(choices, &mut chosen, first, choice)) {
            return None;
        }
    }
    Some(chosen.into_iter().flatten().collect())
}

/// Chooses and follows; whether that contradicts nothing. Otherwise nothing is chosen.
fn follow(choices: &[[Set; 2]], chosen: &mut [Option<usize>], first: usize, choice: usize) -> bool {
    let mut trail = vec![first];
    chosen[first] = Some(choice);
    let mut next = 0;
    while let Some(&place) = trail.get(next) {
        next += 1;
        let set = &choices[place][chosen[place].unwrap_or(0)];
        for other in (0..choices.len()).filter(|&other| other != place) {
            let fits = [0, 1].map(|choice| !set.crosses(&choices[other][choice]));
            let forced = match (chosen[other], fits) {
                (Some(choice), _) if fits[choice] => continue,
                (None, [true, true]) => continue,
                (None, [true, false]) => 0,
                (None, [false, true]) => 1,
                _ => {
                    trail.iter().for_each(|&place| chosen[place] = None);
                    return false;
                }
            };
            chosen[other] = Some(forced);
            trail.push(other);
        }
    }
    true
}

/// Splits sets into two laminar families, by colouring those that cross; `None` where two are not enough.
pub(crate) fn two_families(sets: &[Set]) -> Option<Vec<usize>> {
    let mut family = vec![None; sets.len()];
    for first in 0..sets.len() {
        let mut stack = vec![first];
        family[first].get_or_insert(0);
        while let Some(set) = stack.pop() {
            for other in (0..sets.len()).filter(|&other| sets[set].crosses(&sets[other])) {
                match family[other] {
                    None => {
                        family[other] = family[set].map(|family| 1 - family);
                        stack.push(other);
                    }
                    of_other if of_other == family[set] => return None,
                    Some(_) => {}
                }
            }
        }
    }
    Some(family.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(numbers: &[usize]) -> Set {
        Set::new(numbers.iter().copied())
    }

    #[test]
    fn a_laminar_family_is_a_forest() {
        let sets = [set(&[1, 2]), set(&[0, 1, 2, 69]), set(&[5]), set(&[1, 2]), set(&[69])];
        let forest = forest(&sets, 70);
        assert_eq!(forest.parents, [Some(3), None, None, Some(1), Some(1)]);
        assert_eq!((forest.smallest[0], forest.smallest[2], forest.smallest[69]), (Some(1), Some(0), Some(4)));
        assert_eq!((forest.smallest[5], forest.smallest[6]), (Some(2), None));
        assert!(!sets[0].crosses(&sets[3]) && !sets[0].crosses(&sets[2]) && !sets[1].crosses(&sets[4]));
        assert!(set(&[1, 69]).crosses(&sets[0]));
    }

    #[test]
    fn rows_and_columns_are_two_families_and_blocks_one_too_many() {
        let row = |row: usize| set(&[4 * row, 4 * row + 1, 4 * row + 2, 4 * row + 3]);
        let column = |column: usize| set(&[column, column + 4, column + 8, column + 12]);
        let mut sets: Vec<Set> = (0..4).map(row).chain((0..4).map(column)).collect();
        assert_eq!(two_families(&sets), Some(vec![0, 0, 0, 0, 1, 1, 1, 1]));
        sets.push(set(&[0, 1, 4, 5]));
        assert_eq!(two_families(&sets), None);
    }

    proptest! {
        #[test]
        fn a_choice_is_found_where_there_is_one(masks in prop::collection::vec((0..64_u64, 0..64_u64), 1..7)) {
            let of = |mask: u64| Set::new((0..6).filter(move |bit| mask >> bit & 1 == 1).map(|bit| 31 * bit));
            let choices: Vec<[Set; 2]> = masks.iter().map(|&(a, b)| [of(a), of(b)]).collect();
            let is_laminar = |choice: &dyn Fn(usize) -> usize| (0..masks.len()).all(|a| {
                (0..a).all(|b| !choices[a][choice(a)].crosses(&choices[b][choice(b)]))
            });
            let exists = (0..1_usize << masks.len()).any(|bits| is_laminar(&|place| bits >> place & 1));
            let found = laminar_choice(&choices);
            prop_assert_eq!(found.is_some(), exists);
            prop_assert!(found.is_none_or(|found| is_laminar(&|place| found[place])));
        }
    }
}
