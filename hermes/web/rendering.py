"""Pages from templates. Everything that is put into one is escaped: subjects, names and agents' output are strangers' words."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi.responses import HTMLResponse

from hermes import __version__
from hermes.web import showing
from hermes.web.access.sign_in import Visit

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = _HERE / "templates"
_STATIC: Final = _HERE / "static"


class Renderer:
    """Fills templates, and has the files that they name."""

    def __init__(self, *, more_pages: Sequence[tuple[str, str]] = ()) -> None:
        """`more_pages`: path and name of those that this deployment has besides."""
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.files: Mapping[str, tuple[bytes, str]] = {
            path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain")
            for path in _STATIC.iterdir()
            if path.is_file()
        }
        """The name of each file → its bytes and media type."""
        digest = hashlib.sha256(b"".join(data for data, _ in self.files.values())).hexdigest()[:12]
        self._templates.globals |= {
            "version": __version__,
            "files": digest,
            "extra_pages": more_pages,
        }
        self._templates.filters |= showing.FILTERS

    def text(self, name: str, **facts: Any) -> str:
        """A template, filled."""
        return self._templates.get_template(name).render(**facts)

    def page(self, name: str, visit: Visit | None, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """A whole page for somebody; None: nobody is signed in."""
        viewer = visit.viewer if visit else None
        token = visit.form_token if visit else ""
        return HTMLResponse(self.text(name, viewer=viewer, token=token, **facts), status_code=status)
