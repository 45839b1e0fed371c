"""Breakout: how it is played, how its wall is read from the console, and what every real wall obeys.

A map is the wall of 6 rows of 18 bricks: 0 where a brick is gone, 1 to 6 a brick of the colour of row 1 to 6.
"""

import numpy as np

HEIGHT, WIDTH, CLASSES, BITS, LABELS = 6, 18, 7, 4, 1
POLICIES = ("steady", "restless", "careless", "sides")

NOOP, FIRE, RIGHT, LEFT = 0, 1, 3, 4
PADDLE_X, BALL_X, BALL_Y = 72, 99, 101  # cells of the console's memory
COURT, PADDLE_HEIGHT = (56, 200), 178  # the ball's range of x; its y where it meets the paddle
BRICK_COLOURS = np.array([70, 54, 38, 22, 198, 134], np.uint8)  # top row first
WALL_TOP, WALL_LEFT, BRICK_HEIGHT, BRICK_WIDTH = 57, 8, 6, 8  # pixels

# Two bits a brick, in bands of six bytes (bottom row first): (first byte, bit) of each column.
COLUMNS = ([(30, 6)] + [(24, bit) for bit in (6, 4, 2, 0)] + [(18, bit) for bit in (0, 2, 4, 6)]
           + [(12, 4), (12, 6)] + [(6, bit) for bit in (6, 4, 2, 0)] + [(0, bit) for bit in (0, 2, 4)])
BYTES = np.array([[first + 5 - row for first, _ in COLUMNS] for row in range(HEIGHT)])
SHIFTS = np.array([bit for _, bit in COLUMNS])
ROW_CLASSES = np.arange(1, HEIGHT + 1, dtype=np.uint8)[:, None]


def decode(memory):
    """The map as the console's memory has it."""
    return (((memory[BYTES] >> SHIFTS) & 1) * ROW_CLASSES).astype(np.uint8)


def shown(screen, tiles):
    """Whether the screen shows this map: each brick in its row's colour, where most of its pixels (the ball
    hides at most 8 of 48) decide."""
    wall = screen[WALL_TOP:WALL_TOP + BRICK_HEIGHT * HEIGHT, WALL_LEFT:WALL_LEFT + BRICK_WIDTH * WIDTH]
    cells = wall.reshape(HEIGHT, BRICK_HEIGHT, WIDTH, BRICK_WIDTH)
    seen = (cells == BRICK_COLOURS[:, None, None, None]).sum(axis=(1, 3)) > BRICK_HEIGHT * BRICK_WIDTH // 2
    return np.array_equal(seen * ROW_CLASSES, tiles)


def play(console, rng, policy, label, frames):
    """Keeps the paddle's middle `offset` pixels off the ball; yields the map and the screen of each frame.

    steady: one offset for the game; restless: a new one now and then; careless: moves at random at times;
    sides: keeps to one end of the paddle, then to the other. All change the offset where no brick has fallen
    for long, for the ball can circle for ever. Half of the games foresee where the ball comes down.
    """
    noise = rng.uniform(0.02, 0.2) if policy == "careless" else 0.0
    change = {"steady": 0.0, "restless": 0.01, "careless": 0.003, "sides": 0.002}[policy]
    widest = 5 if policy == "sides" else int(rng.integers(1, 8))
    offset = int(rng.integers(-widest, widest + 1))
    foresees = rng.random() < 0.5
    wall, idle, ball = None, 0, (0, 0)
    for frame in range(frames):
        if console.game_over():
            return
        memory = console.getRAM()
        last, ball = ball, (int(memory[BALL_X]), int(memory[BALL_Y]))
        aim = (landing(last, ball) if foresees else ball[0]) + offset
        paddle = int(memory[PADDLE_X])
        if ball[1] == 0 or frame % 100 == 0:
            action = FIRE
        elif rng.random() < noise:
            action = (NOOP, RIGHT, LEFT)[rng.integers(3)]
        else:
            action = RIGHT if aim > paddle + 10 else LEFT if aim < paddle + 4 else NOOP
        idle += 1
        if rng.random() < change or idle > 3000:
            idle = 0
            offset = -offset if policy == "sides" and offset else int(rng.integers(-7, 8))
        before = wall
        wall = memory[:36].tobytes()
        if before != wall:
            idle = 0
        console.act(action)
        yield decode(memory), console.getScreen()


def landing(last, ball):
    """Where a ball that falls meets the paddle's height, thrown back by the side walls; else where it is."""
    dx, dy = ball[0] - last[0], ball[1] - last[1]
    if dy <= 0 or abs(dx) > 8 or dy > 8:
        return ball[0]
    along = ball[0] + dx * (PADDLE_HEIGHT - ball[1]) / dy - COURT[0]
    width = COURT[1] - COURT[0]
    along %= 2 * width
    return COURT[0] + min(along, 2 * width - along)


def violations(maps, labels):
    """Per map and per rule that every real map obeys: whether it breaks the rule."""
    return {"a brick's class is its row": ((maps != 0) & (maps != ROW_CLASSES)).any(axis=(1, 2))}


def shares(maps, labels):
    """Per map: structure that nobody enforces but real play nearly always has."""
    return {"removed region joined to the outside, corners included": ~enclosed(maps == 0)}


def enclosed(empty):
    """Per map: whether an empty cell is not joined, by steps to any of eight neighbours, to the space
    above or below the wall."""
    count, height, width = empty.shape
    free = np.ones((count, height + 2, width), bool)  # a row of the space above the wall, and one below
    free[:, 1:-1] = empty
    reached = np.zeros_like(free)
    reached[:, [0, -1]] = True
    while True:
        wide = reached.copy()
        wide[:, :, 1:] |= reached[:, :, :-1]
        wide[:, :, :-1] |= reached[:, :, 1:]
        grown = wide.copy()
        grown[:, 1:] |= wide[:, :-1]
        grown[:, :-1] |= wide[:, 1:]
        grown &= free
        if np.array_equal(grown, reached):
            return (free & ~reached)[:, 1:-1].any(axis=(1, 2))
        reached = grown
