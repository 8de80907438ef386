"""Questions to begin with, for an archive that is new to its visitor."""

from collections.abc import Sequence

from qa import demo
from qa.web.site import Site


def examples_for(site: Site, _name: str) -> Sequence[str]:
    """The questions that are offered for the archive of a name; none when there are none."""
    return demo.QUESTIONS if site.is_demo else ()
