"""Inputs of the command `infer`, one by one: what is computed of each, and written."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.infer.files import Wanted, checked
from experiments.infer.inputs import Reading, images, prepared
from experiments.infer.outputs import summary
from experiments.infer.outputs.summary import Entry
from experiments.infer.report import checksum_of, report_of, text_of
from experiments.infer.results import Asked, Result, computed
from experiments.infer.writing import write
from stomp_flim.cli.lists import whole_text
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder, replacing
from workloads.flim.data.measured import MeasuredImage

SUMMARY = "summary.csv"
"""Of several inputs, beside their files."""


@dataclass(frozen=True, eq=False)
class Run:
    """What is the same for all inputs of a command.

    Parameters
    ----------
    asked : Asked
    reading : Reading
    wanted : Wanted
    inputs : sequence of Path
        Files that are read, and must not be replaced; None stands for the synthetic image.
    options : mapping
        Options that the report repeats.
    pulses, period_ns : float, optional
        Laser pulses that each pixel saw, and the period between them.
    """

    asked: Asked
    reading: Reading
    wanted: Wanted
    inputs: Sequence[Path | None]
    options: Mapping[str, Any]
    pulses: float | None
    period_ns: float | None

    def alone(self, path: Path | None, as_json: bool) -> str:
        """Compute the image of a file, write its files, and return what is printed."""
        (image,) = images(path, self.reading)
        report, _ = self._one(path, image, self.wanted)
        return json.dumps(report, indent=2) if as_json else text_of(report)

    def several(self, paths: Sequence[Path | None], as_json: bool) -> str:
        """Compute several images into a folder, and return what is printed.

        Raises
        ------
        InputError
            At the end, if one could not be computed, or at once if two have the same name.
        """
        reports, entries = self._each(paths)
        if as_json:
            return json.dumps(reports, indent=2)
        table = whole_text(summary.printed(entries))
        return f"{table}\nwritten   {self.wanted.out / SUMMARY} and the files of each input"

    def _one(
        self, path: Path | None, image: MeasuredImage, wanted: Wanted
    ) -> tuple[dict[str, Any], Result]:
        """Compute an image, write its files, and return the report and the maps."""
        files = checked(vars(wanted), self.inputs)
        replaced = [kind for kind, file in files.items() if file.exists()]
        with (
            ExitStack() as stack
        ):  # opened before the work: what cannot be written is known at once
            temporary = {kind: stack.enter_context(replacing(file)) for kind, file in files.items()}
            start = time.perf_counter()
            prepared_image, flags = prepared(
                image, self.options["pixel_binning"], self.pulses, self.period_ns
            )
            result = computed(prepared_image, flags, self.asked)
            seconds = time.perf_counter() - start
            report = report_of(result, self.asked, self.options)
            origin = {"input_sha256": checksum_of(path)} | self._of_network()
            write(temporary, files, result, self.asked, report | origin)
        report |= {kind: str(file) for kind, file in files.items()}
        report |= {
            "written": [
                f"{file} (replaced)" if kind in replaced else str(file)
                for kind, file in files.items()
            ],
            "seconds": seconds,
            "pixels_per_second": report["computed_pixels"] / seconds,
        }
        return report, result

    def _each(self, paths: Sequence[Path | None]) -> tuple[list[dict[str, Any]], list[Entry]]:
        """Compute several inputs; one that cannot be computed stops no other."""
        if self.wanted.out.suffix:
            raise InputError(f"{self.wanted.out}: several inputs, expected a folder for them")
        names = [path.stem if path is not None else "synthetic" for path in paths]
        for number, name in enumerate(names):
            if (first := names.index(name)) < number:
                raise InputError(
                    f"{paths[number]}: its results would replace those of {paths[first]}, "
                    "expected inputs of different names"
                )
        output_folder(self.wanted.out)
        reports: list[dict[str, Any]] = []
        entries: list[Entry] = []
        failed: list[str] = []
        for path, name in zip(paths, names, strict=True):
            try:
                found = images(path, self.reading)
                digits = len(str(len(found) - 1))
                for number, image in enumerate(found):
                    ending = f"-frame{number:0{digits}d}" if len(found) > 1 else ""
                    report, result = self._one(path, image, self.wanted.of(name + ending))
                    reports.append(report)
                    file = f"{path}{ending and f' frame {number}'}"
                    entry = Entry(file, self.reading.channel, result.judged.found, result.warnings)
                    entries.append(entry)
            except InputError as error:
                failed.append(str(error))
        if entries:
            with replacing(self.wanted.out / SUMMARY) as temporary:
                summary.write(temporary, entries)
        if failed:
            computed_too = f" ({len(reports)} others were computed)" if reports else ""
            raise InputError("\n".join(failed) + computed_too)
        return reports, entries

    def _of_network(self) -> dict[str, Any]:
        if self.asked.network is None:
            return {}
        from hwmodels.gru.weights import checksum

        return {"weights_sha256": checksum(self.asked.network.weights)}
