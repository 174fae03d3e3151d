"""Every number that bounds something, with its unit in its name and the reason beside it."""

from typing import Final

# ── mail in ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Largest raw mail. SES receives up to 40 MB; most servers stop at 25–35 MB.
MAIL_BYTES: Final = 30 * 1024 * 1024
#: Largest header block; real mail stays under 64 KiB, hostile mail hides its cost here.
HEADER_BYTES: Final = 256 * 1024
#: Bytes of an object that are held at once while it is passed on.
PIECE_BYTES: Final = 256 * 1024
#: Addresses over To and Cc.
RECIPIENTS: Final = 200
#: Characters of a body that are read; nobody writes a longer command, and the rest is kept with the raw mail.
BODY_CHARS: Final = 2_000_000
#: Lines of a body that are told apart, most expensive ones 50 µs each.
BODY_LINES: Final = 20_000
#: The words of an unexpected failure in a refusal's detail.
DETAIL_CHARS: Final = 300
#: Attachments of one mail.
ATTACHMENTS: Final = 50
#: The same in UTF-8: with what surrounds it, it must fit a message of 256 KiB and a record of 400 KB.
INSTRUCTION_BYTES: Final = 100 * 1024
#: Ids taken from References, last to first.
REFERENCES: Final = 100
#: DNS answers that are remembered for as long as they say.
DNS_CACHED: Final = 2000
#: The certificate that SNS signs with; it has about 2 KB.
CERTIFICATE_BYTES: Final = 64 * 1024
#: DKIM signatures of one mail that are looked at; more only cost (RFC 6376, 8.4).
SIGNATURES: Final = 5
#: Bits of an RSA key that a signature must have (RFC 8301).
DKIM_KEY_BITS: Final = 1024
#: Reading one mail, in its thread; past it the mail is refused as unreadable.
READ_SECONDS: Final = 20.0

# ── mail out ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: The subject and the topic of a reply; hostile ones are endless and fill the header block.
SUBJECT_CHARS: Final = 400
#: One phrase of somebody else's in a reply: the first line of a mail, an error, a file name.
PHRASE_CHARS: Final = 300
#: Replies to one recipient, and in one thread: so many in so many seconds; two machines that answer each other stop here.
REPLY_RATES: Final = ((10, 600.0), (30, 3600.0), (100, 36000.0))
#: A sender gets at most one rejection of a kind in this time.
REJECTION_SECONDS: Final = 24 * 3600.0
#: One mail to the mail server, with the connection where there is none yet.
SMTP_DIALOGUE_SECONDS: Final = 60.0
#: Replies on their way to the mail server at once: a dialogue waits for up to eight answers, and two hundred commands may end together.
SENDERS: Final = 16

# ── queues ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Longest poll that SQS offers.
POLL_SECONDS: Final = 20
#: Receives before a message goes to its dead-letter queue.
RECEIVES: Final = 5
#: A mail that an outage keeps from being handled is tried for this long before it is parked.
MAIL_RETRY_SECONDS: Final = 24 * 3600.0
#: A received message is hidden this long; holders renew at a third of it.
VISIBILITY_SECONDS: Final = 60
#: The most that one receive or batch call carries.
BATCH: Final = 10

# ── AWS calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: One AWS call with its retries.
CALL_SECONDS: Final = 20.0
#: One S3 transfer of a mail.
OBJECT_SECONDS: Final = 60.0

# ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: A command that is accepted but not started is looked at again after this.
ACCEPTED_DUE_SECONDS: Final = 20
#: A running command is looked at this often: is its container alive?
RUNNING_DUE_SECONDS: Final = 30
#: An interrupt is sent again this often until the final result comes.
INTERRUPT_DUE_SECONDS: Final = 10
#: Quoted text that goes with a command.
QUOTED_CHARS: Final = 20_000
#: How often a command may be run when shutdowns or losses cut it short.
ATTEMPTS: Final = 3

# ── containers ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: The replica that launches holds the record this long.
LAUNCH_LEASE_SECONDS: Final = 30
#: After this a container that is not ready is given up and launched anew.
LAUNCH_SECONDS: Final = 240
#: Heartbeat older than this: lost. A worker that could not write for this long stops itself first.
HEARTBEAT_STALE_SECONDS: Final = 45
#: Idle stop.
IDLE_SECONDS: Final = 20 * 60

# ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Shards of the `due` index.
DUE_SHARDS: Final = 4
#: How long finished records are kept.
KEEP_SECONDS: Final = 90 * 24 * 3600
#: Rows of one shard that one look takes up, the most overdue first; the next look finds the rest.
DUE_ROWS: Final = 1000
#: A row that another replica should have taken is anybody's when it is overdue by this: that one's sweeper is stuck, or its clock is slow.
OVERDUE_SECONDS: Final = 10.0

# ── worker: processes ──────────────────────────────────────────────────────────────────────────────────────────────

#: Read from a pipe at once; the size of a Linux pipe.
PIPE_BYTES: Final = 64 * 1024
#: The end of an agent's output that stays in memory, for the words of an error.
TAIL_BYTES: Final = 8 * 1024

# ── worker: git ────────────────────────────────────────────────────────────────────────────────────────────────────

#: One git operation on the local disk.
GIT_LOCAL_SECONDS: Final = 120.0
#: One fetch or push.
GIT_TRANSFER_SECONDS: Final = 600.0
#: A remote that cannot be reached is tried this often, with a growing pause.
GIT_TRIES: Final = 3
#: Largest file that is committed; forges refuse above 100 MB.
COMMIT_FILE_BYTES: Final = 50 * 1024 * 1024
#: Commits that an agent made itself are kept one by one up to this number, else as one.
COMMITS_KEPT: Final = 100

# ── worker: saving after a stop, counted from the stop (docs/worker.md) ────────────────────────────────────────────

#: Commit and push of partial work end by then.
SAVE_SECONDS: Final = 45.0
#: A bundle of commits that could not be pushed.
BUNDLE_BYTES: Final = 256 * 1024 * 1024

# ── worker: publishing ─────────────────────────────────────────────────────────────────────────────────────────────

# ── worker: service ────────────────────────────────────────────────────────────────────────────────────────────────

#: Sessions that one worker serves at once.
MAX_SESSIONS: Final = 4
#: An agent's own account of its work, in a result.
SUMMARY_CHARS: Final = 4000
#: The words of an error taken from a program's output.
ERROR_TAIL_CHARS: Final = 600

# ── the execution runtime ──────────────────────────────────────────────────────────────────────────────────────────

#: An answer of an external interrupt checker; a later one counts as a failure of the checker.
CHECKER_SECONDS: Final = 5.0
#: Entries kept of one execution's history; the oldest but the first are dropped.
EXECUTION_HISTORY: Final = 10_000
#: A generator that is busy when it is to be closed is tried again for this long.
GENERATOR_CLOSE_SECONDS: Final = 5.0
#: Events that wait for one subscriber of a bus.
EVENT_QUEUE: Final = 1_000
#: A closing bus lets its subscribers work for this long.
EVENT_DRAIN_SECONDS: Final = 5.0

# ── launchers ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: How often a process that is to end is looked at.
PROCESS_LOOK_SECONDS: Final = 0.05

# ── what stands in AWS ─────────────────────────────────────────────────────────────────────────────────────────────

#: A pointer in the hands of the EmailProcessor is hidden this long, and renewed at a third of it: a killed replica's mail comes back soon.
INBOUND_VISIBILITY_SECONDS: Final = 30

# ── ingress ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Envelope recipients of one transaction (RFC 5321, 4.5.3.1.8).
ENVELOPE_RECIPIENTS: Final = 100
#: How a mail comes along is looked at this often.
SMTP_PROGRESS_SECONDS: Final = 60.0
#: A closing server lets the mails that are under way finish for this long.
SMTP_CLOSE_SECONDS: Final = 30.0
#: The body of one HTTP post: a mail of the largest size, percent-encoded or in JSON beside its parts.
HTTP_BODY_BYTES: Final = 3 * MAIL_BYTES + 1024 * 1024

# ── the embedded default ───────────────────────────────────────────────────────────────────────────────────────────

#: Between two tries to send a final report, at most.
REPORT_PAUSE_SECONDS: Final = 5.0
#: A command that could not be claimed because AWS did not answer is tried again after this.
CLAIM_RETRY_SECONDS: Final = 5
#: A new worker waits this long for one that lost the key and still saves in the same folder (one machine, many generations).
WORKSPACE_SECONDS: Final = 120.0

# ── side queues ────────────────────────────────────────────────────────────────────────────────────────────────────

#: What an operator sees of a dead-letter queue at once.
SHELF_LOOK: Final = 1000

# ── health ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: How late the loop comes through its own work is looked at this often.
PRESSURE_LOOK_SECONDS: Final = 0.05

# ── large messages and records ─────────────────────────────────────────────────────────────────────────────────────

#: A message's body in S3; the largest results and commands have a third of it.
WIRE_BODY_BYTES: Final = 4 * 1024 * 1024

# ── replicas ───────────────────────────────────────────────────────────────────────────────────────────────────────
