"""The operations as MCP tools, at `/gradio_api/mcp`, by gradio's own MCP server."""

import importlib.util
import json
from typing import TYPE_CHECKING, Any

from index import OnRecordError

if TYPE_CHECKING:
    import gradio as gr
    from mcp.types import ImageContent, TextContent

INSTALL = 'pip install "onrecord[mcp]"'


class NoMcp(OnRecordError):
    """The package that speaks MCP is not there, or is one that gradio cannot use."""


def check() -> None:
    """Refuse now what would fail when the page is built.

    Raises:
        NoMcp: the package is not there.
    """
    if importlib.util.find_spec("mcp") is None:
        raise NoMcp(f"--mcp needs the package mcp; install it: {INSTALL}")


def write_json(blocks: "gr.Blocks") -> None:
    """Have the tools of a page that was mounted answer in JSON; gradio writes Python.

    Raises:
        NoMcp: gradio could not make them.
    """
    from mcp.types import TextContent

    server = blocks.mcp_server_obj
    if server is None:
        reason = getattr(blocks, "mcp_error", "the MCP server did not start")
        raise NoMcp(f"{reason}; install the version that fits: {INSTALL}")

    def as_json(data: Any, root_url: str) -> "list[TextContent | ImageContent]":  # noqa: ARG001
        return [TextContent(type="text", text=json.dumps(one, ensure_ascii=False)) for one in data]

    server.postprocess_output_data = as_json  # type: ignore[method-assign]
