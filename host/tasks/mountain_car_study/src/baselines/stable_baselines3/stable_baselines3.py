"""One training run of Stable-Baselines3 on MountainCarContinuous-v0, as a line of JSON.

Hyperparameters are those of RL Baselines3 Zoo; the limits are counted, not enforced.
usage: ALGORITHM SEED STEPS EPISODES
"""

import json
import sys
import time

import gymnasium as gym
import torch
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

SPEED_LIMIT, POSITION_LIMIT = 0.045, -1.15


class Counted(gym.Wrapper):
    """Counts the steps that exceed a limit."""

    speed = position = 0

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        Counted.speed += abs(float(observation[1])) > SPEED_LIMIT
        Counted.position += float(observation[0]) < POSITION_LIMIT
        return observation, reward, terminated, truncated, info


def episodes(model, environment, count):
    """Returns of the deterministic policy from Gymnasium's seeds 0, 1, ..., and how many reached the goal."""
    returns, solved = [], 0
    plain = gym.make("MountainCarContinuous-v0")
    for seed in range(count):
        observation, _ = plain.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            seen = environment.normalize_obs(observation) if environment else observation
            action, _ = model.predict(seen, deterministic=True)
            observation, reward, terminated, truncated, _ = plain.step(action)
            total += float(reward)
            over = terminated or truncated
        returns.append(total)
        solved += bool(terminated)
    return returns, solved


def main():
    algorithm, seed, steps, count = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(1)
    started = time.time()
    environment = DummyVecEnv([lambda: Counted(gym.make("MountainCarContinuous-v0"))])
    normalized = None
    if algorithm == "ppo":
        environment = normalized = VecNormalize(environment, gamma=0.9999)
        model = PPO(
            "MlpPolicy", environment, seed=seed, device="cpu", batch_size=256, n_steps=8, gamma=0.9999,
            learning_rate=7.77e-5, ent_coef=0.00429, clip_range=0.1, n_epochs=10, gae_lambda=0.9,
            max_grad_norm=5, vf_coef=0.19, use_sde=True,
            policy_kwargs=dict(log_std_init=-3.29, ortho_init=False),
        )
    else:
        model = SAC(
            "MlpPolicy", environment, seed=seed, device="cpu", learning_rate=3e-4, buffer_size=50_000,
            batch_size=512, ent_coef=0.1, train_freq=32, gradient_steps=32, gamma=0.9999, tau=0.01,
            learning_starts=0, use_sde=True, policy_kwargs=dict(log_std_init=-3.67, net_arch=[64, 64]),
        )
    curve = []
    while model.num_timesteps < steps:
        model.learn(steps // 10, reset_num_timesteps=False)
        returns, _ = episodes(model, normalized, 10)
        curve.append({"steps": model.num_timesteps, "mean_return": sum(returns) / len(returns)})
    training = {"speed": Counted.speed, "position": Counted.position}
    returns, solved = episodes(model, normalized, count)
    print(json.dumps({
        "algorithm": algorithm, "seed": seed, "steps": model.num_timesteps, "curve": curve,
        "mean_return": sum(returns) / len(returns), "min_return": min(returns), "solved": solved, "episodes": count,
        "violations_in_training": training, "seconds": time.time() - started,
    }))


main()
