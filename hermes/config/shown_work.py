"""The settings of how a project's work is built, checked and shown."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, model_validator

from hermes.config import publish_settings
from hermes.config.check_settings import CheckSettings
from hermes.config.ownership import Ownership
from hermes.config.publish_settings import PublishSettings
from hermes.config.values import NotBlank, PreviewUrl


class ShownWork(Ownership):
    """A project's build, publishing, checks and pictures."""

    build_command: str | None = None
    preview_url: PreviewUrl | None = None
    """With `{branch}`, `{thread}`, `{session}` or `{commit}` in it."""
    publish: PublishSettings | None = None
    """Where what the build made, or a static site, is shown; every edit is then built and published too."""
    pages: tuple[NotBlank, ...] = ()
    """Pages that are shown in pictures if a change is seen on many: addresses on the site (`/`, `/about/`)."""
    pictures: bool = True
    """Replies have pictures of changed pages, where Chromium is installed."""
    text_changes: bool = False
    """Replies tell what reads differently on the pages."""
    check: CheckSettings | None = None
    """What has to hold before work is pushed."""
    media_dir: Annotated[str, AfterValidator(publish_settings.folder)] | None = None
    """The folder of the project for pictures, films and sounds that come with a mail."""

    @model_validator(mode="after")
    def _a_site_is_known(self) -> ShownWork:
        if self.check is not None and self.check.site and self.publish is None:
            raise ValueError("check.site needs [projects.publish]: its output is the folder of the pages")
        if self.publish is not None and self.publish.output == "." and self.build_command is not None:
            raise ValueError('publish.output = "." is for a static site; name the folder that build_command fills')
        return self
