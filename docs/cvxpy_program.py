"""Writes a cvxpy problem as the JSON that Convex Edge reads: `write(problem, parameters, variables, path)`.

The problem is a quadratic program, disciplined and parametrized (`problem.is_dpp()`). Parameters and variables are listed
in the order in which their values are to be given and given back; matrices by rows.
"""

import json

import cvxpy as cp
import numpy as np


def write(problem, parameters, variables, path):
    with open(path, "w") as file:
        json.dump(describe(problem, parameters, variables), file)


def describe(problem, parameters, variables):
    if not (problem.is_qp() and problem.is_dpp()):
        raise ValueError("not a disciplined parametrized quadratic program")
    saved = [parameter.value for parameter in parameters]
    length = sum(parameter.size for parameter in parameters)

    def data(values):
        start = 0
        for parameter in parameters:
            part = values[start : start + parameter.size].reshape(parameter.shape)
            # At unit vectors only the affine maps matter, not what signs a parameter promises.
            parameter.save_value(part)
            start += parameter.size
        data, _, _ = problem.get_problem_data(cp.OSQP)
        return data

    zero = data(np.zeros(length))
    units = [data(row) for row in np.eye(length)]
    for parameter, value in zip(parameters, saved):
        parameter.save_value(value)

    def terms(pick, first=0):
        """Coefficients of a matrix: the constant part, and the change with each parameter."""
        base, found = pick(zero), []
        for index, part in [(None, base)] + [(k, pick(unit) - base) for k, unit in enumerate(units)]:
            for row, column in zip(*np.nonzero(part)):
                found.append([first + int(row), int(column), index, float(part[row, column])])
        return found

    def symmetric(found):
        matrix = found["P"].toarray()
        return np.triu(matrix) + np.triu(matrix, 1).T

    def column(name):
        return lambda found: found[name].reshape(-1, 1)

    equalities, inequalities = zero["A"].shape[0], zero["F"].shape[0]
    offsets = zero["param_prob"].var_id_to_col
    outputs = []
    for variable in variables:
        rows, columns = (variable.shape + (1, 1))[:2] if variable.ndim else (1, 1)
        first = offsets[variable.id]
        entries = [first + j * rows + i for i in range(rows) for j in range(columns)]
        outputs.append({"name": variable.name(), "rows": rows, "columns": columns, "entries": entries})

    def shape(parameter):
        rows, columns = (parameter.shape + (1, 1))[:2] if parameter.ndim else (1, 1)
        return {"name": parameter.name(), "rows": rows, "columns": columns}

    return {
        "parameters": [shape(parameter) for parameter in parameters],
        "outputs": outputs,
        "variables": zero["q"].size,
        "constraints": equalities + inequalities,
        "bounds": 0,
        "hessian": terms(symmetric),
        "linear": terms(column("q")),
        "rows": terms(lambda found: found["A"].toarray()) + terms(lambda found: found["F"].toarray(), equalities),
        # A x = b and F x <= G; the zero keeps a bound of 0 a bound.
        "lower": [[i, 0, None, 0.0] for i in range(equalities)] + terms(column("b")),
        "upper": [[i, 0, None, 0.0] for i in range(equalities + inequalities)]
        + terms(column("b"))
        + terms(column("G"), equalities),
    }
