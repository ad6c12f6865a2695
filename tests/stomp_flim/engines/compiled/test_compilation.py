"""What is kept on disk of compiled functions is of their present sources."""

import pickle

import numba
import pytest

from stomp_flim.engines.compiled.compilation import allocating, compiled
from stomp_flim.machine_code import kept


@pytest.mark.parametrize("decorator", [compiled, allocating, kept()])
def test_an_index_of_other_sources_is_not_read(tmp_path, decorator):
    """It may name classes that are gone: after an update nothing of it is unpickled."""
    index = decorator(lambda: 1)._cache._cache_file
    path = tmp_path / "function.nbi"
    index._index_path = str(path)
    with path.open("wb") as file:
        pickle.dump(numba.__version__, file)
        file.write(b"cstomp_flim.engines.compiled.memory_claims\nGone\n.")
    assert {} == index._load_index()
