"""The limits that several modules share. A limit with one user is beside its user."""

from typing import Final

# ── mail in ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Largest raw mail. SES receives up to 40 MB; most servers stop at 25–35 MB.
MAIL_BYTES: Final = 30 * 1024 * 1024
#: Largest header block; real mail stays under 64 KiB, hostile mail hides its cost here.
HEADER_BYTES: Final = 256 * 1024
#: Bytes of an object in memory at once while it is streamed.
PIECE_BYTES: Final = 256 * 1024
#: Addresses over To and Cc.
RECIPIENTS: Final = 200
#: Characters of a body that are read. Nobody writes a longer command; the raw mail has the rest.
BODY_CHARS: Final = 2_000_000
#: Lines of a body that are classified; an expensive one takes 50 µs.
BODY_LINES: Final = 20_000
#: Characters of an unexpected error in the detail of a refusal.
DETAIL_CHARS: Final = 300
#: Attachments of one mail.
ATTACHMENTS: Final = 50
#: The instruction in UTF-8: with its context it must fit a message of 256 KiB and a record of 400 KB.
INSTRUCTION_BYTES: Final = 100 * 1024
#: Ids taken from References, last to first.
REFERENCES: Final = 100
#: DNS answers that are cached, each for its own time to live.
DNS_CACHED: Final = 2000
#: The certificate that SNS signs with has about 2 KB.
CERTIFICATE_BYTES: Final = 64 * 1024
#: DKIM signatures of one mail that are verified; more only cost time (RFC 6376, 8.4).
SIGNATURES: Final = 5
#: Least size of an RSA key in bits (RFC 8301).
DKIM_KEY_BITS: Final = 1024
#: Time for reading one mail in a thread; a mail that takes longer is refused as unreadable.
READ_SECONDS: Final = 20.0

# ── mail out ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: The subject and the topic of a reply; a hostile one could fill the header block.
SUBJECT_CHARS: Final = 400
#: One foreign phrase in a reply: the first line of a mail, an error, a file name.
PHRASE_CHARS: Final = 300
#: Replies to one recipient, and in one thread, that are no result of a command: (number, seconds). Two machines that answer each other stop
#: here.
REPLY_RATES: Final = ((10, 600.0), (30, 3600.0), (100, 36000.0))
#: The same for results: a person who sends one small correction after another waits for each of them; a machine stops here.
RESULT_RATES: Final = ((40, 600.0), (120, 3600.0))
#: A sender gets at most one rejection of a kind in this time.
REJECTION_SECONDS: Final = 24 * 3600.0
#: Handing one mail in by `hermes send`, a new connection included.
SMTP_DIALOGUE_SECONDS: Final = 60.0
#: Replies on their way to the mail server at once: a dialogue waits for up to eight answers, and two hundred commands may end together.
SENDERS: Final = 16

# ── queues ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Longest poll that SQS offers.
POLL_SECONDS: Final = 20
#: Receives before a message goes to its dead-letter queue.
RECEIVES: Final = 5
#: A mail that cannot be handled because of an outage is retried for this long, then parked.
MAIL_RETRY_SECONDS: Final = 24 * 3600.0
#: A received message is invisible for this long; its holder renews it at a third of this.
VISIBILITY_SECONDS: Final = 60
#: Messages of one receive or batch call; SQS allows no more.
BATCH: Final = 10

# ── AWS calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: One AWS call with its retries.
CALL_SECONDS: Final = 20.0
#: One S3 transfer of a mail.
OBJECT_SECONDS: Final = 60.0

# ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: The sweeper looks at an accepted command that has not started after this.
ACCEPTED_DUE_SECONDS: Final = 20
#: The sweeper checks this often whether the container of a running command is alive.
RUNNING_DUE_SECONDS: Final = 30
#: An interrupt is sent again this often until the final result comes.
INTERRUPT_DUE_SECONDS: Final = 10
#: Characters of quoted text that a command carries.
QUOTED_CHARS: Final = 20_000
#: How often a command may be run when shutdowns or losses cut it short.
ATTEMPTS: Final = 3

# ── containers ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: Lease of the replica that launches a container.
LAUNCH_LEASE_SECONDS: Final = 30
#: A container that is not ready after this is given up and launched again.
LAUNCH_SECONDS: Final = 240
#: A container whose heartbeat is older than this is lost. A worker that could not write for this long stops by itself.
HEARTBEAT_STALE_SECONDS: Final = 45
#: A worker without commands stops after this.
IDLE_SECONDS: Final = 20 * 60

# ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Shards of the `due` index.
DUE_SHARDS: Final = 4
#: How long finished records are kept.
KEEP_SECONDS: Final = 90 * 24 * 3600
#: Rows of one shard in one sweep, the most overdue first; the next sweep finds the rest.
DUE_ROWS: Final = 1000
#: Any replica takes a row that is overdue by this: the sweeper that should have taken it hangs, or its clock is slow.
OVERDUE_SECONDS: Final = 10.0

# ── worker: processes ──────────────────────────────────────────────────────────────────────────────────────────────

#: Bytes of one read from a pipe; the size of a Linux pipe.
PIPE_BYTES: Final = 64 * 1024
#: The end of an agent's output that stays in memory, for the words of an error.
TAIL_BYTES: Final = 8 * 1024

# ── worker: git ────────────────────────────────────────────────────────────────────────────────────────────────────

#: One git operation on the local disk.
GIT_LOCAL_SECONDS: Final = 120.0
#: One fetch or push.
GIT_TRANSFER_SECONDS: Final = 600.0
#: Tries to reach a remote, with a growing pause between them.
GIT_TRIES: Final = 3
#: Largest file that is committed; forges refuse above 100 MB.
COMMIT_FILE_BYTES: Final = 50 * 1024 * 1024
#: Up to so many commits of an agent are kept one by one; more become one commit.
COMMITS_KEPT: Final = 100

# ── worker: saving after a stop, counted from the stop (docs/worker.md) ────────────────────────────────────────────

#: Commit and push of partial work end by this time.
SAVE_SECONDS: Final = 45.0
#: Largest bundle of commits that could not be pushed.
BUNDLE_BYTES: Final = 256 * 1024 * 1024

# ── worker: publishing ─────────────────────────────────────────────────────────────────────────────────────────────

# ── worker: service ────────────────────────────────────────────────────────────────────────────────────────────────

#: Sessions that one worker serves at once.
MAX_SESSIONS: Final = 4
#: Characters of an agent's summary in a result.
SUMMARY_CHARS: Final = 4000
#: Characters of an error that is taken from a program's output.
ERROR_TAIL_CHARS: Final = 600

# ── the execution runtime ──────────────────────────────────────────────────────────────────────────────────────────

#: Time for an external interrupt checker; a later answer counts as a failure of the checker.
CHECKER_SECONDS: Final = 5.0
#: Entries kept of one execution's history; the oldest but the first are dropped.
EXECUTION_HISTORY: Final = 10_000
#: Closing a busy generator is retried for this long.
GENERATOR_CLOSE_SECONDS: Final = 5.0
#: Events that wait for one subscriber of a bus.
EVENT_QUEUE: Final = 1_000
#: A bus that closes waits this long for its subscribers.
EVENT_DRAIN_SECONDS: Final = 5.0

# ── launchers ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: Interval between looks at a process that is ending.
PROCESS_LOOK_SECONDS: Final = 0.05

# ── resources in AWS ─────────────────────────────────────────────────────────────────────────────────────────────

#: A pointer that is being handled is invisible for this long, renewed at a third: the mail of a killed replica comes back soon.
INBOUND_VISIBILITY_SECONDS: Final = 30

# ── ingress ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Envelope recipients of one transaction (RFC 5321, 4.5.3.1.8).
ENVELOPE_RECIPIENTS: Final = 100
#: Interval between looks at the progress of a mail.
SMTP_PROGRESS_SECONDS: Final = 60.0
#: A server that closes waits this long for mails that are being received.
SMTP_CLOSE_SECONDS: Final = 30.0
#: The body of one HTTP post: a mail of the largest size, percent-encoded or in JSON beside its parts.
HTTP_BODY_BYTES: Final = 3 * MAIL_BYTES + 1024 * 1024

# ── the embedded default ───────────────────────────────────────────────────────────────────────────────────────────

#: Longest pause between two tries to send a final report.
REPORT_PAUSE_SECONDS: Final = 5.0
#: A claim that failed because AWS did not answer is retried after this.
CLAIM_RETRY_SECONDS: Final = 5
#: On one machine a new worker waits this long for an earlier generation that still saves in the same folder.
WORKSPACE_SECONDS: Final = 120.0

# ── side queues ────────────────────────────────────────────────────────────────────────────────────────────────────

#: Dead letters that one command lists.
SIDE_QUEUE_LOOK: Final = 1000

# ── health ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Interval at which the lag of the event loop is measured.
PRESSURE_LOOK_SECONDS: Final = 0.05

# ── large messages and records ─────────────────────────────────────────────────────────────────────────────────────

#: Largest body of a message in S3, three times that of the largest results and commands.
WIRE_BODY_BYTES: Final = 4 * 1024 * 1024

# ── disk ───────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Room that a process keeps aside on its disk, for what ends the work under way: commits, results, replies.
RESERVE_BYTES: Final = 32 * 1024 * 1024
