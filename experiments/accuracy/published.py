"""The figures of arXiv 2410.00948, tables 1 to 3, as printed."""

from __future__ import annotations

MEASURES = ("rmse", "r2", "l2", "dtw")

_Rows = dict[str, tuple[float, ...]]

SEQ2SEQ_COLUMNS = ("64x64", "64x32", "64x16", "45x45", "32x32", "16x16")

_FLOAT: _Rows = {
    "rmse": (0.071, 0.084, 0.032, 0.063, 0.1, 0.1),
    "r2": (0.86, 0.81, 0.96, 0.89, 0.74, 0.76),
    "l2": (0.60, 0.71, 0.32, 0.53, 0.83, 0.79),
    "dtw": (0.49, 0.47, 0.35, 0.46, 0.55, 0.48),
}
_PTQ_16: _Rows = {
    "rmse": (0.071, 0.084, 0.032, 0.063, 0.1, 0.095),
    "r2": (0.87, 0.81, 0.96, 0.89, 0.74, 0.76),
    "l2": (0.59, 0.71, 0.31, 0.53, 0.83, 0.79),
    "dtw": (0.49, 0.47, 0.34, 0.46, 0.55, 0.48),
}
_PTQ_8: _Rows = {
    "rmse": (0.063, 0.089, 0.032, 0.071, 0.105, 0.089),
    "r2": (0.89, 0.79, 0.97, 0.87, 0.70, 0.79),
    "l2": (0.54, 0.74, 0.27, 0.58, 0.88, 0.75),
    "dtw": (0.69, 0.72, 0.52, 0.53, 0.61, 0.44),
}

SEQ2SEQLITE_COLUMNS = ("128x128", "32x32", "32x32 KD", "16x16", "16x16 KD")

_QAT_16: _Rows = {
    "rmse": (0.03, 0.1, 0.068, 0.088, 0.072),
    "r2": (0.98, 0.73, 0.88, 0.79, 0.86),
    "l2": (0.25, 0.84, 0.57, 0.74, 0.60),
    "dtw": (0.37, 0.50, 0.44, 0.49, 0.45),
}
_QAT_8: _Rows = {
    "rmse": (0.12, 0.138, 0.01, 0.13, 0.047),
    "r2": (0.62, 0.49, 0.99, 0.55, 0.94),
    "l2": (1.00, 1.15, 0.10, 1.09, 0.39),
    "dtw": (0.61, 0.71, 0.52, 0.71, 0.55),
}

_TABLES = {
    (1, 32): (SEQ2SEQ_COLUMNS, _FLOAT),
    (2, 16): (SEQ2SEQ_COLUMNS, _PTQ_16),
    (2, 8): (SEQ2SEQ_COLUMNS, _PTQ_8),
    (3, 16): (SEQ2SEQLITE_COLUMNS, _QAT_16),
    (3, 8): (SEQ2SEQLITE_COLUMNS, _QAT_8),
}


def published(table: int, bits: int, column: str, measure: str) -> float:
    """Return a figure of the paper.

    Parameters
    ----------
    table : {1, 2, 3}
    bits : int
        32 in table 1, else 16 or 8.
    column : str
        Size of the network, as the paper heads it.
    measure : {"rmse", "r2", "l2", "dtw"}
    """
    columns, rows = _TABLES[table, bits]
    return rows[measure][columns.index(column)]
