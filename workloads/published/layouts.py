"""The forms in which the published accelerators were written down as task graphs.

The two decompositions compute the same equations, but differ in details (how many adds an
exponential takes, whether a value is read once or twice) and in the order of their tasks. The order
matters: first-in-first-out scheduling breaks ties by it. Source: the published task graphs.
"""

from __future__ import annotations

from dataclasses import dataclass

from hwmodels.network import Network
from workloads.published.gru_cell import CellLayout
from workloads.published.weighted_sum import SumLayout


@dataclass(frozen=True)
class Layout:
    """The layouts of the four cells of an encoder-decoder."""

    encoder: CellLayout
    encoder_stacked: CellLayout
    decoder: CellLayout
    decoder_stacked: CellLayout


_TANH = """
    c.write_sum c.read_sum c.double c.write_doubled c.read_doubled c.sinh_cosh c.write_sinh_cosh
    c.read_sinh c.read_cosh c.add_one c.write_denominator c.read_denominator c.divide
    c.write_quotient
"""
_CANDIDATE_AND_BLEND = f"""
    c.read_Wx c.read_reset c.read_b c.add {_TANH} z.read keep.subtract keep.write c.read_quotient
    c.scale c.write c.read new.multiply new.write keep.read read_h_row old.multiply old.write
    new.read old.read add write_h
"""
_SIGMOIDS_OF_ENCODER = """
    z.sinh_cosh z.read_sum r.sinh_cosh r.read_sum z.write_sinh_cosh r.write_sinh_cosh z.read_sinh
    z.read_cosh z.add_one r.read_sinh r.read_cosh r.add_one read_one z.write_denominator
    r.write_denominator z.divide r.divide z.read_denominator r.read_denominator z.write r.write
    c.read_Uh c.multiply_reset r.read c.write_reset
"""
_SIGMOIDS_OF_DECODER = """
    z.read_sum r.read_sum z.sinh_cosh r.sinh_cosh z.write_sinh_cosh r.write_sinh_cosh z.read_sinh
    z.read_cosh z.add_exp z.write_exp r.read_sinh r.read_cosh r.add_exp r.write_exp z.read_exp
    z.add_one r.read_exp r.add_one z.write_denominator r.write_denominator read_one z.divide
    r.divide z.read_denominator r.read_denominator z.write r.write
"""
_SIGMOIDS_OF_STACKED = """
    z.read_sum r.read_sum z.sinh_cosh r.sinh_cosh z.write_sinh_cosh r.write_sinh_cosh z.read_sinh
    z.read_cosh r.read_sinh r.read_cosh z.add_one r.add_one z.write_denominator
    r.write_denominator z.divide r.divide z.read_denominator r.read_denominator z.write r.write
"""

_ENCODER_STACKED = CellLayout(
    z=SumLayout(
        pairwise=True,
        left=-1,
        first="scalar weights multiply add z.read_b z.add_b",
        rest="scalar weights multiply add",
    ),
    r=SumLayout(
        pairwise=True,
        left=0,
        first="weights multiply add r.read_b r.add_b",
        rest="weights multiply add",
    ),
    c_below=SumLayout(
        pairwise=True, left=0, first="weights multiply add", rest="weights multiply add"
    ),
    c=SumLayout(
        pairwise=True,
        left=1,
        first="read_h_row weights multiply add c.read_bh c.add_bh",
        rest="weights multiply add",
    ),
    after_sums=f"{_SIGMOIDS_OF_STACKED} c.read_Uh r.read c.multiply_reset c.write_reset"
    + _CANDIDATE_AND_BLEND,
    reads_one=False,
)
_DECODER_STACKED = CellLayout(
    z=SumLayout(
        pairwise=True,
        left=1,
        first="scalar weights multiply add z.read_b z.add_b",
        rest="scalar multiply weights add",
    ),
    r=SumLayout(
        pairwise=True,
        left=1,
        first="multiply weights add r.read_b r.add_b",
        rest="multiply weights add",
    ),
    c_below=SumLayout(
        pairwise=True, left=0, first="weights multiply add", rest="multiply weights add"
    ),
    c=SumLayout(
        pairwise=True,
        left=1,
        first="weights multiply add c.read_bh c.add_bh",
        rest="multiply weights add",
    ),
    after_sums=f"""
        {_SIGMOIDS_OF_STACKED} c.read_Uh c.multiply_reset c.write_reset r.read c.read_Wx c.add
        c.read_reset c.read_b c.write_sum c.read_sum c.double c.write_doubled c.sinh_cosh
        c.read_doubled c.write_sinh_cosh c.read_sinh c.add_exp c.read_cosh c.write_exp c.read_exp
        c.add_one c.write_denominator c.divide c.read_denominator c.write_quotient keep.subtract
        z.read keep.write c.scale c.read_quotient c.write new.multiply c.read new.write
        old.multiply old.write keep.read read_h_row new.read add old.read write_h
    """,
    tanh_in_one_add=False,
    reads_one=False,
)

STACKED = Layout(
    encoder=CellLayout(
        z=SumLayout(
            pairwise=False,
            left=0,
            first="scalar multiply weights add z.read_Wx z.read_b z.add_b",
            rest="scalar multiply weights add",
        ),
        r=SumLayout(
            pairwise=False,
            left=0,
            first="multiply weights add r.read_Wx r.read_b r.add_b",
            rest="weights multiply add",
        ),
        c=SumLayout(
            pairwise=False,
            left=1,
            first="weights multiply add c.add_bh c.read_bh",
            rest="weights multiply add",
        ),
        after_sums=_SIGMOIDS_OF_ENCODER + _CANDIDATE_AND_BLEND,
    ),
    encoder_stacked=_ENCODER_STACKED,
    decoder=CellLayout(
        z=SumLayout(
            pairwise=True,
            left=1,
            first="scalar weights multiply add z.read_b z.add_b",
            rest="scalar weights multiply add",
        ),
        r=SumLayout(
            pairwise=True,
            left=1,
            first="weights multiply add r.read_b r.add_b",
            rest="weights multiply add",
        ),
        c=SumLayout(
            pairwise=True,
            left=1,
            first="weights multiply add c.read_bh c.add_bh",
            rest="weights multiply add",
        ),
        after_sums=f"""
            {_SIGMOIDS_OF_DECODER} c.read_Uh c.multiply_reset c.write_reset r.read c.read_reset
            c.read_b c.add c.write_sum c.read_sum c.double c.write_doubled c.read_doubled
            c.sinh_cosh c.write_sinh_cosh c.read_sinh c.read_cosh c.add_exp c.write_exp c.read_exp
            c.add_one c.write_denominator c.divide c.write_quotient c.read_denominator
            keep.subtract keep.write z.read c.scale c.read_quotient c.write new.multiply new.write
            c.read old.multiply read_h_row old.write keep.read add old.read new.read write_h
        """,
        sigmoid_in_one_add=False,
        tanh_in_one_add=False,
    ),
    decoder_stacked=_DECODER_STACKED,
)
"""Layout of Seq2Seq; the candidate's two sums of a stacked layer are kept apart."""

SINGLE_LAYER = Layout(
    encoder=CellLayout(
        z=SumLayout(
            pairwise=False,
            left=0,
            first="scalar multiply weights add z.read_b z.add_b",
            rest="scalar multiply weights add",
        ),
        r=SumLayout(
            pairwise=False,
            left=0,
            first="multiply weights add r.read_b r.add_b",
            rest="weights multiply add",
        ),
        c=SumLayout(
            pairwise=False,
            left=1,
            first="multiply weights add c.add_bh c.read_bh",
            rest="weights multiply add",
        ),
        after_input="z.read_Wx c.read_Wx r.read_Wx",
        after_sums=f"""
            {_SIGMOIDS_OF_ENCODER} c.read_reset c.read_b c.add {_TANH} c.read_quotient c.scale
            c.write z.read c.read keep.subtract keep.write keep.read new.multiply new.write
            old.multiply old.write new.read old.read add write_h
        """,
        row_read=False,
    ),
    encoder_stacked=_ENCODER_STACKED,
    decoder=CellLayout(
        z=SumLayout(
            pairwise=True,
            left=0,
            first="scalar weights multiply add z.read_b z.add_b",
            rest="scalar weights multiply add",
        ),
        r=SumLayout(
            pairwise=True,
            left=0,
            first="weights multiply add r.read_b r.add_b",
            rest="weights multiply add",
        ),
        c=SumLayout(
            pairwise=True,
            left=0,
            first="weights multiply add c.read_bh c.add_bh",
            rest="weights multiply add",
        ),
        after_sums=f"""
            {_SIGMOIDS_OF_DECODER} r.read c.read_Uh c.multiply_reset c.write_reset c.read_reset
            c.read_b c.add c.write_sum c.double c.write_doubled c.read_sum c.read_sum_again
            c.read_doubled c.sinh_cosh c.write_sinh_cosh c.read_sinh c.read_cosh c.add_exp
            c.write_exp c.read_exp c.add_one c.write_denominator c.divide c.write_quotient
            c.read_denominator c.scale c.read_quotient c.read_quotient_again c.write z.read c.read
            keep.subtract keep.write keep.read new.multiply new.write read_h_row old.multiply
            old.write new.read old.read add write_h
        """,
        sigmoid_in_one_add=False,
        tanh_in_one_add=False,
        two_reads=True,
    ),
    decoder_stacked=_DECODER_STACKED,
)
"""Layout of Seq2SeqLite; should a second layer be stacked on it, that is one of Seq2Seq."""


def layout_of(network: Network) -> Layout:
    """Return the published layout for a network: one for a single layer, one for stacked layers."""
    return SINGLE_LAYER if network.layers == 1 else STACKED
