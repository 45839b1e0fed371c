"""Ms. Pac-Man: how it is played, how its maze is read from the console, and what every real maze obeys.

A map is the maze of 14 rows of 18 places: 0 wall, 1 empty path, 2 pellet, 3 power pill. Label: which of four mazes.
"""

import numpy as np

HEIGHT, WIDTH, CLASSES, BITS, LABELS = 14, 18, 4, 2, 4
POLICIES = ("wander", "nearest", "far", "corner", "pills")

WALL, EMPTY, PELLET, PILL = range(4)
NOOP, UP, RIGHT, LEFT, DOWN = 0, 2, 3, 4, 5
DANGER = (60, 40, 20, 10, 4)  # steps that a ghost 0 to 4 steps away is worth
MOVES = ((UP, -1, 0), (RIGHT, 0, 1), (LEFT, 0, -1), (DOWN, 1, 0))

# Cells of the console's memory.
LEVEL, PLAYER_X, PLAYER_Y, PELLETS, PILLS, EATEN = 0, 10, 16, 59, 117, 119
GHOSTS_X, GHOSTS_Y = slice(6, 10), slice(12, 16)
# Three bytes a row: (byte, bit) of each column's pellet.
COLUMNS = ([(0, 6)] + [(1, bit) for bit in (7, 5, 3, 1)] + [(2, bit) for bit in (0, 2, 4, 6)]
           + [(1, bit) for bit in (6, 4, 2, 0)] + [(2, bit) for bit in (1, 3, 5, 7)] + [(0, 4)])
BYTES = np.array([[PELLETS + 3 * row + byte for byte, _ in COLUMNS] for row in range(HEIGHT)])
SHIFTS = np.array([bit for _, bit in COLUMNS])
PILL_BITS = {(12, 17): 2, (1, 17): 3, (12, 0): 4, (1, 0): 5}
HOUSE = [(6, 8), (6, 9)]  # where the ghosts live, walled in

LEFTS = np.array([8 * (column + 1) for column in range(9)] + [84 + 8 * column for column in range(9)])
PITCH, PLACE_WIDTH = 12, 4  # pixels
WALL_COLOUR, PATH_COLOUR = 74, 144


def places(screen):
    """The screen's pixels [row, column, y, x] of each place."""
    rows = 1 + PITCH * np.arange(HEIGHT)[:, None] + np.arange(PITCH)
    columns = LEFTS[:, None] + np.arange(PLACE_WIDTH)
    return screen[rows[:, None, :, None], columns[None, :, None, :]]


def walls(screen):
    """Where walls stand: over the lower part of a place, or over its upper part alone (the roof of the house);
    a pill is as high as a wall is but ends above the lower part."""
    solid = places(screen) == WALL_COLOUR
    path = places(screen) == PATH_COLOUR
    lower = solid[:, :, 8:12].all(axis=(2, 3))
    roof = solid[:, :, 1:6].all(axis=(2, 3)) & path[:, :, 6:12].all(axis=(2, 3))
    return lower | roof


def decode(memory, wall):
    """The map as the console's memory has it, given where walls stand."""
    tiles = np.where((memory[BYTES] >> SHIFTS) & 1, PELLET, EMPTY)
    for place, bit in PILL_BITS.items():
        if memory[PILLS] >> bit & 1:
            tiles[place] = PILL
    return np.where(wall, WALL, tiles).astype(np.uint8)


def shown(screen, tiles, memory):
    """Whether each place that no figure hides shows its tile (a pill that blinks may be out), and what is left
    and what was eaten make what a level begins with: all path but the ghosts' house."""
    if (tiles >= PELLET).sum() + memory[EATEN] != (tiles != WALL).sum() - len(HOUSE):
        return False
    pixels = places(screen)[:, :, 1:12]
    solid = pixels == WALL_COLOUR
    clear = (solid | (pixels == PATH_COLOUR)).all(axis=(2, 3))
    full = solid.all(axis=3)
    blank = ~solid.any(axis=(2, 3))
    pellet = full[:, :, 5:7].all(axis=2) & ~solid[:, :, :5].any(axis=(2, 3)) & ~solid[:, :, 7:].any(axis=(2, 3))
    pill = full[:, :, :7].all(axis=2) & ~solid[:, :, 7:].any(axis=(2, 3))
    roof = full[:, :, :5].all(axis=2) & ~solid[:, :, 5:].any(axis=(2, 3))
    wall = full[:, :, 7:].all(axis=2) | roof
    as_told = np.choose(tiles, [wall, blank, pellet, pill | blank])
    return bool((as_told | ~clear).all())


def play(console, rng, policy, label, frames):
    """Plays one level of maze `label`; yields the map, the screen and the memory of each frame.

    wander: a new direction now and then; nearest: the nearest pellet; far: a pellet drawn at random, until
    there; corner: the pellet that is nearest to a drawn corner and to the player; pills: power pills first, then
    the nearest pellet. Three games in four keep away from ghosts.
    """
    console.setRAM(LEVEL, label)
    for _ in range(60):
        console.act(NOOP)
    wall = walls(console.getScreen())
    distance = distances(wall)
    wary = rng.random() < 0.75
    corner = np.array([rng.integers(2) * (HEIGHT - 1), rng.integers(2) * (WIDTH - 1)])
    target, action = None, RIGHT
    for frame in range(frames):
        memory = console.getRAM()
        if console.game_over() or memory[LEVEL] != label:
            return
        tiles = decode(memory, wall)
        if frame % 4 == 0:
            here = nearest_place(memory[PLAYER_X], memory[PLAYER_Y])
            if policy == "wander" or wall[here] or rng.random() < 0.03:
                if rng.random() < 0.25:
                    action = MOVES[rng.integers(4)][0]
            else:
                if policy != "far" or target is None or tiles[target] < PELLET:
                    target = choose(tiles, here, policy, distance, corner, rng)
                ghosts = [nearest_place(x, y) for x, y in zip(memory[GHOSTS_X], memory[GHOSTS_Y])] if wary else []
                action = step(here, target, ghosts, wall, distance, action)
        console.act(action)
        yield tiles, console.getScreen(), memory


def nearest_place(x, y):
    """The place [row, column] nearest to a figure."""
    column = round((int(x) - 18) / 8) if x < 88 else round((int(x) - 22) / 8)
    return min(max(round((int(y) - 2) / 12), 0), HEIGHT - 1), min(max(column, 0), WIDTH - 1)


def choose(tiles, here, policy, distance, corner, rng):
    """The place to go to next."""
    goals = np.argwhere(tiles == PILL) if policy == "pills" and (tiles == PILL).any() else np.argwhere(tiles >= PELLET)
    if len(goals) == 0:
        return here
    if policy == "far":
        return tuple(goals[rng.integers(len(goals))])
    costs = distance[here][goals[:, 0], goals[:, 1]] + rng.random(len(goals))
    if policy == "corner":
        costs += 2.0 * np.abs(goals - corner).sum(axis=1)
    return tuple(goals[costs.argmin()])


def step(here, target, ghosts, wall, distance, action):
    """The move along a shortest path to the target, where a ghost near counts as a longer way."""
    best = None
    for move, down, right in MOVES:
        there = here[0] + down, here[1] + right
        if not (0 <= there[0] < HEIGHT and 0 <= there[1] < WIDTH) or wall[there]:
            continue
        cost = distance[there][target]
        for ghost in ghosts:
            away = distance[there][ghost]
            cost += DANGER[away] if away < len(DANGER) else 0
        if best is None or cost < best[0]:
            best = cost, move
    return action if best is None else best[1]


def distances(wall):
    """Steps between every two places [row, column, row, column], 999 where no path joins them."""
    places = np.argwhere(~wall)
    table = np.full((len(places), HEIGHT, WIDTH), 999)
    reached = np.zeros(table.shape, bool)
    reached[np.arange(len(places)), places[:, 0], places[:, 1]] = True
    count, new = 0, reached
    while new.any():
        table[new] = count
        grown = spread(reached, ~wall)
        reached, new, count = grown, grown & ~reached, count + 1
    steps = np.full(wall.shape * 2, 999)
    steps[places[:, 0], places[:, 1]] = table
    return steps


def spread(reached, free):
    """One step to the four neighbours, within the free places."""
    grown = reached.copy()
    grown[:, 1:] |= reached[:, :-1]
    grown[:, :-1] |= reached[:, 1:]
    grown[:, :, 1:] |= reached[:, :, :-1]
    grown[:, :, :-1] |= reached[:, :, 1:]
    return grown & free


def violations(maps, labels):
    """Per map and per rule that every real map obeys: whether it breaks the rule."""
    wall = maps == WALL
    templates = np.stack([wall[labels == maze].mean(axis=0) > 0.5 if (labels == maze).any() else wall[0]
                          for maze in range(LABELS)])
    pill_places = np.zeros((HEIGHT, WIDTH), bool)
    pill_places[tuple(np.array(list(PILL_BITS)).T)] = True
    house = np.zeros((HEIGHT, WIDTH), bool)
    house[tuple(np.array(HOUSE).T)] = True
    never_pellet = pill_places | house
    return {
        "walls are those of the maze": (wall != templates[labels]).any(axis=(1, 2)),
        "walls symmetric left to right": (wall != wall[:, :, ::-1]).any(axis=(1, 2)),
        "power pills only at their four places": ((maps == PILL) & ~pill_places).any(axis=(1, 2)),
        "no pellet at a power pill's place or in the ghosts' house": ((maps == PELLET) & never_pellet).any(axis=(1, 2)),
        "the ghosts' house is empty path": (maps[:, house] != EMPTY).any(axis=1),
    }


def shares(maps, labels):
    """Per map: structure that nobody enforces but real play nearly always has."""
    free = maps != WALL
    reached = np.zeros_like(free)
    reached[:, HEIGHT - 1, 0] = True  # the lower left corner is path in all four mazes
    while True:
        grown = spread(reached, free)
        if np.array_equal(grown, reached):
            break
        reached = grown
    return {"all pellets and power pills joined by path": ~((maps >= PELLET) & ~reached).any(axis=(1, 2))}
