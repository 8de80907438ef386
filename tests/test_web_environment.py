"""How gradio is imported: as quickly as it can be, and with nothing left behind."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORT = """
import inspect, jinja2
written, render = [], jinja2.Template.render
def counted(*args, **named):
    written.extend(["stub"] if "contents" in named else [])
    return render(*args, **named)
jinja2.Template.render = counted
from qa.web.environment import import_gradio
import_gradio()
import gradio
print(len(written), inspect.getfile.__name__, inspect.getfile(gradio.Textbox)[-10:])
"""


def test_gradio_writes_no_stubs():
    """None of its components is written anew as a .pyi, and what prevents it is gone afterwards."""
    told = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert told.split() == ["0", "getfile", "textbox.py"]
