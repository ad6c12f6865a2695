"""Objects show themselves in a few lines, and as valid HTML in a notebook, whatever their size."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stomp_flim as sf
from stomp_flim.instance import Instance
from stomp_flim.model.shown import Shown, counted

NAMES = st.characters(codec="utf-8", exclude_characters="\0")
LONGEST_TEXT = 1000
LONGEST_HTML = 5000


def everything(graph, platform, jobs):
    """Return an object of each class that shows itself."""
    work = [sf.Job(graph)] * jobs
    result = sf.simulate(work, platform)
    workload = result.schedule.workload
    summary = sf.summarize(work, platform)
    instance = Instance(workload, platform)
    return [graph, platform, workload, result.schedule, result, summary, instance]


@st.composite
def worlds(draw):
    """Graphs and platforms with names of any text and many tasks, types and memories."""
    types = draw(
        st.lists(st.text(NAMES, min_size=1, max_size=200), min_size=1, max_size=40, unique=True)
    )
    memories = draw(
        st.dictionaries(st.text(NAMES, max_size=200), st.integers(1, 2**50), max_size=20)
    )
    name = draw(st.text(NAMES, max_size=300))
    tasks = [
        sf.Task(draw(st.text(NAMES, max_size=20)), [sf.Mode({kind: 1}, 3)])
        for kind in draw(st.lists(st.sampled_from(types), min_size=1, max_size=60))
    ]
    graph = sf.TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(len(tasks) - 1)], name)
    return graph, sf.Platform(dict.fromkeys(types, 2), name=name, memories=memories)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(1, 40))
def test_text_is_short_whatever_the_size(world, jobs):
    """A line at a prompt, and at most four where a result is printed, all printable."""
    for shown in everything(*world, jobs):
        assert isinstance(shown, Shown)
        assert 1 == len(repr(shown).splitlines())
        assert len(repr(shown)) <= LONGEST_TEXT
        assert len(str(shown)) <= LONGEST_TEXT
        assert len(str(shown).splitlines()) <= 4
        assert repr(shown).isprintable()
        assert repr(shown).startswith(f"<{type(shown).__name__}")


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(1, 5))
def test_html_is_valid_whatever_the_names(world, jobs):
    """Names are escaped: elements are ours alone, and the table is small."""
    for shown in everything(*world, jobs):
        if isinstance(shown, sf.Result):
            continue  # its figure is drawn below, once
        page = shown._repr_html_()
        assert len(page) <= LONGEST_HTML
        tags = {element.tag for element in ElementTree.fromstring(page).iter()}
        assert {"div", "table", "caption", "tbody", "tr", "th", "td"} == tags


def encoder(jobs):
    """Return the result of an encoder."""
    graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
    return sf.simulate([sf.Job(graph)] * jobs, sf.device("published"), "hlfet")


def test_a_result_shows_its_figures_and_a_chart():
    """Makespan, bound and utilization, and a picture that a page holds."""
    result = encoder(4)
    page = ElementTree.fromstring(result._repr_html_())
    table = {row[0].text: row[1].text for row in page.iter("tr")}
    assert f"{result.makespan:,} cycles" == table["makespan"]
    assert f"{result.lower_bound:,} cycles" == table["lower bound"]
    assert table["utilization"].startswith("DSP ")
    (image,) = page.iter("img")
    assert image.get("src").startswith("data:image/png;base64,iVBOR")
    assert len(image.get("src")) < 200_000


def test_names_are_no_mathematics():
    """Whatever a server type is called, its panel can be drawn."""
    graph = sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({r"$\x_$": 1}, 1)])], [])
    assert "<img" in sf.simulate([sf.Job(graph)], sf.Platform({r"$\x_$": 1}))._repr_html_()


def test_a_chart_of_too_many_tasks_is_left_out():
    """Nobody would see them, and everybody would wait."""
    tasks = [sf.Task("t", [sf.Mode({"a": 1}, 1)])] * 100
    graph = sf.TaskGraph.from_tasks(tasks, [])
    result = sf.simulate([sf.Job(graph)] * 501, sf.Platform({"a": 9}))
    assert "<img" not in result._repr_html_()
    many = sf.Platform({f"type {number}": 1 for number in range(20)})
    tasks = [sf.Task("t", [sf.Mode({name: 1}, 1)]) for name in many.servers]
    result = sf.simulate([sf.Job(sf.TaskGraph.from_tasks(tasks, []))], many)
    assert "<img" not in result._repr_html_()


@pytest.mark.parametrize(
    ("expected", "make"),
    [
        (
            "<Platform mine: servers 128 DSP, 64 memory; memories 8 bits of RAM; clock 4.5 ns>",
            lambda: sf.Platform({"DSP": 128, "memory": 64}, 4.5, "mine", {"RAM": 8}),
        ),
        (
            "<TaskGraph g: tasks 1; edges 0; server types a>",
            lambda: sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({"a": 1}, 1)])], [], "g"),
        ),
    ],
)
def test_what_is_told(expected, make):
    """Name, then facts."""
    assert expected == repr(make())


def test_text_needs_no_library_for_plots():
    """Only a notebook draws."""
    script = (
        "import sys, stomp_flim as sf\n"
        "graph = sf.TaskGraph.from_tasks([sf.Task('t', [sf.Mode({'a': 1}, 1)])], [])\n"
        "repr(sf.simulate([sf.Job(graph)], sf.Platform({'a': 1}))), graph._repr_html_()\n"
        "assert not {'matplotlib', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_only_one_is_singular():
    """In the words of summaries, which have commas in long numbers."""
    counts = [counted(count, "pixel") for count in (1, 2, np.int64(1024))]
    assert ["1 pixel", "2 pixels", "1,024 pixels"] == counts
