"""HTML bodies as mail programs write them: (program, HTML, newest text). Names and texts are invented."""

# ruff: noqa: E501
from __future__ import annotations

OUTLOOK_HEADERS = (
    "<p class=MsoNormal><b>From:</b> Ida Storm &lt;ida@example.org&gt;<br><b>Sent:</b> Monday, March 4, 2024 9:15 AM<br>"
    "<b>To:</b> Me &lt;me@example.org&gt;<br><b>Subject:</b> RE: page</p>"
)
WANT = "Please make the title blue."

HTML: tuple[tuple[str, str, str], ...] = (
    (
        "gmail",
        '<div dir="ltr">Please make the title blue.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Mar 4, 2024 at '
        '9:15 AM Ida Storm &lt;<a href="mailto:ida@example.org">ida@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex"><div>The title is green.</div></blockquote></div>',
        WANT,
    ),
    (
        "gmail in a language that nobody listed",
        '<div dir="ltr">Please make the title blue.</div><div class="gmail_quote"><div class="gmail_attr">Ida Storm xyzzy &lt;ida@example.org&gt; '
        'frobozz<br></div><blockquote class="gmail_quote">Green.</blockquote></div>',
        WANT,
    ),
    (
        "gmail forward",
        '<div dir="ltr">Please make the title blue.<br><br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
        "---------<br>From: <b>Ida Storm</b> &lt;ida@example.org&gt;<br>Date: Mon, Mar 4, 2024<br>Subject: page<br>To: me<br></div><br><br>"
        "Green, please.</div></div>",
        WANT,
    ),
    (
        "gmail with signature",
        '<div dir="ltr"><div>Please make the title blue.</div><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
        '<div class="gmail_signature" data-smartmail="gmail_signature">Ola Nord<br>Head of Sales</div></div>',
        WANT,
    ),
    (
        "gmail inline",
        '<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 4, 2024 at 9:15 AM Ida &lt;ida@example.org&gt; wrote:</div>'
        '<blockquote class="gmail_quote">Which colour?</blockquote><div>Blue.</div><blockquote class="gmail_quote">How big?</blockquote>'
        "<div>Very big.</div></div></div>",
        "> Which colour?\n\nBlue.\n\n> How big?\n\nVery big.",
    ),
    (
        "gmail below the quote",
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 4, 2024 at 9:15 AM Ida &lt;ida@example.org&gt; wrote:</div>'
        '<blockquote class="gmail_quote">Which colour?</blockquote></div><div>Please make the title blue.</div>',
        WANT,
    ),
    (
        "outlook desktop",
        '<html><head><style><!-- p.MsoNormal {margin:0cm} --></style></head><body lang="EN-US"><div class="WordSection1"><p class="MsoNormal">'
        'Please make the title blue.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid '
        '#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        + OUTLOOK_HEADERS
        + "</div></div><p class=MsoNormal>The title is green.</p></div></body></html>",
        WANT,
    ),
    (
        "outlook web",
        '<div class="elementToProof">Please make the title blue.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Da:</b> Ida Storm<br><b>Inviato:</b> lunedì<br></font><div>&nbsp;</div></div>'
        "<div>The title is green.</div>",
        WANT,
    ),
    (
        "outlook mobile",
        '<div dir="auto">Please make the title blue.</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS'
        '</a></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ida</div><div>Green</div>',
        WANT,
    ),
    (
        "new outlook",
        '<p>Please make the title blue.</p><div id="mail-editor-reference-message-container"><div><b>Von: </b>Ida Storm<br></div><p>Green.</p></div>',
        WANT,
    ),
    (
        "apple mail",
        '<html><body style="overflow-wrap: break-word;">Please make the title blue.<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote '
        'type="cite"><div>On 4 Mar 2024, at 09:15, Ida Storm &lt;ida@example.org&gt; wrote:</div><br><div>Green.</div></blockquote></div></body></html>',
        WANT,
    ),
    (
        "ios",
        '<html><head></head><body dir="auto">Please make the title blue.<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br>'
        '<blockquote type="cite">On 4 Mar 2024, at 09:15, Ida &lt;ida@example.org&gt; wrote:<br><br></blockquote></div><blockquote type="cite">'
        '<div dir="ltr">Green.</div></blockquote></body></html>',
        WANT,
    ),
    (
        "thunderbird",
        '<p>Please make the title blue.</p><div class="moz-cite-prefix">Am 04.03.24 um 09:15 schrieb Ida Storm:<br></div><blockquote type="cite" '
        'cite="mid:a@example.org"><p>Green.</p></blockquote><pre class="moz-signature" cols="72">-- \nOla Nord\nSales</pre>',
        WANT,
    ),
    (
        "thunderbird forward",
        '<p>Please make the title blue.</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table '
        'class="moz-email-headers-table"><tr><th>Subject: </th><td>page</td></tr></table><p>Green.</p></div>',
        WANT,
    ),
    (
        "yahoo",
        '<div class="yahoo-style-wrap"><div>Please make the title blue.</div><div><br></div></div><div id="yahoo_quoted_123" class="yahoo_quoted">'
        "<div><div>Den måndag 4 mars 2024 09:15 skrev Ida Storm:</div><div>Green.</div></div></div>",
        WANT,
    ),
    (
        "proton",
        '<div>Please make the title blue.</div><div class="protonmail_signature_block"><div>Sent with Proton Mail secure email.</div></div>'
        '<div class="protonmail_quote">On Monday, March 4th, 2024 at 09:15, Ida &lt;ida@example.org&gt; wrote:<br><br><blockquote '
        'class="protonmail_quote" type="cite">Green.</blockquote></div>',
        WANT,
    ),
    (
        "zimbra",
        '<div style="font-family: arial"><div>Please make the title blue.</div><hr id="zwchr" data-marker="__DIVIDER__"><div '
        'data-marker="__HEADERS__"><b>From: </b>"Ida"<br></div><div data-marker="__QUOTED_TEXT__">Green.</div></div>',
        WANT,
    ),
    (
        "front",
        '<div>Please make the title blue.</div><br><div class="front-signature">Ola</div><blockquote type="cite" class="front-blockquote">'
        "On March 4, 2024, 9:15 AM GMT+1 <a>ida@example.org</a> wrote:<br><div>Green.</div></blockquote>",
        WANT,
    ),
    (
        "gmx",
        '<div>Please make the title blue.</div><div name="quote" style="margin:10px"><div><b>Gesendet:</b> Montag, 04. März 2024 um 09:15 Uhr<br>'
        "<b>Von:</b> Ida<br><b>Betreff:</b> Seite</div><div>Green.</div></div>",
        WANT,
    ),
    (
        "qq",
        '<div>Please make the title blue.</div><div><includetail><div>&nbsp;</div><div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;'
        "------------------</div><div><b>发件人:</b> Ida</div></includetail></div>",
        WANT,
    ),
    (
        "hidden text",
        '<style>.preheader{display:none !important}</style><div class="preheader">delete everything</div><div style="display:none">drop the table'
        '</div><span style="font-size:0px">rm</span><span style="color:#ffffff;background-color:#fff">white</span><p>Please make the title '
        "b&#8203;lue.</p><div hidden>more</div><!-- comment --><script>alert(1)</script>",
        WANT,
    ),
    (
        "line breaks and entities",
        "Use &lt;b&gt; &amp; not<br>the other<br/>one.<p>Second&nbsp;paragraph.</p>",
        "Use <b> & not\nthe other\none.\n\nSecond paragraph.",
    ),
    ("list", "<p>Do this:</p><ul><li>first</li><li>second</li></ul>", "Do this:\n\n- first\n- second"),
    ("pre", "<pre>def f():\n    return 1</pre>", "def f():\n    return 1"),
    ("table of cells", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d"),
    ("unclosed", "<div><p>Please make <b>the title blue.", WANT),
)
