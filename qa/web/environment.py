"""What gradio reads from the environment when it is imported, set before it is."""

import atexit
import functools
import os
import shutil
import tempfile

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
