"""`format=flowed` (RFC 3676): soft line breaks joined, so that a paragraph is one line again."""

from __future__ import annotations


def unflow(text: str, *, delsp: bool) -> str:
    """Join flowed lines of the same quote depth; quote marks stay in front as `> `."""
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        flows = content.endswith(" ") and not signature
        body = content[:-1] if flows and delsp else content
        if open_depth == depth and not signature:
            lines[-1] += body
        else:
            if lines and open_depth >= 0:
                lines[-1] = lines[-1].rstrip(" ")
            lines.append((">" * depth + " " if depth else "") + body)
        open_depth = depth if flows else -1
    return "\n".join(lines)
