"""Values and gradients of the programs in ../programs/catalogue.rs by the real cvxpylayers, as JSON."""

import json
import pathlib
import sys
import warnings

import cvxpy as cp
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
warnings.filterwarnings("ignore")
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "docs"))
import cvxpy_program  # noqa: E402
from cvxpylayers.jax import CvxpyLayer  # noqa: E402

MASK = (1 << 64) - 1


def numbers(seed, count):
    """The same as in catalogue.rs."""
    state = (seed * 0x9E3779B97F4A7C15) & MASK | 1
    out = []
    for _ in range(8 + count):
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        out.append((state >> 11) / 2**52 - 1.0)
    return np.round(np.array(out[8:]) * 1e6) / 1e6


def matrix(seed, rows, columns):
    return numbers(seed, rows * columns).reshape(rows, columns)


def cases():
    """Name, objective and constraints, parameters with values, variables; weights are numbered in this order."""
    x, p = cp.Variable(5), cp.Parameter(5)
    yield "simplex", cp.Minimize(0.5 * cp.sum_squares(x - p)), [x >= 0, cp.sum(x) == 1], [(p, numbers(1, 5))], [x]

    x, b = cp.Variable(3), cp.Parameter(6)
    objective = cp.Minimize(cp.sum_squares(matrix(2, 6, 3) @ x - b))
    yield "least_squares", objective, [x >= -0.3, x <= 0.2], [(b, numbers(3, 6))], [x]

    x, a, b = cp.Variable(3), cp.Parameter((5, 3)), cp.Parameter(5)
    objective = cp.Minimize(cp.sum_squares(a @ x - b) + 0.1 * cp.sum_squares(x))
    values = [(a, numbers(4, 15).reshape(5, 3)), (b, numbers(5, 5))]
    yield "parametric_factor", objective, [x >= 0, cp.sum(x) <= 0.4], values, [x]

    x, q = cp.Variable(2), cp.Parameter(2)
    objective = cp.Minimize(0.5 * cp.quad_form(x, np.array([[2.0, 0.5], [0.5, 1.0]])) + q @ x)
    yield "quad_form", objective, [x <= 0.2, x[0] >= -0.1], [(q, np.array([-0.9, 0.7]))], [x]

    # A parametric quadratic form is not disciplined in cvxpy; it is compared with finite differences only.
    yield "quad_form_parameter", None, [], [], []

    x, b, weight = cp.Variable(4), cp.Parameter(6), cp.Parameter(nonneg=True)
    objective = cp.Minimize(cp.sum_squares(matrix(6, 6, 4) @ x - b) + weight * cp.norm1(x))
    yield "lasso", objective, [], [(b, numbers(7, 6)), (weight, np.array(0.6))], [x]

    x, b = cp.Variable(2), cp.Parameter(5)
    # The constraint never binds; without one DIFFCP refuses a linear objective.
    yield "chebyshev", cp.Minimize(cp.norm_inf(matrix(8, 5, 2) @ x - b)), [x <= 100], [(b, numbers(9, 5))], [x]

    x, c = cp.Variable(3), cp.Parameter(4)
    objective = cp.Minimize(cp.max(matrix(10, 4, 3) @ x + c) + 0.5 * cp.sum_squares(x))
    yield "largest", objective, [], [(c, numbers(11, 4))], [x]

    w, labels = cp.Variable(3), cp.Parameter(6)
    margins = cp.multiply(labels, matrix(12, 6, 3) @ w)
    objective = cp.Minimize(cp.sum(cp.pos(1 - margins)) + 0.5 * cp.sum_squares(w))
    yield "hinge", objective, [], [(labels, np.array([1.0, -1.0, 0.9, -0.8, 1.1, -1.2]))], [w]

    x, b = cp.Variable(2), cp.Parameter(6)
    objective = cp.Minimize(cp.sum(cp.huber(matrix(13, 6, 2) @ x - b, 0.3)))
    yield "huber_fit", objective, [], [(b, numbers(14, 6))], [x]

    x, weight = cp.Variable(3), cp.Parameter(nonneg=True)
    fit = cp.sum_squares(matrix(15, 4, 3) @ x - numbers(16, 4))
    yield "ridge_weight", cp.Minimize(fit + weight * cp.sum_squares(x)), [x >= -0.2], [(weight, np.array(0.7))], [x]

    x, low, high = cp.Variable(3), cp.Parameter(4), cp.Parameter(4)
    rows = matrix(18, 4, 3) @ x
    values = [(low, np.array([-0.2, -0.3, 0.1, -0.4])), (high, np.array([0.1, 0.2, 0.3, 0.1]))]
    yield "box_rows", cp.Minimize(cp.sum_squares(x - numbers(17, 3))), [rows >= low, rows <= high], values, [x]

    x, c = cp.Variable(3), cp.Parameter(3)
    limits = np.abs(matrix(19, 4, 3)) @ x <= 1
    yield "linear_program", cp.Maximize(c @ x), [x >= 0, limits], [(c, np.array([0.9, 0.6, 0.8]))], [x]

    x, y = cp.Variable(6), cp.Parameter(6)
    objective = cp.Minimize(cp.sum_squares(x - y) + 0.5 * cp.norm1(cp.diff(x)))
    yield "smoothing", objective, [], [(y, numbers(20, 6))], [x]

    x, kernel = cp.Variable(4), cp.Parameter(3)
    entries = [sum(kernel[i - j] * x[j] for j in range(4) if 0 <= i - j < 3) for i in range(6)]
    objective = cp.Minimize(cp.sum_squares(cp.hstack(entries) - numbers(21, 6)) + 0.05 * cp.sum_squares(x))
    yield "deconvolution", objective, [x >= 0], [(kernel, np.array([0.5, 1.0, 0.3]))], [x]

    u, start = cp.Variable(4), cp.Parameter(2)
    position, velocity = start[0], start[1]
    cost, constraints = 0.1 * cp.sum_squares(u), [u >= -0.5, u <= 0.5]
    for k in range(4):
        velocity = velocity + u[k]
        position = position + velocity
        cost = cost + cp.square(position) + cp.square(velocity)
        constraints.append(position <= 1.2)
    yield "control", cp.Minimize(cost), constraints, [(start, np.array([1.0, 0.4]))], [u]

    x, cost = cp.Variable((2, 3)), cp.Parameter((2, 3))
    objective = cp.Minimize(cp.sum(cp.multiply(cost, x)) + 0.2 * cp.sum_squares(x))
    sums = [cp.sum(x, axis=1) == 0.5, cp.sum(x, axis=0) == np.array([0.3, 0.3, 0.4])]
    yield "transport", objective, [x >= 0, *sums], [(cost, numbers(22, 6).reshape(2, 3))], [x]

    w, mean, risk = cp.Variable(4), cp.Parameter(4), cp.Parameter(nonneg=True)
    factor = matrix(23, 4, 4)
    objective = cp.Maximize(mean @ w - risk * cp.sum_squares(factor.T @ w))
    values = [(mean, numbers(24, 4)), (risk, np.array(0.8))]
    yield "portfolio", objective, [cp.sum(w) == 1, w >= 0], values, [w]

    x, p, budget = cp.Variable(4), cp.Parameter(4), cp.Parameter()
    constraints = [cp.norm1(x) <= budget, cp.norm_inf(x) <= 0.4]
    yield "norm_budget", cp.Minimize(cp.sum_squares(x - p)), constraints, [(p, numbers(25, 4)), (budget, np.array(0.6))], [x]

    x, y, p = cp.Variable(2), cp.Variable(2), cp.Parameter(4)
    both = cp.hstack([x, y])
    yield "stacked", cp.Minimize(cp.sum_squares(both - p)), [x == y, x + y <= 0.1, cp.abs(both) <= 0.6], [(p, numbers(26, 4))], [x, y]

    x, p = cp.Variable((3, 3)), cp.Parameter((3, 3))
    constraints = [cp.sum(x) / 9 == 0.1, x[0, :] >= 0, x[1:3, 1:3] <= 0.2, x[2, 0] == x[1, 0]]
    yield "mean_and_slices", cp.Minimize(cp.sum_squares(x - p)), constraints, [(p, numbers(27, 9).reshape(3, 3))], [x]

    x, a, b, p = cp.Variable(3), cp.Parameter((2, 3)), cp.Parameter(2), cp.Parameter(3)
    values = [(a, numbers(28, 6).reshape(2, 3)), (b, np.array([-0.2, 0.1])), (p, numbers(29, 3))]
    yield "parametric_rows", cp.Minimize(0.5 * cp.sum_squares(x - p)), [a @ x <= b, x >= -1], values, [x]


def program():
    """A problem as docs/cvxpy_program.py writes it, and its solution by cvxpy."""
    x, y = cp.Variable(3, name="x"), cp.Variable((2, 2), name="Y")
    a, b, p = cp.Parameter((2, 3), name="A"), cp.Parameter(2, name="b"), cp.Parameter(nonneg=True, name="p")
    fit = cp.sum_squares(a @ x - np.array([1.0, -1.0])) + p * cp.sum_squares(y) + 0.3 * cp.norm1(x)
    constraints = [y @ np.array([1.0, 2.0]) == b, y <= 0.8, cp.sum(x) >= 0.5]
    problem = cp.Problem(cp.Minimize(fit), constraints)
    a.value, b.value, p.value = matrix(31, 2, 3), np.array([1.5, 2.0]), 0.7
    described = cvxpy_program.describe(problem, [a, b, p], [x, y])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    values = [*a.value.reshape(-1), *b.value, p.value]
    return {"program": json.dumps(described), "values": values, "solution": [*x.value, *y.value.reshape(-1)]}


def attributes():
    """Problems whose variables have attributes or infinite bounds as docs/cvxpy_program.py writes them; and refusals."""
    infinite = np.inf
    entries = [np.array([-1.0, -infinite, 0.0]), np.array([infinite, 0.5, 2.0])]
    written, refused = [], []
    p = cp.Parameter(3, name="p")
    p.value = np.array([0.5, 1.0, 2.0])

    def record(problem, parameters, variables):
        described = cvxpy_program.describe(problem, parameters, variables)
        problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
        values = [float(v) for parameter in parameters for v in parameter.value.reshape(-1)]
        solution = [float(v) for variable in variables for v in np.asarray(variable.value).reshape(-1)]
        written.append({"program": json.dumps(described, allow_nan=False), "values": values, "solution": solution})

    kinds = [({name: True}, []) for name in ["nonneg", "nonpos", "pos", "neg"]]
    kinds += [({"bounds": bounds}, []) for bounds in ([-1, infinite], [None, 0.5], entries)]
    for kind, parameters in kinds + [({"bounds": [None, p]}, [p])]:
        x, y = cp.Variable(3, name="x", **kind), cp.Variable(2, name="y")
        fit = cp.sum_squares(x - np.array([-2.0, 3.0, -0.5])) + cp.sum_squares(y - 1)
        limits = [cp.sum(x) == cp.sum(y), y <= np.array([infinite, 4.0])]
        # The other variable first: where one begins must not depend on attributes.
        record(cp.Problem(cp.Minimize(fit), limits), parameters, [y, x])

    def refuse(problem, parameters, variables):
        path = pathlib.Path(sys.argv[2] + ".refused")
        try:
            cvxpy_program.write(problem, parameters, variables, path)
            refused.append("written")
        except ValueError as error:
            refused.append(str(error))
        if path.exists():
            refused[-1] = "a file is there: " + refused[-1]

    matrix_kinds = ["symmetric", "diag", "PSD", "NSD", "integer", "boolean", "complex", "hermitian", "imag"]
    for kind in [{name: True} for name in matrix_kinds] + [{"sparsity": [(0, 1), (0, 1)]}]:
        x = cp.Variable((2, 2), name="X", **kind)
        refuse(cp.Problem(cp.Minimize(cp.sum_squares(cp.abs(x - 1)))), [], [x])
    x, q = cp.Variable(3, name="x"), cp.Parameter(3, name="p")
    s = cp.Parameter((3, 3), name="S", symmetric=True)
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(x)), [cp.norm(x - p) <= 1]), [p], [x])
    refuse(cp.Problem(cp.Minimize(cp.sum(cp.exp(x)))), [], [x])
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(s @ x - 1))), [s], [x])
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(x - p - q))), [p, q], [x])
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(x - p))), [], [x])
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(x))), [], [x, cp.Variable(name="z")])
    refuse(cp.Problem(cp.Minimize(cp.sum_squares(x)), [x <= -infinite]), [], [x])
    return {"written": written, "refused": refused}


def layers():
    found = {}
    for index, (name, objective, constraints, parameters, variables) in enumerate(cases()):
        if objective is None:
            continue
        problem = cp.Problem(objective, constraints)
        layer = CvxpyLayer(problem, parameters=[p for p, _ in parameters], variables=variables)
        length = sum(v.size for v in variables)
        weights = numbers(100 + index, length)

        def loss(*values):
            solution = layer(*values, solver_args=SOLVER)
            flat = jax.numpy.concatenate([part.reshape(-1) for part in solution])
            return flat @ weights, flat

        values = [jax.numpy.asarray(value, dtype=jax.numpy.float64) for _, value in parameters]
        (_, flat), gradients = jax.value_and_grad(loss, argnums=tuple(range(len(values))), has_aux=True)(*values)
        found[name] = {
            "values": np.asarray(flat).tolist(),
            "gradients": [np.asarray(gradient).reshape(-1).tolist() for gradient in gradients],
        }
    return found


SOLVER = {"solve_method": "SCS", "eps": 1e-12, "max_iters": 200000}

if __name__ == "__main__":
    what = {"layers": layers, "program": program, "attributes": attributes}[sys.argv[1]]
    with open(sys.argv[2], "w") as file:
        json.dump(what(), file)
