"""Writes a cvxpy problem as the JSON that Convex Edge reads: `write(problem, parameters, variables, path)`.

The problem is a quadratic program, disciplined and parametrized (`problem.is_dpp()`). Parameters and variables are listed
in the order in which their values are to be given and given back; matrices by rows. What a quadratic program cannot
state is refused by name, as a ValueError, before anything is written.
"""

import json

import cvxpy as cp
import numpy as np

# Attributes of a variable that become rows; every other one is refused.
BOUNDS = {"nonneg", "nonpos", "pos", "neg", "bounds"}
# Attributes of a parameter that say something of its values alone; every other one is refused.
FACTS = BOUNDS | {"integer", "boolean"}
# Sizes in cvxpy's data, with the name of the cone that they count.
CONES = {"soc": "second-order", "psd": "semidefinite", "exp": "exponential", "p3d": "power", "pnd": "power"}


def write(problem, parameters, variables, path):
    text = json.dumps(describe(problem, parameters, variables), allow_nan=False)
    with open(path, "w") as file:
        file.write(text)


def describe(problem, parameters, variables):
    refuse_leaves(problem, parameters, variables)
    refuse_curvature(problem)
    problem, variables = with_bounds_as_constraints(problem, variables)
    saved = [parameter.value for parameter in parameters]
    length = sum(parameter.size for parameter in parameters)

    def data(values):
        start = 0
        for parameter in parameters:
            part = values[start : start + parameter.size].reshape(parameter.shape)
            # At unit vectors only the affine maps matter, not what signs a parameter promises.
            parameter.save_value(part)
            start += parameter.size
        try:
            data, _, _ = problem.get_problem_data(cp.OSQP)
        except cp.error.SolverError as error:
            raise ValueError(
                "the problem has a function of parameters alone that is not affine, such as p**2 or norm(p); "
                "give its value as a parameter of its own"
            ) from error
        return data

    try:
        zero = data(np.zeros(length))
        units = [data(row) for row in np.eye(length)]
    finally:
        for parameter, value in zip(parameters, saved):
            parameter.save_value(value)

    def terms(name, pick, first=0):
        """Coefficients of a matrix: the constant part, and the change with each parameter."""
        base, found = pick(zero), []
        for index, part in [(None, base)] + [(k, pick(unit) - base) for k, unit in enumerate(units)]:
            if not np.isfinite(part).all():
                raise ValueError(f"{name} of the problem is not finite; correct the constants of its constraints")
            for row, column in zip(*np.nonzero(part)):
                found.append([first + int(row), int(column), index, float(part[row, column])])
        return found

    def symmetric(found):
        matrix = found["P"].toarray()
        return np.triu(matrix) + np.triu(matrix, 1).T

    def column(name):
        return lambda found: found[name].reshape(-1, 1)

    equalities = zero["A"].shape[0]
    # F x <= G; an infinite G is no bound, so that the row is left out.
    bounded = zero["G"] < np.inf
    inequalities = int(bounded.sum())
    offsets = zero["param_prob"].var_id_to_col
    outputs = []
    for variable in variables:
        rows, columns = shape_of(variable)
        first = offsets[variable.id]
        entries = [first + j * rows + i for i in range(rows) for j in range(columns)]
        outputs.append({"name": variable.name(), "rows": rows, "columns": columns, "entries": entries})

    def shape(parameter):
        rows, columns = shape_of(parameter)
        return {"name": parameter.name(), "rows": rows, "columns": columns}

    equal = terms("the right side of an equality", column("b"))
    at_most = terms("a bound", lambda found: found["G"][bounded].reshape(-1, 1), equalities)
    return {
        "parameters": [shape(parameter) for parameter in parameters],
        "outputs": outputs,
        "variables": zero["q"].size,
        "constraints": equalities + inequalities,
        "bounds": 0,
        "hessian": terms("the objective", symmetric),
        "linear": terms("the objective", column("q")),
        "rows": terms("an equality", lambda found: found["A"].toarray())
        + terms("an inequality", lambda found: found["F"].toarray()[bounded], equalities),
        # A x = b and F x <= G; the zero keeps a bound of 0 a bound.
        "lower": [[i, 0, None, 0.0] for i in range(equalities)] + equal,
        "upper": [[i, 0, None, 0.0] for i in range(equalities + inequalities)] + equal + at_most,
    }


def shape_of(leaf):
    return (leaf.shape + (1, 1))[:2] if leaf.ndim else (1, 1)


def attributes(leaf):
    """Names of the attributes that are set, to True, to bounds or to indices."""
    return {name for name, value in leaf.attributes.items() if value is not None and value is not False}


def refuse_leaves(problem, parameters, variables):
    """Raises an error where a list is incomplete or an attribute is more than a bound."""
    for kind, listed, there in [
        ("parameter", parameters, problem.parameters()),
        ("variable", variables, problem.variables()),
    ]:
        names = [leaf.name() for leaf in listed]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two {kind}s are listed as `{name}`; list each once, and give each its own name")
        for leaf in listed:
            if leaf.id not in {other.id for other in there}:
                raise ValueError(f"{kind} `{leaf.name()}` is not in the problem; leave it out of the list")
    for parameter in problem.parameters():
        if parameter.id not in {listed.id for listed in parameters}:
            raise ValueError(f"parameter `{parameter.name()}` is not listed; add it to the list of parameters")
    for kind, leaves, accepted in [
        ("variable", problem.variables(), BOUNDS),
        ("parameter", problem.parameters(), FACTS),
    ]:
        for leaf in leaves:
            if leaf.ndim > 2:
                raise ValueError(f"{kind} `{leaf.name()}` has {leaf.ndim} dimensions; make it a matrix or a vector")
            for attribute in sorted(attributes(leaf) - accepted):
                raise ValueError(
                    f"{kind} `{leaf.name()}` has the attribute `{attribute}`; take a plain {kind} and state the rest "
                    f"as linear constraints (attributes that are written: {', '.join(sorted(accepted))})"
                )


def refuse_curvature(problem):
    """Raises an error where the problem is no disciplined parametrized quadratic program."""
    if not problem.is_dcp():
        raise ValueError("the problem is not convex by cvxpy's rules; `problem.is_dcp()` has to hold")
    if not problem.is_dpp():
        raise ValueError("the problem is not affine in its parameters by cvxpy's rules; `problem.is_dpp()` has to hold")
    if problem.is_qp():
        return
    needed = []
    for constraint in problem.constraints:
        needed += [f"the {name} cone in `{constraint}`" for name in cones(cp.Minimize(0), [constraint])]
    needed += [f"the {name} cone in the objective" for name in cones(problem.objective, [])]
    needed = ", ".join(needed) or "more than linear rows"
    raise ValueError(
        f"the problem needs {needed}, which no quadratic program has; bound norm1 or norm_inf, or minimize the squares"
    )


def cones(objective, constraints):
    """Names of the cones that cvxpy needs beyond linear rows."""
    part = cp.Problem(objective, constraints)
    if part.is_qp():
        return []
    saved = [(parameter, parameter.value) for parameter in part.parameters()]
    try:
        for parameter, _ in saved:
            parameter.save_value(np.ones(parameter.shape))
        data, _, _ = part.get_problem_data(cp.CLARABEL)
    finally:
        for parameter, value in saved:
            parameter.save_value(value)
    dimensions = data["dims"]
    return list(dict.fromkeys(name for key, name in CONES.items() if getattr(dimensions, key, None)))


def with_bounds_as_constraints(problem, variables):
    """The problem in variables without attributes; an infinite entry of a bound is none."""
    plain, constraints = {}, []
    for variable in problem.variables():
        if attributes(variable):
            plain[variable.id] = cp.Variable(variable.shape, name=variable.name())
    objects = {id(variable): plain[variable.id] for variable in problem.variables() if variable.id in plain}
    for variable in problem.variables():
        if variable.id in plain:
            constraints += [constraint.tree_copy(id_objects=objects) for constraint in variable.domain]
    if plain:
        constraints += [constraint.tree_copy(id_objects=objects) for constraint in problem.constraints]
        problem = cp.Problem(problem.objective.tree_copy(id_objects=objects), constraints)
    return problem, [plain.get(variable.id, variable) for variable in variables]
