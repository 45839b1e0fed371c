"""Times other layers on one batch: forward, and backward for the sum of the squares of the solutions.

Called with the batch's name, the file of its parameters' values, the parameter whose gradient is compared, the number of
passes and of threads; prints one JSON object a line: a run, or {"skipped": why}.
"""
import importlib
import json
import os
import pathlib
import signal
import sys
import time
import warnings

CASE, FILE, COMPARED, REPEATS, THREADS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
# Libraries that ask for the number of processors find as many as there are threads to be.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import numpy as np

now = time.perf_counter
# Seconds that the passes of one layer may take, and that it may take with all that comes before.
ENOUGH, PATIENCE = 4, 40


def read():
    parameters = {}
    for values in json.loads(pathlib.Path(FILE).read_text()):
        shape = values["shape"]
        entries = np.array(values["entries"])
        parameters[values["name"]] = entries.reshape(shape if values["is_shared"] else [-1, *shape])
    return parameters


def standard(given):
    """Q, p, G, h, A, b of `1/2 z'Qz + p'z, G z <= h, A z = b`, and which of them want a gradient."""
    if CASE == "random":
        H, q, G, h = (given[name] for name in "HqGh")
        return dict(Q=H, p=q, G=G, h=h, A=np.zeros((len(q), 0, 10)), b=np.zeros((len(q), 0))), "QpGh"
    if CASE == "sudoku":
        return dict(Q=0.1 * np.eye(64), p=given["p"], G=-np.eye(64), h=np.zeros(64), A=given["A"], b=given["b"]), "pAb"
    A, B, x0 = given["A"], given["B"], given["x0"]
    n, batch = 32, len(x0)
    weights = np.concatenate([np.tile([10.0, 1.0], 11), np.full(10, 0.1)])
    limits = np.concatenate([np.tile([1.0, 0.8], 10), np.ones(10)])
    equal = np.zeros((22, n))
    equal[:2, :2] = np.eye(2)
    for k in range(10):
        rows = slice(2 * k + 2, 2 * k + 4)
        equal[rows, rows], equal[rows, 2 * k : 2 * k + 2], equal[rows, 22 + k : 23 + k] = np.eye(2), -A, -B
    right = np.concatenate([x0, np.zeros((batch, 20))], axis=1)
    bounds = np.vstack([np.eye(n)[2:], -np.eye(n)[2:]])
    # Both sides of each bound.
    values = dict(Q=np.diag(weights), p=np.zeros(n), G=bounds, h=np.concatenate([limits, limits]), A=equal, b=right)
    return values, "Ab"


def compared(gradient):
    """The gradient that is compared, of those of the standard form."""
    return gradient[{"q": "p", "p": "p", "x0": "b"}[COMPARED]]


def shape(gradient):
    """A sample a row; of the right sides of the equalities, those that are the first state."""
    return np.asarray(gradient)[:, :2] if COMPARED == "x0" else np.asarray(gradient)


def by_torch(layer, values, wanted):
    """A pass of `layer`, a function of the values by name."""
    import torch

    torch.set_num_threads(THREADS)

    def one():
        tensors = {name: torch.tensor(value, requires_grad=name in wanted) for name, value in values.items()}
        begin = now()
        x = layer(tensors)
        solved = now()
        (x**2).sum().backward()
        end = now()
        return solved - begin, end - solved, x.detach().numpy(), {name: tensors[name].grad.numpy() for name in wanted}

    return one


def qpth(given):
    import torch
    from qpth.qp import QPFunction

    function = QPFunction(verbose=-1, check_Q_spd=False)
    values, wanted = standard(given)
    if CASE == "random":
        none = torch.empty(0, dtype=torch.float64)
        layer = lambda t: function(t["Q"], t["p"], t["G"], t["h"], none, none)
    else:
        layer = lambda t: function(t["Q"], t["p"], t["G"], t["h"], t["A"], t["b"])
    return by_torch(layer, values, wanted), compared


def proxsuite(given):
    import torch
    from proxsuite.torch.qplayer import QPFunction

    function = QPFunction(structural_feasibility=True, omp_parallel=True, eps=1e-8)
    values, wanted = standard(given)
    if CASE == "mpc":
        # Two-sided rows, which it has.
        values["G"], values["h"] = values["G"][:30], values["h"][:30]
        lower = torch.tensor(-values["h"])
    else:
        lower = torch.full(values["h"].shape, -1e20, dtype=torch.float64)
    layer = lambda t: function(t["Q"], t["p"], t["A"], t["b"], t["G"], lower, t["h"])[0]
    return by_torch(layer, values, wanted), compared


def qpax(given):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import qpax as library

    values, wanted = standard(given)
    names = list("QpAbGh")
    arrays = [jnp.asarray(values[name]) for name in names]
    axes = [0 if array.ndim > (2 if name in "QAG" else 1) else None for name, array in zip(names, arrays)]
    solve = jax.vmap(library.solve_qp_primal, in_axes=axes)
    forward = jax.jit(solve)

    def loss(*arrays):
        x = solve(*arrays)
        return (x**2).sum(), x

    both = jax.jit(jax.value_and_grad(loss, argnums=tuple(names.index(name) for name in wanted), has_aux=True))

    def one():
        begin = now()
        jax.block_until_ready(forward(*arrays))
        solved = now()
        (_, x), gradients = jax.block_until_ready(both(*arrays))
        # The second call solves again: what it takes longer than the first is the way back.
        total = now() - solved
        there = min(solved - begin, total)
        return there, total - there, np.asarray(x), dict(zip(wanted, gradients))

    return one, compared


def moreau(given):
    import torch
    import moreau as library
    from moreau.torch import Solver

    values, wanted = standard(given)
    count, n, equal = len(given[COMPARED]), values["Q"].shape[-1], values["A"].shape[-2]

    def places(name):
        # What is learned may be anywhere, but for the blocks of the predictive control.
        matrix = values[name]
        anywhere = name in wanted and CASE != "mpc"
        return np.ones(matrix.shape[-2:], bool) if anywhere else (matrix != 0).any(tuple(range(matrix.ndim - 2)))

    def compressed(pattern):
        offsets = np.concatenate([[0], np.cumsum(pattern.sum(1))])
        return torch.tensor(offsets), torch.tensor(np.nonzero(pattern)[1])

    Q, A, G = (places(name) for name in "QAG")
    cones = library.Cones(num_zero_cones=equal, num_nonneg_cones=len(G))
    settings = library.Settings(device="cpu", batch_size=count, enable_grad=True)
    solver = Solver(n, equal + len(G), *compressed(Q), *compressed(np.vstack([A, G])), cones, settings=settings)

    def layer(t):
        entries = lambda name, pattern: t[name][(..., *map(torch.tensor, np.nonzero(pattern)))]
        rows = torch.cat([entries("A", A), entries("G", G)], -1)
        right = torch.cat([t["b"].expand(count, -1), t["h"].expand(count, -1)], -1)
        return solver.solve(entries("Q", Q), rows, t["p"].expand(count, -1), right).x

    return by_torch(layer, values, wanted), compared


def problem():
    """The program in CVXPY, its parameters in order, and its variables."""
    import cvxpy as cp

    if CASE == "random":
        # A factor of H in place of H itself: its form allows no other.
        x, R, q = cp.Variable(10, name="x"), cp.Parameter((10, 10), name="R"), cp.Parameter(10, name="q")
        G, h = cp.Parameter((20, 10), name="G"), cp.Parameter(20, name="h")
        return cp.Problem(cp.Minimize(0.5 * cp.sum_squares(R @ x) + q @ x), [G @ x <= h]), [R, q, G, h], [x]
    if CASE == "sudoku":
        x, p = cp.Variable(64, name="x"), cp.Parameter(64, name="p")
        A, b = cp.Parameter((40, 64), name="A"), cp.Parameter(40, name="b")
        return cp.Problem(cp.Minimize(0.05 * cp.sum_squares(x) + p @ x), [A @ x == b, x >= 0]), [p, A, b], [x]
    x, u = cp.Variable((11, 2), name="x"), cp.Variable(10, name="u")
    A, B, x0 = cp.Parameter((2, 2), name="A"), cp.Parameter((2, 1), name="B"), cp.Parameter(2, name="x0")
    cost = 5 * cp.sum_squares(x[:, 0]) + 0.5 * cp.sum_squares(x[:, 1]) + 0.05 * cp.sum_squares(u)
    rows = [x[0] == x0, cp.abs(u) <= 1, cp.abs(x[1:, 0]) <= 1, cp.abs(x[1:, 1]) <= 0.8]
    rows += [x[k + 1] == A @ x[k] + B[:, 0] * u[k] for k in range(10)]
    return cp.Problem(cp.Minimize(cost), rows), [A, B, x0], [x, u]


def by_cvxpylayers(given, separately=False, **options):
    import torch
    from cvxpylayers.torch import CvxpyLayer

    program, parameters, variables = problem()
    layer = CvxpyLayer(program, parameters=parameters, variables=variables, **options)
    if CASE == "random":
        given = dict(R=np.linalg.cholesky(given["H"]).transpose(0, 2, 1).copy(), **given)
        del given["H"]
    names = [parameter.name() for parameter in parameters]
    whole = [parameter.name() for parameter in parameters if given[parameter.name()].ndim == parameter.ndim]
    count = len(given[COMPARED])

    def solve(t):
        return torch.cat([part.flatten(1) for part in layer(*(t[name] for name in names))], 1)

    def one_by_one():
        # Its way back is that of the sample that was solved last.
        there, back, solutions = 0.0, 0.0, []
        leaf = lambda value: torch.tensor(value, requires_grad=True)
        shared = {name: leaf(value) for name, value in given.items() if name in whole}
        samples = [[shared[name] if name in shared else leaf(given[name][k]) for name in names] for k in range(count)]
        for sample in samples:
            begin = now()
            x = torch.cat([part.flatten() for part in layer(*sample)])
            solved = now()
            (x**2).sum().backward()
            there, back = there + solved - begin, back + now() - solved
            solutions.append(x.detach().numpy())
        gradients = {COMPARED: np.stack([sample[names.index(COMPARED)].grad.numpy() for sample in samples])}
        return there, back, np.stack(solutions), gradients

    one = one_by_one if separately else by_torch(solve, given, names)
    return one, lambda gradient: gradient[COMPARED]


def cvxpylayers(given):
    return by_cvxpylayers(given)


def cvxpygen(given):
    from cvxpygen import cpg
    from cvxpylayers.interfaces import SolverInterface

    # The compiler's driver lies beside this interpreter.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    os.chdir(pathlib.Path(FILE).parent)
    sys.path.insert(0, os.getcwd())
    folder = f"generated_{CASE}"
    if not pathlib.Path(folder, "complete").exists():
        cpg.generate_code(problem()[0], code_dir=folder, solver="OSQP", gradient=True)
        pathlib.Path(folder, "complete").touch()
    code = importlib.import_module(f"{folder}.cpg_solver")
    return by_cvxpylayers(given, separately=True, solver=SolverInterface.from_codegen(code.forward, code.backward))


def give_up(_signal, _frame):
    raise TimeoutError(f"not done after {PATIENCE} s")


def passes(one, compared):
    """As many as are asked for, or as are enough, after one in which a compiler may run."""
    one()
    begin, forward, backward = now(), [], []
    while len(forward) < max(2, REPEATS) and (len(forward) < 2 or now() - begin < ENOUGH):
        there, back, x, gradients = one()
        forward.append(there)
        backward.append(back)
    x, gradient = np.asarray(x), shape(compared(gradients))
    return {"forward": forward, "backward": backward, "x": x.ravel().tolist(), "gradient": gradient.ravel().tolist()}


def main():
    # A line for each run and nothing else: what libraries print goes elsewhere.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.filterwarnings("ignore")
    given = read()
    signal.signal(signal.SIGALRM, give_up)
    layers = [
        ("qpth f64", qpth),
        ("ProxSuite QPFunction 1e-8", proxsuite),
        ("qpax f64", qpax),
        ("Moreau f64", moreau),
        ("cvxpylayers", cvxpylayers),
        ("CVXPYgen, OSQP", cvxpygen),
    ]
    for name, make in layers:
        signal.alarm(PATIENCE)
        try:
            print(json.dumps({"layer": name, **passes(*make(given))}, allow_nan=False), file=out, flush=True)
        except Exception as error:  # whatever ails a peer, the others still count
            said = " ".join(str(error).split()) or type(error).__name__
            print(json.dumps({"skipped": f"{name}: {said[:160]}"}), file=out, flush=True)
        signal.alarm(0)


main()
