"""Figures as baseline images hold them.

Text is left out, so that no version of a font or of FreeType matters; what labels, titles and notes
say is asserted by the tests of each plot.
"""

from __future__ import annotations

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import NullFormatter

DPI = 50

picture = pytest.mark.mpl_image_compare(savefig_kwargs={"dpi": DPI}, style="default", tolerance=2)
"""Marks a test that returns a figure, which must look as the image of its name in `baseline`."""


def textless(figure: Figure) -> Figure:
    """Return the figure without any text, and in whole pixels."""
    width, height = (round(inches * DPI) + 0.1 for inches in figure.get_size_inches())
    figure.set_size_inches(width / DPI, height / DPI)
    for ax in figure.findobj(Axes):  # insets too
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(NullFormatter())
            axis.set_minor_formatter(NullFormatter())
    for legend in figure.findobj(Legend):
        legend.remove()
    for text in figure.findobj(Text):
        text.set(visible=False, in_layout=False)
    return figure
