"""The lifetime axis of OME-TIFF files, which stands in an annotation of their XML.

The axis T, C or Z of an image holds the time bins too, as the annotation ``ModuloAlongT`` of the
type ``lifetime`` says (Open Microscopy Environment, "6D, 7D and 8D storage"): bins vary faster.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from itertools import pairwise

_NS_PER = {"fs": 1e-6, "ps": 1e-3, "ns": 1.0, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9}


@dataclass(frozen=True)
class Lifetimes:
    """Axes of an image with a lifetime axis, and the width of its bins.

    Attributes
    ----------
    axes : str
        A letter an axis, ``H`` for the time bins.
    shape : tuple of int
        Their lengths.
    bin_width_ns : float, optional
        In ns, where the file says it with a unit.
    """

    axes: str
    shape: tuple[int, ...]
    bin_width_ns: float | None


def lifetimes(xml: str, number: int) -> Lifetimes | None:
    """Return the axes of an image of a file, or None where it has no lifetime axis.

    Parameters
    ----------
    xml : str
        The file's OME-XML.
    number : int
        Which image.

    Raises
    ------
    ParseError, LookupError, ValueError
        If the text is damaged.
    """
    root = ElementTree.fromstring(xml)
    images = root.findall("{*}Image")
    references = {each.get("ID") for each in images[number].findall("{*}AnnotationRef")}
    pixels = images[number].find("{*}Pixels")
    if pixels is None:
        return None
    for annotation in root.findall("{*}StructuredAnnotations/{*}XMLAnnotation"):
        if annotation.get("ID") not in references and len(images) > 1:
            continue
        for along in annotation.iter():
            axis = along.tag.rpartition("}")[2].removeprefix("ModuloAlong")
            if axis in tuple("TCZ") and along.get("Type") == "lifetime":
                return _split(pixels, axis, *_bins(along))
    return None


def _bins(along: ElementTree.Element) -> tuple[int, float | None]:
    """Return how many time bins there are, and their width in ns."""
    labels = [float(label.text or "nan") for label in along.findall("{*}Label")]
    if labels:
        count, steps = len(labels), {round(b - a, 9) for a, b in pairwise(labels)}
        step = steps.pop() if len(steps) == 1 else None
    else:
        step = float(along.get("Step", 1))
        count = round((float(along.get("End", "nan")) - float(along.get("Start", 0))) / step) + 1
    factor = _NS_PER.get(along.get("Unit", ""))
    return count, None if step is None or factor is None else step * factor


def _split(pixels: ElementTree.Element, axis: str, count: int, width_ns: float | None) -> Lifetimes:
    order = pixels.get("DimensionOrder", "XYCZT")[::-1]
    sizes = {letter: int(pixels.get(f"Size{letter}", 1)) for letter in order}
    if count < 1 or sizes[axis] % count:
        raise ValueError(f"{count} time bins along {axis}, which has {sizes[axis]} planes")
    axes, shape = "", list[int]()
    for letter in order:
        axes += letter
        if letter == axis:
            axes += "H"
            shape += [sizes[axis] // count, count]
        else:
            shape.append(sizes[letter])
    return Lifetimes(axes, tuple(shape), width_ns)
