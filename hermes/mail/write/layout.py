"""The layout of a reply: as text, wrapped for any screen, and as HTML that also works in Outlook's Word engine.

The HTML has one column, inline styles and no colours of its own; it loads nothing, and all text in it is escaped.
"""

from __future__ import annotations

import functools
import textwrap
from typing import Final

import jinja2

from hermes.mail.write.content import ReplyContent

#: A line of the text version of a reply.
REPLY_LINE_CHARS: Final = 72

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
#: No colours of its own: each mail program shows its own dark mode, with its own contrast. What matters less is smaller and paler.
_PALE = "opacity:0.75"
_PAGE = """\
<!DOCTYPE html>
<html lang="{{ reply.code }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{{ reply.title }}</title></head>
<body style="margin:0;padding:0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="left" style="padding:16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px"><tr>\
<td lang="{{ reply.code }}" style="{{ font }};font-size:16px;line-height:1.5;word-break:break-word;word-wrap:break-word">
{% if reply.headline %}<h1 style="margin:0 0 12px 0;font-size:20px;line-height:1.3;font-weight:bold">{{ reply.headline }}</h1>
{% endif %}{% if reply.answer %}{{ prose(reply.answer, "margin:0 0 16px 0") }}
{% endif %}{% if reply.asked %}<p style="margin:0 0 12px 0;{{ pale }}">{{ reply.asked }}</p>
{% endif %}{% for sentence in reply.body %}<p style="margin:0 0 12px 0">{{ sentence }}</p>
{% endfor %}{% if reply.says %}<p style="margin:0 0 4px 0;{{ pale }}">{{ reply.says }}</p>
{% endif %}{% if reply.quoted %}{{ prose(reply.quoted, "margin:0 0 16px 0;border-left:3px solid #8a8f98;padding:2px 0 2px 12px") }}
{% endif %}{% for row in reply.rows %}<p style="margin:0 0 12px 0"><span style="font-size:14px;{{ pale }}">{{ row.label }}</span><br>
{% if row.link %}<a href="{{ row.value }}" style="font-weight:bold">{{ row.value }}</a>{% else %}{{ row.value }}{% endif %}\
{% for line in row.more %}<br>
{{ line }}{% endfor %}</p>
{% endfor %}{% if reply.pictures %}<p style="margin:0 0 8px 0;font-size:14px;{{ pale }}">{{ reply.pictures_label }}</p>
{% for pair in reply.pictures %}<p style="margin:0 0 4px 0">{{ pair.title }}</p>
{% for one in pair.pictures %}<p style="margin:0;font-size:13px;{{ pale }}">{{ one.label }}</p>
<img src="cid:{{ one.cid }}" alt="{{ one.alt }}" width="{{ one.width }}" \
style="display:block;max-width:100%;border:1px solid #8a8f98;margin:0 0 12px 0">
{% endfor %}{% endfor %}{% endif %}{% for sentence in reply.remarks %}<p style="margin:0 0 12px 0">{{ sentence }}</p>
{% endfor %}{% if reply.then %}<p style="margin:0 0 16px 0">{{ reply.then }}</p>
{% endif %}<div style="border-top:1px solid #8a8f98;padding:8px 0 0 0;font-size:13px;{{ pale }}">\
{% if reply.details %}<p style="margin:0 0 8px 0;font-size:13px">\
{% for row in reply.details %}{{ row.label }}: {% if row.link %}<a href="{{ row.value }}">{{ row.value }}</a>{% else %}\
{{ row.value }}{% endif %}\
{% if not loop.last %} · {% endif %}{% endfor %}</p>
{% endif %}<p style="margin:0;font-size:13px">{{ reply.footer }}{% if reply.marker %}<br>
{{ reply.marker }}{% endif %}</p></div>
</td></tr></table>
</td></tr></table>
</body>
</html>
"""
_PROSE = """\
{% macro prose(text, style) %}<div style="{{ style }}">{% for line in text.split("\n") %}{{ line }}{% if not loop.last %}<br>
{% endif %}{% endfor %}</div>{% endmacro %}"""


def text(reply: ReplyContent) -> str:
    """The reply as plain text; paragraphs are parted by a blank line, links are never broken."""
    blocks = [_wrap(reply.headline)] if reply.headline else []
    if reply.answer:
        blocks.append("\n".join(_wrap(line) for line in reply.answer.split("\n")))
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
    if reply.pictures:
        named = (
            "\n".join([_wrap(pair.title, indent="  "), *(f"    {one.label}: {one.name}" for one in pair.pictures)])
            for pair in reply.pictures
        )
        blocks.append("\n".join([f"{reply.pictures_label}:", *named]))
    blocks += [_wrap(sentence) for sentence in reply.remarks]
    if reply.then:
        blocks.append(_wrap(reply.then))
    if reply.details:
        blocks.append(_wrap(" · ".join(f"{row.label}: {row.value}" for row in reply.details)))
    blocks.append("\n".join(["—", _wrap(reply.footer), *([reply.marker] if reply.marker else [])]))
    return "\n\n".join(blocks) + "\n"


def html(reply: ReplyContent) -> str:
    """The reply as a page."""
    return _page().render(reply=reply, font=_FONT, pale=_PALE)


@functools.cache
def _page() -> jinja2.Template:
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    ).from_string(_PROSE + _PAGE)


def _wrap(line: str, *, first: str | None = None, indent: str = "") -> str:
    return textwrap.fill(
        line,
        REPLY_LINE_CHARS,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
