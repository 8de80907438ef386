"""What gradio reads from the environment when it is imported, set before it is."""

import atexit
import contextlib
import functools
import inspect
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

_SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_ALLOWED_PATHS": "",
    "GRADIO_ROOT_PATH": "",
    "HF_HUB_OFFLINE": "1",
}


@functools.cache
def prepare() -> str:
    """Switch off all that reaches the network, and make the folder for uploads.

    The folder is this user's alone, and is removed at exit.
    """
    os.environ.update(_SETTINGS)
    folder = tempfile.mkdtemp(prefix="onrecord-")  # of mode 0700
    os.environ["GRADIO_TEMP_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def import_gradio() -> None:
    """Import gradio after `prepare`, in half of the time that it takes by itself."""
    prepare()
    with _without_stubs():
        import gradio  # noqa: F401 - for what imports it after this


@contextlib.contextmanager
def _without_stubs() -> Iterator[None]:
    """Keep gradio from writing a `.pyi` for each of its components whenever it is imported.

    It asks where a component's source is, and writes none when that cannot be told.
    """
    getfile = inspect.getfile

    def not_of_gradio(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError(f"{thing.__module__} needs no stubs")
        return getfile(thing)

    inspect.getfile = not_of_gradio  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = getfile
