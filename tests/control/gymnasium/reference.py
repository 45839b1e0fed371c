"""Writes trajectories of the real Gymnasium, for the plant to be compared with, bit for bit.

    python3 reference.py {full,sample} OUTPUT

The file is a sequence of episodes, little endian, without padding:
    u8 environment (0: MountainCarContinuous-v0, 1: MountainCar-v0), u64 seed of the reset, 2 x f32 first observation,
    u32 number of transitions, then for each: f32 action, 2 x f32 observation, f64 reward, u8 end (1: terminated,
    2: truncated, 3: both).
Every random number comes from a seeded generator and sums of uniforms, so the file is the same in every run.
"""

import struct
import sys

import gymnasium
import numpy

CONTINUOUS, DISCRETE = 0, 1
LARGEST = numpy.finfo(numpy.float32).max
EDGES = numpy.array(
    [0.0, -0.0, 1e-45, -1e-45, 1.0, -1.0, 1.0000001, -1.0000001, 0.99999994, -0.99999994]
    + [LARGEST, -LARGEST, numpy.inf, -numpy.inf],
    numpy.float32,
)
LARGE_SEEDS = [2**exponent + offset for exponent in range(31, 64) for offset in (-1, 0, 1)] + [2**64 - 2, 2**64 - 1]
# (seed, steps): after that many steps of rest, the swinging car arrives in the very step of the time limit.
CONTINUOUS_REST = [(2, 894), (2, 922), (3, 896), (3, 923)]
DISCRETE_REST = [(2, 84), (2, 85), (8, 83)]


def pump(velocity):
    """Pushes where the car goes: swings it up as fast as it can."""
    return 1.0 if velocity >= 0 else -1.0


# Each policy: (generator, step, observation) -> push; the discrete car takes only -1, 0 and 1.
def uniform(generator, step, observation):
    return generator.uniform(-1, 1)


def bell(generator, step, observation):
    """About normal, deviation 2, so often beyond the limits."""
    return 3**0.5 * generator.uniform(-1, 1, 4).sum()


def swing(generator, step, observation):
    return pump(observation[1])


def swing_hard(generator, step, observation):
    """Pushes far beyond the limits."""
    return pump(observation[1]) * generator.uniform(0.9, 100)


def linear(generator, step, observation):
    return 40 * observation[1]


def left(generator, step, observation):
    """Swings up and leans to the left, so that it often hits the wall."""
    return pump(observation[1]) if observation[1] < 0.03 else -1.0


def back(generator, step, observation):
    """Beyond the goal back and down again: the fastest ride, all of it after the end of the episode."""
    return -1.0 if observation[0] > 0.5 else pump(observation[1])


def edges(generator, step, observation):
    return EDGES[generator.integers(len(EDGES))]


def not_a_number(generator, step, observation):
    return numpy.nan if step == 20 else swing(generator, step, observation)


def coin(generator, step, observation):
    return generator.integers(-1, 2)


def rest(steps):
    return lambda generator, step, observation: 0.0 if step < steps else pump(observation[1])


def episode(environment, kind, seed, policy, longest=None, beyond=5):
    """Plays to the end and beyond it: the plant promises to go on there as Gymnasium does."""
    generator = numpy.random.default_rng([seed, 1])
    observation, _ = environment.reset(seed=seed)
    first, transitions, ended = observation, [], 0
    while ended <= beyond and len(transitions) != longest:
        push = numpy.float32(policy(generator, len(transitions), observation))
        action = numpy.array([push], numpy.float32) if kind == CONTINUOUS else int(push) + 1
        observation, reward, terminated, truncated, _ = environment.step(action)
        recorded = push if kind == CONTINUOUS else action
        transitions.append(struct.pack("<3fdB", recorded, *observation, reward, terminated + 2 * truncated))
        ended += bool(ended or terminated or truncated)
    return struct.pack("<BQ2fI", kind, seed, *first, len(transitions)) + b"".join(transitions)


def environments():
    # The checker only warns; the wrapper for the time limit stays.
    continuous = gymnasium.make("MountainCarContinuous-v0", disable_env_checker=True)
    return continuous, gymnasium.make("MountainCar-v0", disable_env_checker=True)


def full():
    continuous, discrete = environments()
    for number, policy in enumerate([uniform, bell, swing, swing_hard, linear, left, edges]):
        for seed in [*range(100 * number, 100 * number + 60), LARGE_SEEDS[number], LARGE_SEEDS[-number - 1]]:
            yield episode(continuous, CONTINUOUS, seed, policy)
    for number, policy in enumerate([coin, swing, left]):
        for seed in [*range(100 * number, 100 * number + 80), LARGE_SEEDS[number], LARGE_SEEDS[-number - 1]]:
            yield episode(discrete, DISCRETE, seed, policy)
    for seed in range(20):
        yield episode(continuous, CONTINUOUS, seed, back, beyond=100)
        yield episode(discrete, DISCRETE, seed, back, beyond=100)
    for seed, steps in CONTINUOUS_REST:
        yield episode(continuous, CONTINUOUS, seed, rest(steps))
    for seed, steps in DISCRETE_REST:
        yield episode(discrete, DISCRETE, seed, rest(steps))
    yield episode(continuous, CONTINUOUS, 5, not_a_number)
    for seed in [*range(1000), *LARGE_SEEDS]:
        yield episode(continuous, CONTINUOUS, seed, uniform, longest=0)
        yield episode(discrete, DISCRETE, seed, coin, longest=0)


def sample():
    """A few kilobytes: for each kind of step one short episode."""
    continuous, discrete = environments()
    yield episode(continuous, CONTINUOUS, 1, swing_hard)
    yield episode(continuous, CONTINUOUS, 2**64 - 1, left, longest=60)
    yield episode(continuous, CONTINUOUS, 2, bell, longest=20)
    yield episode(continuous, CONTINUOUS, 3, edges, longest=20)
    yield episode(discrete, DISCRETE, 2**40 + 7, left, longest=50)


if __name__ == "__main__":
    with open(sys.argv[2], "wb") as output:
        output.writelines({"full": full, "sample": sample}[sys.argv[1]]())
