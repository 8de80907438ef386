from .logs import LogStyle
from .server import CannotServe, application, build, listen, serve
from .site import Site

__all__ = ["CannotServe", "LogStyle", "Site", "application", "build", "listen", "serve"]
