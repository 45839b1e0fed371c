#!/usr/bin/env python3
"""Collects tile maps of three Atari games by playing them, and checks what was collected.

Needs the packages ale-py 0.12.1 and numpy:

    python collect.py             plays all three games and writes <game>.maps and checksums.txt here
    python collect.py --verify    reads the files back and checks them; plays nothing, needs no ale-py

The same arguments give the same files. README.md states the format, the classes and what was counted.
"""

import argparse
import hashlib
import sys
from collections import Counter
from pathlib import Path

import numpy as np

import breakout
import ms_pacman
import packed
import space_invaders

GAMES = {"breakout": breakout, "ms_pacman": ms_pacman, "space_invaders": space_invaders}
EPISODES = {"breakout": 240, "ms_pacman": 800, "space_invaders": 600}
SPLITS = ("train", "validation", "test")


def split_of(episode):
    """Eight episodes of ten train, one validates, one tests."""
    return max(0, episode % 10 - 7)


def settings_of(game, episode):
    """Policy and label of an episode: each split sees each pair of them equally often."""
    turn = episode // 10
    return game.POLICIES[turn // game.LABELS % len(game.POLICIES)], turn % game.LABELS


def console_of(name):
    """The emulator with the game in it, and the state in which each episode begins."""
    from ale_py import ALEInterface, LoggerMode, roms  # only those who collect need it

    ALEInterface.setLoggerMode(LoggerMode.Error)
    console = ALEInterface()
    console.setInt("random_seed", 1)
    console.setFloat("repeat_action_probability", 0.0)
    console.loadROM(roms.get_rom_path(name))
    console.reset_game()
    return console, console.cloneSystemState()


def play_episode(name, episode, console, begin, arguments, tally):
    """The maps of one episode, each at least some tiles different from the one kept before.

    A map counts only once the screen shows what the memory says; till then it is looked at again every frame.
    """
    game = GAMES[name]
    policy, label = settings_of(game, episode)
    rng = np.random.default_rng([arguments.seed, list(GAMES).index(name), episode])
    console.restoreSystemState(begin)
    kept, confirmed, waiting, gap = [], None, None, 1
    for state in game.play(console, rng, policy, label, arguments.frames):
        tally["frames"] += 1
        key = state[0].tobytes()
        if key == confirmed:
            continue
        if key != waiting:
            tally["states that the screen did not show before the next, left out"] += waiting is not None
            waiting = key
        if not game.shown(state[1], state[0], *state[2:]):
            continue
        tally["states shown"] += 1
        confirmed, waiting = key, None
        if not kept or np.count_nonzero(kept[-1] != state[0]) >= gap:
            kept.append(state[0])
            gap = int(rng.integers(1, 2 * arguments.stride))
    return np.array(kept, np.uint8).reshape(-1, game.HEIGHT, game.WIDTH), label


def collect(name, arguments):
    """Plays all episodes of a game, keeps each map once, and writes the packed file."""
    game, tally = GAMES[name], Counter()
    console, begin = console_of(name)
    splits = [([], []) for _ in SPLITS]
    episodes = arguments.episodes or EPISODES[name]
    for episode in range(episodes):
        maps, label = play_episode(name, episode, console, begin, arguments, tally)
        splits[split_of(episode)][0].extend(maps)
        splits[split_of(episode)][1].extend([label] * len(maps))
        if (episode + 1) % 20 == 0:
            print(f"{name}: {episode + 1} of {episodes} episodes, {tally['frames']} frames, "
                  f"{[len(maps) for maps, _ in splits]} maps", file=sys.stderr, flush=True)
        if (episode + 1) % 100 == 0:  # what is there so far, should the rest be cut off
            write(name, arguments.output, *distinct(game, splits, Counter()))
    maps, labels, counts = distinct(game, splits, tally)
    write(name, arguments.output, maps, labels, counts)
    for what, number in tally.items():
        print(f"{name}: {what}: {number}")


def distinct(game, splits, tally):
    """Each map once, in the first split that has it (train, validation, test), without those that break a rule."""
    seen, maps, labels, counts = set(), [], [], []
    for (found, marks), split in zip(splits, SPLITS):
        found = np.array(found, np.uint8).reshape(-1, game.HEIGHT, game.WIDTH)
        marks = np.array(marks, np.uint8)
        broken = np.zeros(len(found), bool)
        for rule, breaks in game.violations(found, marks).items():
            tally[f"maps that break '{rule}', dropped"] += int(breaks.sum())
            broken |= breaks
        before, own, kept = set(seen), set(), []
        for index in np.flatnonzero(~broken):
            key = found[index].tobytes()
            if key in before:
                tally[f"{split} maps already in an earlier split, dropped"] += 1
            elif key not in own:
                kept.append(index)
            own.add(key)
        seen |= own
        maps.append(found[kept])
        labels.append(marks[kept])
        counts.append(len(kept))
    return np.concatenate(maps), np.concatenate(labels), tuple(counts)


def write(name, folder, maps, labels, counts):
    """Writes a game's packed file, whole or not at all."""
    game = GAMES[name]
    collection = packed.Collection(game.CLASSES, game.BITS, counts, maps, labels if game.LABELS > 1 else None)
    part = folder / f"{name}.maps.part"
    part.write_bytes(packed.pack(collection))
    part.replace(folder / f"{name}.maps")


def checksums(folder):
    """The text of checksums.txt, as sha256sum writes it."""
    return "".join(f"{hashlib.sha256((folder / f'{name}.maps').read_bytes()).hexdigest()}  {name}.maps\n"
                   for name in GAMES if (folder / f"{name}.maps").exists())


def verify(folder, games):
    """Checks the files against their sums and all maps against the rules; prints the table. True if all is well."""
    well = (folder / "checksums.txt").read_text() == checksums(folder)
    print("checksums", "hold" if well else "DO NOT HOLD")
    print("| game | grid | train | validation | test | all | bytes |\n|---|---|---|---|---|---|---|")
    notes = []
    for name in games:
        game = GAMES[name]
        data = (folder / f"{name}.maps").read_bytes()
        collection = packed.unpack(data)
        maps, total = collection.maps, len(collection.maps)
        labels = np.zeros(total, np.uint8) if collection.labels is None else collection.labels
        print(f"| {name} | {game.HEIGHT} x {game.WIDTH} x {game.CLASSES} | "
              f"{' | '.join(map(str, collection.counts))} | {total} | {len(data)} |")
        well &= maps.shape == (sum(collection.counts), game.HEIGHT, game.WIDTH)
        once = len({tiles.tobytes() for tiles in maps})
        notes.append(f"{name}: distinct: {once} of {total}")
        well &= once == total
        rules = {"class below the number of classes": (maps >= game.CLASSES).any(axis=(1, 2))}
        rules |= game.violations(maps, labels)
        for rule, breaks in rules.items():
            notes.append(f"{name}: {rule}: {total - int(breaks.sum())} of {total}")
            well &= not breaks.any()
        for what, holds in game.shares(maps, labels).items():
            notes.append(f"{name}: (measured, not required) {what}: {int(holds.sum())} of {total}")
        tiles = np.stack([(maps == value).sum(axis=(1, 2)) for value in range(game.CLASSES)], axis=1)
        ranges = [f"{value}: {low}-{high}" for value, (low, high) in
                  enumerate(zip(tiles.min(axis=0), tiles.max(axis=0)))]
        notes.append(f"{name}: tiles a map by class, least and most: {', '.join(ranges)}")
        if collection.labels is not None:
            notes.append(f"{name}: maps by label: {np.bincount(labels, minlength=game.LABELS).tolist()}")
    print("\n".join(notes))
    return well


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", nargs="+", choices=GAMES, default=list(GAMES), help="which games (default: all)")
    parser.add_argument("--episodes", type=int, help="games to play of each (default: enough for the files here)")
    parser.add_argument("--frames", type=int, default=40_000, help="frames after which an episode is cut short")
    parser.add_argument("--stride", type=int, default=2, help="tiles between maps kept, on average")
    parser.add_argument("--seed", type=int, default=0, help="seed of the policies")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder of the files")
    parser.add_argument("--verify", action="store_true", help="only check the files that are there")
    arguments = parser.parse_args()
    if not arguments.verify:
        for name in arguments.games:
            collect(name, arguments)
        (arguments.output / "checksums.txt").write_text(checksums(arguments.output))
    if not verify(arguments.output, arguments.games):
        sys.exit("the files do not hold what they should: collect them anew")


if __name__ == "__main__":
    main()
