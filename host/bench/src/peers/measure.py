"""Times other solvers on one family, each by the clock inside it where it has one.

Called with the family's file, the number of repeats, whether it is a sequence (0 or 1) and the folder of DAQP's
programs; prints one JSON object a line: a run, or {"skipped": why}. The file's format is that of `Family::write`.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import scipy.sparse as sparse

NONE = 1e20
# Seconds that one peer may take for one family.
PATIENCE = 60


class Problem:
    def __init__(self, bounds, hessian, rows, linear, lower, upper):
        self.H, self.f, self.lower, self.upper = hessian, linear, lower, upper
        self.rows = np.vstack([np.eye(len(linear))[:bounds], rows])
        self.equal = lower == upper
        self.at_most = (upper < NONE) & ~self.equal
        self.at_least = (lower > -NONE) & ~self.equal


def read(path):
    data = pathlib.Path(path).read_bytes()
    n, m, bounds, count, own = np.frombuffer(data, "<i4", 5)
    numbers = iter(np.split(np.frombuffer(data, "<f8", offset=20).copy(), np.cumsum(sizes(n, m, bounds, count, own))))
    problems = []
    for k in range(count):
        if k == 0 or own:
            hessian, rows = next(numbers).reshape(n, n), next(numbers).reshape(m - bounds, n)
        problems.append(Problem(bounds, hessian, rows, next(numbers), next(numbers), next(numbers)))
    return problems


def sizes(n, m, bounds, count, own):
    matrices, vectors = [n * n, (m - bounds) * n], [n, m, m]
    each = [matrices + vectors if k == 0 or own else vectors for k in range(count)]
    return [size for problem in each for size in problem]


def daqp(program, path, repeats, start):
    lines = subprocess.run([program, path, str(repeats), start], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        flag, iterations, seconds, *x = line.split()
        yield float(seconds), int(iterations), int(flag) == 1, [float(value) for value in x]


def quadprog(problems, _warm):
    import quadprog

    for p in problems:
        rows = np.vstack([p.rows[p.equal], -p.rows[p.at_most], p.rows[p.at_least]])
        bounds = np.concatenate([p.upper[p.equal], -p.upper[p.at_most], p.lower[p.at_least]])
        columns, linear, equal = rows.T.copy(), -p.f, int(p.equal.sum())
        # It has no clock of its own, so this one counts the call from Python too.
        begin = time.perf_counter()
        try:
            x, _, _, iterations, _, _ = quadprog.solve_qp(p.H, linear, columns, bounds, equal)
            yield time.perf_counter() - begin, int(iterations[0]), True, x.tolist()
        except ValueError:
            yield time.perf_counter() - begin, 0, False, [0.0] * len(p.f)


def piqp(problems, warm):
    import piqp

    solver = None
    for p in problems:
        inequality = p.at_most | p.at_least
        low, high = p.lower[inequality], p.upper[inequality]
        if warm and solver:
            solver.update(c=p.f, h_l=low, h_u=high)
        else:
            solver = piqp.DenseSolver()
            solver.settings.compute_timings = True
            rows, equal = np.asfortranarray(p.rows[inequality]), np.asfortranarray(p.rows[p.equal])
            solver.setup(np.asfortranarray(p.H), p.f, equal, p.upper[p.equal], rows, low, high)
        status = solver.solve()
        info = solver.result.info
        yield info.run_time, int(info.iter), status == piqp.PIQP_SOLVED, solver.result.x.tolist()


def proxqp(problems, warm):
    from proxsuite import proxqp

    solver = None
    for p in problems:
        inequality = p.at_most | p.at_least
        low, high = p.lower[inequality], p.upper[inequality]
        if warm and solver:
            solver.update(g=p.f, l=low, u=high)
        else:
            solver = proxqp.dense.QP(len(p.f), int(p.equal.sum()), int(inequality.sum()))
            solver.settings.eps_abs, solver.settings.eps_rel = 1e-6, 0.0
            # Its own limits let a single problem run for minutes when warm.
            solver.settings.max_iter, solver.settings.max_iter_in = 200, 200
            solver.settings.compute_timings = True
            if warm:
                solver.settings.initial_guess = proxqp.InitialGuess.WARM_START_WITH_PREVIOUS_RESULT
            equal = (p.rows[p.equal], p.upper[p.equal]) if p.equal.any() else (None, None)
            solver.init(p.H, p.f, *equal, p.rows[inequality], low, high)
        solver.solve()
        info = solver.results.info
        solved = info.status == proxqp.QPSolverOutput.PROXQP_SOLVED
        # It counts in microseconds.
        yield info.run_time * 1e-6, int(info.iter), solved, solver.results.x.tolist()


def osqp(problems, warm):
    import osqp

    solver = None
    for p in problems:
        if warm and solver:
            solver.update(q=p.f, l=p.lower, u=p.upper)
        else:
            solver = osqp.OSQP()
            hessian, rows = sparse.csc_matrix(np.triu(p.H)), sparse.csc_matrix(p.rows)
            settings = {"verbose": False, "eps_abs": 1e-6, "eps_rel": 1e-6, "polishing": False, "max_iter": 20000}
            solver.setup(hessian, p.f, rows, p.lower, p.upper, **settings)
        result = solver.solve(raise_error=False)
        yield result.info.run_time, int(result.info.iter), result.info.status_val == 1, np.array(result.x).tolist()


def qpoases(problems, warm):
    import casadi

    solver = None
    for p in problems:
        if not (warm and solver):
            n, m = p.H.shape[0], len(p.rows)
            shapes = {"h": casadi.Sparsity.dense(n, n), "a": casadi.Sparsity.dense(m, n)}
            options = {"printLevel": "none", "error_on_fail": False, "nWSR": 1000}
            # A solver that is called again starts from its last working set.
            solver = casadi.conic("qpoases", "qpoases", shapes, options)
        result = solver(h=p.H, g=p.f, a=p.rows, lba=p.lower, uba=p.upper)
        stats = solver.stats()
        x = np.array(result["x"]).ravel().tolist()
        # The clock around the solver's own call, inside the library that brings it.
        yield stats["t_wall_solver"], int(stats["iter_count"]), bool(stats["success"]), x


def fastest(rounds):
    """The answers of the first round, with the time of each problem's fastest."""
    seconds, iterations, solved, x = (list(column) for column in zip(*rounds[0]))
    seconds = [min(times) for times in zip(*[[entry[0] for entry in round] for round in rounds])]
    return {"seconds": seconds, "iterations": iterations, "solved": solved, "x": x}


def give_up(_signal, _frame):
    raise TimeoutError(f"not done after {PATIENCE} s")


def main():
    # A line for each run and nothing else: what libraries print goes elsewhere.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    path, repeats, sequence, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1", pathlib.Path(sys.argv[4])
    starts = ["cold", "warm"] if sequence else ["cold"]
    problems = read(path)
    # The slow ones are not slow by little; three rounds say enough.
    few = range(min(repeats, 3))
    tasks = []
    for number in ["f64", "f32"]:
        program = folder / f"daqp-{number}"
        call = lambda start, program=program: [list(daqp(program, path, repeats, start))]
        tasks += [(f"DAQP {number}", start, call) for start in starts]
    for name, solver in [("quadprog", quadprog), ("PIQP", piqp), ("ProxQP 1e-6", proxqp), ("OSQP 1e-6", osqp), ("qpOASES", qpoases)]:
        call = lambda start, solver=solver: [list(solver(problems, start == "warm")) for _ in few]
        # What cannot start warm is timed cold only.
        tasks += [(name, start, call) for start in starts if (name, start) != ("quadprog", "warm")]
    signal.signal(signal.SIGALRM, give_up)
    for name, start, call in tasks:
        signal.alarm(PATIENCE)
        try:
            print(json.dumps({"solver": name, "start": start, **fastest(call(start))}, allow_nan=False), file=out, flush=True)
        except Exception as error:  # whatever ails a peer, the others still count
            said = " ".join(str(error).split()) or type(error).__name__
            print(json.dumps({"skipped": f"{name}, {start}: {said[:160]}"}), file=out, flush=True)


main()
