"""Files that a browser or a program sends, kept in the server's own folder until they are added.

Gradio's way of receiving them keeps a form's plain fields in memory, however large, and leaves
behind what had come of a file when the sender hangs up. Only files are taken here, and whatever
ends the sending takes what had come with it.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gradio.route_utils import GradioMultiPartParser, GradioUploadFile
from gradio.routes import file_upload_statuses
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from qa.web.uploads import safe_name

if TYPE_CHECKING:
    import gradio as gr

MAX_FILE = 50_000_000
MAX_FILES = 1_000
TOLD_SECONDS = 60


class Files(GradioMultiPartParser):
    """Gradio's parser of forms, for files and nothing else."""

    def on_headers_finished(self) -> None:
        """Refuse a part that is no file."""
        super().on_headers_finished()
        if self._current_part.file is None:
            raise MultiPartException("only files are taken")

    def drop(self) -> None:
        """Delete what has come and was not kept."""
        for file in self._files_to_close_on_error:
            file.close()
            Path(file.name).unlink(missing_ok=True)


async def receive(request: Request, blocks: "gr.Blocks", folder: Path) -> Response:
    """Keep the files of a form in `folder`; answer with their paths, as gradio does.

    `upload_id` in the query is the name under which `upload_progress` tells how far it is.
    """
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return PlainTextResponse("files are sent as multipart/form-data", status_code=400)
    name = request.query_params.get("upload_id")
    parser = Files(
        request.headers,
        request.stream(),
        max_files=MAX_FILES,
        max_fields=0,
        upload_dir=folder,
        max_file_size=MAX_FILE,
        upload_id=name,
        upload_progress=file_upload_statuses if name else None,
    )
    try:
        with _told(name):
            form = await parser.parse()
        files = [file for file in form.getlist("files") if isinstance(file, GradioUploadFile)]
        kept = [_keep(file, folder) for file in files]
    except MultiPartException as error:
        status = 413 if "maximum allowed size" in error.message else 400
        # The connection ends with it, or all that is still to come would be read.
        return PlainTextResponse(error.message, status_code=status, headers={"connection": "close"})
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    finally:
        parser.drop()
    blocks.upload_file_set.update(kept)
    return JSONResponse(kept)


@contextlib.contextmanager
def _told(name: str | None) -> Iterator[None]:
    """Tell under this name how far it is, until a while after the end."""
    if name is None:
        yield
        return
    file_upload_statuses.track(name)
    try:
        yield
    finally:
        file_upload_statuses.set_done(name)
        loop = asyncio.get_running_loop()
        loop.call_later(TOLD_SECONDS, file_upload_statuses.stop_tracking, name)


def _keep(file: GradioUploadFile, folder: Path) -> str:
    """Move a file that has come to a folder of its own; its path."""
    kept = Path(tempfile.mkdtemp(dir=folder)) / safe_name(file.filename or "article")
    file.file.close()
    Path(file.file.name).replace(kept)
    return str(kept)
