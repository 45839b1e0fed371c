"""Space Invaders: how it is played, how the invaders and shields are read, and what every real map obeys.

A map has 15 rows of 24 places: rows 0 to 5 the lattice of 6 x 6 invaders as it stands in formation (where the
formation is on the screen is left out), 1 to 6 an invader of row 1 to 6; rows 6 to 14 the three shields side by
side, 8 places each, 7 a piece that stands; 0 nothing.
"""

import numpy as np

HEIGHT, WIDTH, CLASSES, BITS, LABELS = 15, 24, 8, 4, 1
POLICIES = ("random", "hunter", "nearest", "edge", "shelter")

NOOP, FIRE, RIGHT, LEFT, RIGHT_FIRE, LEFT_FIRE = 0, 1, 3, 4, 11, 12
ROWS, SHIELD = 6, 7
COLUMNS = 4 + 3 * np.arange(6)  # where the six columns of invaders stand in the map

# Cells of the console's memory.
DROP, LEFT_COUNT, INVADERS, FORMATION_X, PLAYER_X, SHIELDS = 16, 17, slice(18, 24), 26, 28, slice(43, 70)
BOMBS_Y, BOMBS_X = slice(81, 83), slice(83, 85)

INVADER_COLOUR, SHIELD_COLOUR = 20, 52
SHIELD_LEFTS, SHIELD_TOP, SHIELD_BOTTOM = (42, 74, 106), 157, 175  # pixels
TEMPLATE = np.unpackbits(np.array([[60], [126], [126], [126], [126], [255], [255], [255], [195]], np.uint8), axis=1)
SHIELD_CENTRES = [left + 4 for left in SHIELD_LEFTS]


def decode(memory):
    """The map as the console's memory has it: the lowest row of invaders first, a shield's top row first."""
    tiles = np.zeros((HEIGHT, WIDTH), np.uint8)
    alive = (memory[INVADERS][::-1, None] >> np.arange(6)) & 1
    tiles[:ROWS, COLUMNS] = alive * np.arange(1, ROWS + 1)[:, None]
    pieces = np.unpackbits(memory[SHIELDS].reshape(3, 9, 1), axis=2)
    tiles[ROWS:] = SHIELD * pieces.transpose(1, 0, 2).reshape(9, WIDTH)
    return tiles


def shown(screen, tiles, memory):
    """Whether the screen shows the invaders and the pieces of shields of this map (a shot may hide a piece)."""
    if memory[LEFT_COUNT] != (tiles[:ROWS] > 0).sum():
        return False
    left, top = int(memory[FORMATION_X]) - 1, 31 + 2 * int(memory[DROP])
    for row in range(ROWS):
        for column in range(6):
            y, x = top + 18 * row, left + 16 * column
            seen = (screen[y:y + 10, max(x, 0):x + 8] == INVADER_COLOUR).any()
            if seen != (tiles[row, COLUMNS[column]] > 0):
                return False
    pairs = shield_band(screen).reshape(9, 2, WIDTH)
    pieces = tiles[ROWS:] == SHIELD
    hidden = ((pairs != SHIELD_COLOUR) & (pairs != 0)).any(axis=1)
    return bool(((pairs == SHIELD_COLOUR).all(axis=1) == pieces)[~hidden].all())


def shield_band(screen):
    """The screen's 18 rows of the three shields, side by side; two rows a piece."""
    return np.concatenate([screen[SHIELD_TOP:SHIELD_BOTTOM, left:left + 8] for left in SHIELD_LEFTS], axis=1)


def play(console, rng, policy, label, frames):
    """Plays until the cannons are lost; yields the map, the screen and the memory of each frame.

    random: any action, held for a while; hunter: below a column drawn at random; nearest: below the nearest
    column; edge: below the outermost column of one side; shelter: under one of the shields, firing through it.
    All but `random` step out of the way of bombs, some games more carefully than others.
    """
    action, target, side = NOOP, 0, int(rng.integers(2))
    fires, careful = rng.uniform(0.3, 1.0), rng.uniform(0.5, 1.0)
    for frame in range(frames):
        memory = console.getRAM()
        if console.game_over():
            return
        if frame % 4 == 0:
            here = int(memory[PLAYER_X]) + 2
            bomb = overhead(memory, here)
            if policy == "random" or rng.random() < 0.02:
                if rng.random() < 0.3:
                    action = (NOOP, FIRE, RIGHT, LEFT, RIGHT_FIRE, LEFT_FIRE)[rng.integers(6)]
            elif bomb is not None and rng.random() < careful:
                action = LEFT_FIRE if (bomb >= here and here > 42) or here > 112 else RIGHT_FIRE
            else:
                action = approach(memory, here, policy, target, side, rng.random() < fires)
        if rng.random() < 0.01:
            target = int(rng.integers(6))
        console.act(action)
        tiles, screen = decode(memory), console.getScreen()
        if not (shield_band(screen) == SHIELD_COLOUR).any():
            tiles[ROWS:] = 0  # invaders that come down to the shields sweep them away; the memory keeps them
        yield tiles, screen, memory


def overhead(memory, here):
    """Where the lowest bomb that falls towards the cannon is (x), or None."""
    near = [(int(y), int(x) - 2) for y, x in zip(memory[BOMBS_Y], memory[BOMBS_X])
            if 62 <= y <= 90 and abs(int(x) - 2 - here) <= 9]
    return max(near)[1] if near else None


def approach(memory, here, policy, target, side, fire):
    """The action that brings the cannon below what the policy aims at."""
    alive = int(np.bitwise_or.reduce(memory[INVADERS]))
    columns = [int(memory[FORMATION_X]) + 3 + 16 * column for column in range(6) if alive >> column & 1]
    if not columns:
        return NOOP
    if policy == "shelter":
        goal = SHIELD_CENTRES[target % 3] + (target // 3) * 6 - 3
    elif policy == "nearest":
        goal = min(columns, key=lambda x: abs(x - here))
    elif policy == "edge":
        goal = columns[-1] if side else columns[0]
    else:
        goal = columns[target % len(columns)]
    if goal > here + 2:
        return RIGHT_FIRE if fire else RIGHT
    if goal < here - 2:
        return LEFT_FIRE if fire else LEFT
    return FIRE if fire else NOOP


def violations(maps, labels):
    """Per map and per rule that every real map obeys: whether it breaks the rule."""
    allowed = np.zeros((CLASSES, HEIGHT, WIDTH), bool)
    allowed[0] = True
    for row in range(ROWS):
        allowed[row + 1, row, COLUMNS] = True
    allowed[SHIELD, ROWS:] = np.tile(TEMPLATE, 3) > 0
    places = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    upper = np.arange(HEIGHT)[:, None] < ROWS
    wrong = ~allowed[maps, places[0], places[1]]
    return {
        "an invader's class is its row, its place one of the lattice": (wrong & upper).any(axis=(1, 2)),
        "shields within the template": (wrong & ~upper).any(axis=(1, 2)),
    }


def shares(maps, labels):
    """Per map: structure that nobody enforces but real play nearly always has."""
    return {
        "at least one invader": (maps[:, :ROWS] > 0).any(axis=(1, 2)),
        "shields not swept away": (maps[:, ROWS:] == SHIELD).any(axis=(1, 2)),
    }
