"""The layout of a reply: as text, wrapped for any screen, and as HTML that also works in Outlook's Word engine.

The HTML has only tables and inline styles, loads nothing, and all text in it is escaped.
"""

from __future__ import annotations

import functools
import textwrap
from typing import Final

import jinja2

from hermes.mail.write.reply_content import ReplyContent

#: A line of the text version of a reply.
REPLY_LINE_CHARS: Final = 72

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_PAGE = """\
<!DOCTYPE html>
<html lang="{{ reply.code }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ reply.headline }}</title></head>
<body style="margin:0;padding:0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="left" style="padding:16px">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;{{ font }};\
font-size:15px;line-height:1.5">
<tr><td style="font-size:19px;font-weight:bold;padding:0 0 10px 0">{{ reply.headline }}</td></tr>
{% if reply.asked %}<tr><td style="padding:0 0 10px 0;color:#6b7280">{{ reply.asked }}</td></tr>
{% endif %}{% for sentence in reply.body %}<tr><td style="padding:0 0 10px 0">{{ sentence }}</td></tr>
{% endfor %}{% if reply.says %}<tr><td style="padding:0 0 4px 0;color:#6b7280">{{ reply.says }}</td></tr>
{% endif %}{% if reply.quoted %}<tr><td style="padding:0 0 14px 0"><table role="presentation" cellpadding="0" cellspacing="0" border="0">\
<tr><td style="border-left:3px solid #9ca3af;padding:2px 0 2px 12px;{{ font }};font-size:15px;line-height:1.5">\
{% for line in reply.quoted.split("\n") %}{{ line }}{% if not loop.last %}<br>
{% endif %}{% endfor %}</td></tr></table></td></tr>
{% endif %}{% if reply.rows %}<tr><td style="padding:0 0 14px 0"><table role="presentation" cellpadding="0" cellspacing="0" border="0">
{% for row in reply.rows %}<tr>\
<td valign="top" style="padding:2px 16px 2px 0;color:#6b7280;white-space:nowrap;{{ font }};font-size:14px;line-height:1.5">\
{{ row.label }}</td>\
<td valign="top" style="padding:2px 0;word-break:break-word;{{ font }};font-size:14px;line-height:1.5">\
{% if row.link %}<a href="{{ row.value }}" style="color:#2563eb">{{ row.value }}</a>{% else %}{{ row.value }}{% endif %}\
{% for line in row.more %}<br>
{{ line }}{% endfor %}</td></tr>
{% endfor %}</table></td></tr>
{% endif %}{% if reply.then %}<tr><td style="padding:0 0 14px 0">{{ reply.then }}</td></tr>
{% endif %}<tr><td style="border-top:1px solid #d1d5db;padding:8px 0 0 0;color:#6b7280;font-size:12px">{{ reply.footer }}\
{% if reply.marker %}<br>
{{ reply.marker }}{% endif %}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def text(reply: ReplyContent) -> str:
    """The reply as plain text; paragraphs are parted by a blank line, links are never broken."""
    blocks = [_wrap(reply.headline)]
    if reply.asked:
        blocks.append(_wrap(reply.asked))
    blocks += [_wrap(sentence) for sentence in reply.body]
    if reply.quoted:
        lines = (_wrap(line, indent="  ") for line in reply.quoted.split("\n"))
        blocks.append("\n".join([*([reply.says] if reply.says else []), *lines]))
    if reply.rows:
        width = max(len(row.label) for row in reply.rows) + 3
        rows = (
            _wrap(line, first=f"{row.label}:".ljust(width) if at == 0 else " " * width, indent=" " * width)
            for row in reply.rows
            for at, line in enumerate((row.value, *row.more))
        )
        blocks.append("\n".join(rows))
    if reply.then:
        blocks.append(_wrap(reply.then))
    blocks.append("\n".join(["—", _wrap(reply.footer), *([reply.marker] if reply.marker else [])]))
    return "\n\n".join(blocks) + "\n"


def html(reply: ReplyContent) -> str:
    """The reply as a page."""
    return _page().render(reply=reply, font=_FONT)


@functools.cache
def _page() -> jinja2.Template:
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    ).from_string(_PAGE)


def _wrap(line: str, *, first: str | None = None, indent: str = "") -> str:
    return textwrap.fill(
        line,
        REPLY_LINE_CHARS,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
