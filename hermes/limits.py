"""Every number that bounds something, with its unit in its name and the reason beside it."""

from typing import Final

# ── mail in ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Largest raw mail. SES receives up to 40 MB; most servers stop at 25–35 MB.
MAIL_BYTES: Final = 30 * 1024 * 1024
#: Largest header block; real mail stays under 64 KiB, hostile mail hides its cost here.
HEADER_BYTES: Final = 256 * 1024
#: A mail up to this size is handled in the gateway itself; what is in it costs little memory, and no step over it holds the loop up.
SMALL_MAIL_BYTES: Final = 1024 * 1024
#: What is looked at of a mail whose author is no owner: enough to know a delivery report, and the mail that it is about.
REPORT_BYTES: Final = 128 * 1024
#: Bytes of an object that are held at once while it is passed on.
PIECE_BYTES: Final = 256 * 1024
#: MIME parts counted while parsing: 100,000 empty ones cost 24 s of CPU in 700 KB.
PARTS: Final = 500
#: Nesting of multiparts and embedded mails; the standard parser recurses.
NESTING: Final = 30
#: Addresses over To and Cc.
RECIPIENTS: Final = 200
#: Lines that begin like a MIME delimiter, real or not, over all nestings.
BOUNDARY_LINES: Final = 20_000
#: Characters of a body that are read; nobody writes a longer command, and the rest is kept with the raw mail.
BODY_CHARS: Final = 2_000_000
#: Lines of a body that are told apart, most expensive ones 50 µs each.
BODY_LINES: Final = 20_000
#: Below this Hermes asks the person instead of running what it took for the new text (0 to 1).
CONFIDENCE: Final = 0.5
#: Open HTML elements that are told apart; deeper ones are read as text of the ones above.
HTML_DEPTH: Final = 400
#: Different start tags whose meaning is remembered while one HTML body is read.
HTML_MEANINGS: Final = 1000
#: What a library of bounce patterns gets to see of a mail; its patterns are not linear.
BOUNCE_HEAD_BYTES: Final = 48 * 1024
#: The lines of it.
BOUNCE_HEAD_LINES: Final = 150
#: The words of an unexpected failure in a refusal's detail.
DETAIL_CHARS: Final = 300
#: Attachments of one mail.
ATTACHMENTS: Final = 50
#: The instruction handed to an agent; the rest of a longer text is cut and said so.
INSTRUCTION_CHARS: Final = 100_000
#: The same in UTF-8: with what surrounds it, it must fit a message of 256 KiB and a record of 400 KB.
INSTRUCTION_BYTES: Final = 100 * 1024
#: A Message-ID longer than this is no alias: DynamoDB keys end at 2048 bytes.
ALIAS_CHARS: Final = 1500
#: Ids taken from References, last to first.
REFERENCES: Final = 100
#: One DNS question of a verdict.
DNS_SECONDS: Final = 4.0
#: DNS answers that are remembered for as long as they say.
DNS_CACHED: Final = 2000
#: The certificate that SNS signs with; it has about 2 KB.
CERTIFICATE_BYTES: Final = 64 * 1024
#: What all DNS questions of one verdict wait for; past it the verdict is asked for again later.
VERDICT_SECONDS: Final = 15.0
#: Mails under way at once of those that do not claim to be an owner's.
STRANGERS: Final = 2
#: Mails that wait for DNS at once; they hold their headers alone, and no slot of the inbound queue.
JUDGINGS: Final = 64
#: Of them those whose authors are in one domain, and those of these that ask at the same time.
JUDGINGS_WAITING: Final = 16
JUDGINGS_OF_A_DOMAIN: Final = 4
#: A domain whose DNS gave no answer is not asked for this long; twice as long each time, up to the second number.
DNS_QUIET_SECONDS: Final = 10.0
DNS_QUIET_SECONDS_MOST: Final = 300.0
#: A mail whose author's DNS gives no answer is judged again after each of these; then it is refused.
JUDGE_AGAIN_SECONDS: Final = (15.0, 60.0, 300.0, 900.0)
#: The question by which the resolver tells a domain without an answer from name servers that are down; its answer holds for the second.
DNS_PROBE_SECONDS: Final = 2.0
DNS_PROBE_KEPT_SECONDS: Final = 10.0
#: DKIM signatures of one mail that are looked at; more only cost (RFC 6376, 8.4).
SIGNATURES: Final = 5
#: ARC sets of one mail; RFC 8617 allows 50, real chains have a few.
ARC_SETS: Final = 10
#: Bits of an RSA key that a signature must have (RFC 8301).
DKIM_KEY_BITS: Final = 1024
#: A key record; one of 4096 bits has about 740 characters, and a hostile one would keep the processor busy.
DKIM_RECORD_CHARS: Final = 1500
#: Bits of the exponent of an RSA key; all in use have 2 to 17, and one as long as the modulus halts the process for a second.
DKIM_EXPONENT_BITS: Final = 64
#: A DKIM-Signature header; real ones have up to 2,000 bytes.
SIGNATURE_BYTES: Final = 8 * 1024
#: A header of an ARC set; the results in it are many lines.
ARC_HEADER_BYTES: Final = 16 * 1024
#: Names of headers that one signature covers: each is looked for among all.
SIGNED_HEADERS: Final = 300
#: Lines of a header block on which DKIM is checked: dkimpy copies a header for each of its lines.
HEADER_LINES: Final = 5000
#: DNS questions of one SPF check, and of them without an answer (RFC 7208, 4.6.4).
SPF_LOOKUPS: Final = 10
SPF_VOID_LOOKUPS: Final = 2
#: Characters of one Authentication-Results header.
RESULTS_CHARS: Final = 8000
#: A key that signs tokens.
TOKEN_KEY_BYTES: Final = 16
#: Reading one mail, in its thread; past it the mail is refused as unreadable.
READ_SECONDS: Final = 20.0
#: Memory of the process that reads a mail which is not small, beyond what Python itself takes; past it the mail is refused as unreadable.
READER_BYTES: Final = 512 * 1024 * 1024
#: Such processes at once, each for as long as its mail is under way.
READERS: Final = 1
#: What such a process may answer: the texts of a mail, cut to their limits, and everything about its attachments but their bytes.
READER_ANSWER_BYTES: Final = 32 * 1024 * 1024

# ── mail out ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: Our References header; some relays refuse header blocks over 4096 characters.
REFERENCES_HEADER_CHARS: Final = 1500
#: A header line of ours is folded near this (RFC 5322, 2.1.1).
HEADER_LINE_CHARS: Final = 76
#: The subject and the topic of a reply; hostile ones are endless and fill the header block.
SUBJECT_CHARS: Final = 400
#: A display name in our headers.
NAME_CHARS: Final = 120
#: One message id in our headers: a line may have 998 characters, and an id cannot be folded.
MESSAGE_ID_CHARS: Final = 400
#: An address in our headers (RFC 5321, 4.5.3.1).
ADDRESS_CHARS: Final = 320
#: Outlook's Thread-Index grows by 5 bytes a reply; past this it is passed on as it is.
THREAD_INDEX_BYTES: Final = 22 + 5 * 80
#: A line of the text version of a reply.
REPLY_LINE_CHARS: Final = 72
#: The agent's own words in a reply.
REPLY_SUMMARY_CHARS: Final = 8000
#: One phrase of somebody else's in a reply: the first line of a mail, an error, a file name.
PHRASE_CHARS: Final = 300
#: Older messages that one reply names as stopped or put aside for it.
REPLY_SUPERSEDED: Final = 5
#: Remarks of the worker in one reply, each a paragraph.
REPLY_HINTS: Final = 8
#: Changed files named in a reply; the rest is counted.
REPLY_FILES_NAMED: Final = 12
#: Replies to one recipient, and in one thread: so many in so many seconds; two machines that answer each other stop here.
REPLY_LADDER: Final = ((10, 600.0), (30, 3600.0), (100, 36000.0))
#: Above this share of a rung, what this replica remembers is not enough: the records of all replicas are asked.
REPLY_LADDER_TRUSTED: Final = 0.25
#: Replies to one recipient that the ladder looks at; more than the longest rung allows.
REPLY_LADDER_ROWS: Final = 110
#: Recipients whose replies a replica remembers for the ladder.
REPLY_LADDER_RECIPIENTS: Final = 10_000
#: A sender gets at most one rejection of a kind in this time.
REJECTION_SECONDS: Final = 24 * 3600.0
#: A reply that the mail server defers is tried for this long.
REPLY_RETRY_SECONDS: Final = 24 * 3600
#: One mail to the mail server, with the connection where there is none yet.
SMTP_DIALOGUE_SECONDS: Final = 60.0
#: A connection to the mail server is kept for this long after a mail, for the next one; servers hang up on idle ones after 10 s or more.
SMTP_KEPT_SECONDS: Final = 5.0
#: Mails over one connection; servers stop at 50 to 1000.
SMTP_MAILS_A_CONNECTION: Final = 50
#: A kept connection's answer to "do you live" and to the farewell.
SMTP_FAREWELL_SECONDS: Final = 5.0
#: A link to a log in a reply is good for this long: the most that a presigned link can.
LOG_LINK_SECONDS: Final = 7 * 24 * 3600
#: Replies on their way to the mail server at once: a dialogue waits for up to eight answers, and two hundred commands may end together.
SENDERS: Final = 16
#: Due replies that are taken up while the mail server is slow: more would only wait in memory until their leases are over.
REPLIES_HELD: Final = 128
#: A row of the outbox is held this long by the replica that sends it; longer than a dialogue.
REPLY_LEASE_SECONDS: Final = 120
#: A reply is kept in its row up to this size, else in S3: DynamoDB items end at 400 KB.
REPLY_INLINE_BYTES: Final = 200 * 1024

# ── queues ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Longest poll that SQS offers.
POLL_SECONDS: Final = 20
#: How long SQS keeps a message.
RETENTION_SECONDS: Final = 4 * 24 * 3600
#: Receives before a message goes to its dead-letter queue.
RECEIVES: Final = 5
#: A mail that an outage keeps from being handled is tried for this long before it is parked.
MAIL_RETRY_SECONDS: Final = 24 * 3600.0
#: What a superseding command owes beside its interrupt waits for the interrupt to be sent, at most this long.
INTERRUPT_SEND_SECONDS: Final = 1.0
#: And this much longer: a worker on the same machine needs the processor to stop what runs, before which little else can begin.
INTERRUPT_LEAD_SECONDS: Final = 0.02
#: A received message is hidden this long; holders renew at a third of it.
VISIBILITY_SECONDS: Final = 60
#: The most that one receive or batch call carries.
BATCH: Final = 10
#: Keys of one BatchGetItem.
READ_KEYS: Final = 100
#: Before keys that DynamoDB gave back unread are asked for again; doubled each time.
UNREAD_PAUSE_SECONDS: Final = 0.01
#: A read that takes longer hangs, as a lost connection does for 15 s: the reads that wait for it leave beside it.
READ_PATIENCE_SECONDS: Final = 0.25
#: And so many lines of reads, and of marks, may hang at once.
READS_BESIDE: Final = 6
#: Objects that come without going before the garbage collector of a gateway looks at them; Python's own number is 700.
YOUNG_OBJECTS: Final = 10_000
#: How often the garbage collector looks through all that the emulator holds, which halts it for as long.
STORE_LOOK_SECONDS: Final = 3600.0
#: Calls of DynamoDB under way at once: at 20 ms each more than the one core of a gateway can ask for.
RECORD_CALLS: Final = 16
#: Marks that one transaction carries (a reply is sent, a command is counted); DynamoDB takes 100 writes, of which any one may fail all.
MARKS: Final = 12
#: Where such a transaction fails, so many of its marks go alone at once; one whose item is busy, so often.
MARKS_BESIDE: Final = 4
MARK_TRIES: Final = 4
#: Before a mark whose item is busy is made again; doubled each time.
MARK_PAUSE_SECONDS: Final = 0.02
#: The most that one call of several messages may hold together; the oldest limit of SQS, which emulators keep.
BATCH_BYTES: Final = 240 * 1024
#: A wire message above this goes to S3; SQS bills by 64 KB and emulators stop at 256 KiB.
WIRE_BYTES: Final = 200 * 1024
#: The name of an SQS queue.
QUEUE_NAME_CHARS: Final = 80

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
#: After this long without an answer to an interrupt the task is stopped.
INTERRUPT_GIVE_UP_SECONDS: Final = 150
#: Extra time over the command's wall limit before the gateway steps in; the worker stops at the limit itself.
WALL_GRACE_SECONDS: Final = 120
#: Mails that come one after the other within the collecting window join for this long at most; then the run begins.
COLLECT_MOST_SECONDS: Final = 90.0
#: Quoted text that goes with a command.
QUOTED_CHARS: Final = 20_000
#: A command that runs for this long is worth a mail that says so.
STILL_WORKING_SECONDS: Final = 600.0
#: How often a command may be run when shutdowns or losses cut it short.
ATTEMPTS: Final = 3
#: Entries kept in a command's history.
HISTORY: Final = 60
#: Longest wall limit of a command: a message can be held invisible for 12 h.
WALL_SECONDS_MAX: Final = 11 * 3600

# ── containers ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: The replica that launches holds the record this long.
LAUNCH_LEASE_SECONDS: Final = 30
#: After this the person is told "still starting".
READY_SECONDS: Final = 60
#: After this a container that is not ready is given up and launched anew.
LAUNCH_SECONDS: Final = 240
#: Launches in a row that fail before the command is answered as failed.
LAUNCH_TRIES: Final = 3
#: Worker heartbeat.
HEARTBEAT_SECONDS: Final = 10
#: Heartbeat older than this: lost. A worker that could not write for this long stops itself first.
HEARTBEAT_STALE_SECONDS: Final = 45
#: The drain of a worker after SIGTERM; ECS kills after 120 s.
DRAIN_SECONDS: Final = 110
#: The end of a demo or `hermes dev`: its workers save their work and go within this.
LOCAL_WORKERS_SECONDS: Final = 40.0
#: Idle stop.
IDLE_SECONDS: Final = 20 * 60

# ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Shards of the `due` index.
DUE_SHARDS: Final = 4
#: How long finished records are kept.
KEEP_SECONDS: Final = 90 * 24 * 3600
#: A reported cost is believed up to this: DynamoDB refuses numbers beyond all sense, and a command has to end.
COST_USD_MOST: Final = 1_000_000.0
#: Between the two looks of `hermes usage --recount`: the index of open commands is about a second late.
RECOUNT_SECONDS: Final = 3.0
#: How long an hour's or a day's count of a share is kept once it is over, to be looked at.
USAGE_SECONDS: Final = 7 * 24 * 3600
#: A command that could not be started for this long is answered as failed.
START_GIVE_UP_SECONDS: Final = 900
#: Times a gateway builds an accepting transaction again after losing a race.
ACCEPT_TRIES: Final = 12
#: The sweeper looks at the `due` index this often.
SWEEP_SECONDS: Final = 2.0
#: Shards that one look reads while nothing is open anywhere; each look goes on where the one before it ended.
IDLE_SHARDS: Final = 1
#: Rows of one shard that one look takes up, the most overdue first; the next look finds the rest.
DUE_ROWS: Final = 1000
#: Rows that a sweep works on at the same time: a row is a few calls, and the loop belongs to the mails and interrupts that come meanwhile.
SWEEP_AT_ONCE: Final = 8
#: A sweep ends after this, whatever is still due: the next one begins with the interrupts again.
SWEEP_MOST_SECONDS: Final = 5.0
#: A row with a value that a newer version may know is parked when no replica took it up for this long: longer than a deployment.
PARK_SECONDS: Final = 900.0
#: What keeps failing with one row in the same way is logged this often.
SAID_AGAIN_SECONDS: Final = 300.0
#: Rows of which a sweeper remembers that they failed.
ROWS_REMEMBERED: Final = 10_000
#: A row that another replica should have taken is anybody's when it is overdue by this: that one's sweeper is stuck, or its clock is slow.
OVERDUE_SECONDS: Final = 10.0
#: An accepted command that was sent again is looked at less and less often, down to this many times the first wait.
ACCEPTED_SLOWER: Final = 3
#: Tasks that no record knows are looked for this often.
ORPHAN_SECONDS: Final = 60.0

# ── worker: processes ──────────────────────────────────────────────────────────────────────────────────────────────

#: A line of an agent's output is kept up to this size, the rest of it is counted: agents print whole files in one line.
LINE_BYTES: Final = 16 * 1024 * 1024
#: Read from a pipe at once; the size of a Linux pipe.
PIPE_BYTES: Final = 64 * 1024
#: An agent's log is kept in full up to this size.
LOG_BYTES: Final = 32 * 1024 * 1024
#: The end of an agent's output that stays in memory, for the words of an error.
TAIL_BYTES: Final = 8 * 1024
#: The stop of a process, counted from its beginning: SIGINT, SIGTERM, SIGKILL (DESIGN section 6).
INTERRUPT_SECONDS: Final = 10.0
TERM_SECONDS: Final = 15.0
KILL_SECONDS: Final = 20.0
#: Output that still comes after the process has ended is read for this long; a stray child may hold the pipe for ever.
DRAIN_OUTPUT_SECONDS: Final = 2.0
#: An agent that has given its result may end by itself for this long: a helper's news or its transcript may still be on the way.
AGENT_RESULT_SECONDS: Final = 10.0
#: Stragglers are hunted for this long: they may fork while being hunted.
SWEEP_STRAGGLERS_SECONDS: Final = 3.0
#: A process that is cancelled may tidy up for this long after SIGTERM (git removes its lock files).
TIDY_SECONDS: Final = 1.0
#: An answer of the launcher, which ends processes for up to 10 s before it says that one is left.
LAUNCHER_SECONDS: Final = 30.0
#: A launcher whose socket is full is asked again after this.
LAUNCHER_PAUSE_SECONDS: Final = 0.01
#: One thing done among an agent's files as its user: a worktree of a million files is removed in it.
ACT_SECONDS: Final = 300.0
#: How often the memory of a running agent is measured.
MEMORY_SECONDS: Final = 2.0

# ── worker: git ────────────────────────────────────────────────────────────────────────────────────────────────────

#: One git operation on the local disk.
GIT_LOCAL_SECONDS: Final = 120.0
#: One question to the remote (ls-remote).
GIT_ASK_SECONDS: Final = 60.0
#: One fetch or push.
GIT_TRANSFER_SECONDS: Final = 600.0
#: A remote that cannot be reached is tried this often, with a growing pause.
GIT_TRIES: Final = 3
#: Largest file that is committed; forges refuse above 100 MB.
COMMIT_FILE_BYTES: Final = 50 * 1024 * 1024
#: First line of a commit message.
COMMIT_SUBJECT_CHARS: Final = 72
#: The instruction in a commit message.
COMMIT_BODY_CHARS: Final = 4000
#: Commits that an agent made itself are kept one by one up to this number, else as one.
COMMITS_KEPT: Final = 100
#: Paths named in a result; the diffstat tells the rest.
FILES_NAMED: Final = 200
#: And their characters together.
FILES_NAMED_CHARS: Final = 40_000

# ── worker: saving after a stop, counted from the stop (DESIGN section 6) ──────────────────────────────────────────

#: An agent that has not ended so long after its SIGKILL is let go.
AGENT_GRACE_SECONDS: Final = 12.0
#: A deadline that is over already still leaves a step this long: a local commit takes less.
LEAST_SECONDS: Final = 5.0
#: Commit and push of partial work end by then.
SAVE_SECONDS: Final = 45.0
#: The log and the transcript are stored by then.
TRANSCRIPT_SECONDS: Final = 85.0
#: The transcript of one conversation, unpacked; a longer one is begun anew in another container.
TRANSCRIPT_BYTES: Final = 64 * 1024 * 1024
#: A bundle of commits that could not be pushed.
BUNDLE_BYTES: Final = 256 * 1024 * 1024
#: The record is written by then.
RECORD_SECONDS: Final = 95.0

# ── worker: publishing ─────────────────────────────────────────────────────────────────────────────────────────────

#: Files of one published build.
PUBLISH_FILES: Final = 20_000
#: One file of a published build; held in memory while it is sent.
PUBLISH_FILE_BYTES: Final = 64 * 1024 * 1024
#: Files that are sent at the same time.
PUBLISH_AT_ONCE: Final = 4
#: Keys in one DeleteObjects (S3's own limit).
DELETE_OBJECTS: Final = 1000
#: A partial build is stored by then, counted from the stop (DESIGN section 6).
PARTIAL_BUILD_SECONDS: Final = 75.0

# ── worker: service ────────────────────────────────────────────────────────────────────────────────────────────────

#: What a container says it runs is believed this long after it said so: three heartbeats.
ACTIVE_JOB_SECONDS: Final = 30.0
#: The control lets requests under way end within this.
DOOR_CLOSE_SECONDS: Final = 1.0
#: A session's worktree, home and logs that nobody has used for so long are removed; the branch is on the remote, the store has its commits.
SESSION_IDLE_SECONDS: Final = 14 * 24 * 3600
#: The worker's folder is looked through this often.
TIDY_EVERY_SECONDS: Final = 3600.0
#: With less room than this on the disk, idle sessions go earlier, the longest idle first.
DISK_FREE_BYTES: Final = 1024 * 1024 * 1024
#: Logs of commands in a session's folder are kept this long; S3 has them too.
LOG_IDLE_SECONDS: Final = 3 * 24 * 3600
#: Sessions that one worker serves at once.
MAX_SESSIONS: Final = 4
#: One long poll of the input queue; short, so that a stop never waits long for it.
INPUT_POLL_SECONDS: Final = 5
#: One long poll of the interrupts queue, while a command runs.
INTERRUPT_POLL_SECONDS: Final = 2
#: The pause after a command's first progress; it doubles with each, up to the next limit.
PROGRESS_FIRST_SECONDS: Final = 0.25
#: Progress is reported at most this often by the worker; the gateway writes even less often.
PROGRESS_SECONDS: Final = 2.0
#: An agent's own account of its work, in a result.
SUMMARY_CHARS: Final = 4000
#: The words of an error taken from a program's output.
ERROR_TAIL_CHARS: Final = 600

# ── the execution runtime ──────────────────────────────────────────────────────────────────────────────────────────

#: An answer of an external interrupt checker; a later one counts as a failure of the checker.
CHECKER_SECONDS: Final = 5.0
#: While something runs, an external checker is asked this often: a person who cancels waits at most as long.
MONITOR_SECONDS: Final = 0.5
#: Entries kept of one execution's history; the oldest but the first are dropped.
EXECUTION_HISTORY: Final = 10_000
#: A generator that is busy when it is to be closed is tried again for this long.
GENERATOR_CLOSE_SECONDS: Final = 5.0
#: Events that wait for one subscriber of a bus.
EVENT_QUEUE: Final = 1_000
#: A closing bus lets its subscribers work for this long.
EVENT_DRAIN_SECONDS: Final = 5.0
#: The longest pause that an error may ask for before the next attempt; more is a refusal in disguise.
RETRY_AFTER_SECONDS: Final = 3600.0
#: A stream of a command looks at its record this often.
CONTROL_LOOK_SECONDS: Final = 1.0
#: An idle event stream says something this often; proxies cut silent connections after 30–60 s.
STREAM_BEAT_SECONDS: Final = 15.0
#: Entries of the history that go into a snapshot, the newest.
SNAPSHOT_HISTORY: Final = 1_000
#: A snapshot that is read back from a store: results are small, histories bounded.
SNAPSHOT_BYTES: Final = 16 * 1024 * 1024
#: A snapshot above this goes to S3, its row names it: a row of DynamoDB holds 400 KB with the names of its attributes.
SNAPSHOT_ROW_BYTES: Final = 350 * 1024
#: The copy of a snapshot in AWS: a step waits for it no longer, since the one on disk is there already.
SNAPSHOT_COPY_SECONDS: Final = 3.0
#: Saving a snapshot on the way out of an interrupt; then the interrupt goes on without.
CHECKPOINT_SECONDS: Final = 10.0
#: The message of an interrupt that comes over HTTP.
INTERRUPT_MESSAGE_CHARS: Final = 2_000

# ── launchers ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: A local worker that was asked to stop is killed after this; Fargate's longest stopTimeout.
STOP_GRACE_SECONDS: Final = 120.0
#: How often a process that is to end is looked at.
PROCESS_LOOK_SECONDS: Final = 0.05
#: Looks after a SIGKILL: a process in an uninterruptible call of the kernel is left to it.
KILL_LOOKS: Final = 100
#: The record and the log of an ended local worker are kept this long.
TASK_RECORD_SECONDS: Final = 24 * 3600
#: DescribeTasks is eventually consistent: a task is called missing only after it stayed so for this long (AWS advises up to 5 min).
TASK_MISSING_SECONDS: Final = 300.0
#: Characters of JSON that RunTask takes as overrides.
ECS_OVERRIDES_CHARS: Final = 8192
#: Tasks in one DescribeTasks.
ECS_DESCRIBE: Final = 100
#: The reason given to StopTask.
ECS_REASON_CHARS: Final = 255

# ── what stands in AWS ─────────────────────────────────────────────────────────────────────────────────────────────

#: How long SQS keeps a dead letter: its longest, so that the operator has two weeks to look.
DEAD_RETENTION_SECONDS: Final = 14 * 24 * 3600
#: A pointer in the hands of the EmailProcessor is hidden this long, and renewed at a third of it: a killed replica's mail comes back soon.
INBOUND_VISIBILITY_SECONDS: Final = 30
#: A new table becomes ACTIVE within seconds on AWS, at once on an emulator.
TABLE_SECONDS: Final = 120.0
#: Pause between two looks at a new table.
TABLE_LOOK_SECONDS: Final = 0.5
#: Raw mail is kept as long as the records that name it.
MAIL_KEEP_DAYS: Final = 90
#: Large wire bodies outlive the queues' retention of 4 days.
WIRE_KEEP_DAYS: Final = 7

# ── ingress ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Storing one mail with its pointers; shorter than the 10 min that a sending server waits for our 250 (RFC 5321, 4.5.3.2.6).
DEPOSIT_SECONDS: Final = 60.0
#: Mails that are being stored at once; at 120 ms each, as S3 and SQS take together, more than a gateway handles.
DEPOSITS: Final = 8
#: Of them, those of large mails: they take seconds each, and small ones are not to wait for them.
LARGE_DEPOSITS: Final = 2
#: Envelope recipients of one transaction (RFC 5321, 4.5.3.1.8).
ENVELOPE_RECIPIENTS: Final = 100
#: Of them, those that differ in the token alone: a mail to two threads of one project is rare, to more it is an attack.
SUBADDRESSES: Final = 5
#: A line of SMTP data; the standard says 1000, and some senders forget to wrap.
SMTP_LINE_BYTES: Final = 64 * 1024
#: A client that says nothing for this long is hung up on (RFC 5321, 4.5.3.2.7).
SMTP_IDLE_SECONDS: Final = 300.0
#: A dialogue ends by then, however slowly it trickles.
SMTP_SESSION_SECONDS: Final = 1800.0
#: How a mail comes along is looked at this often.
SMTP_PROGRESS_SECONDS: Final = 60.0
#: A closing server lets the mails that are under way finish for this long.
SMTP_CLOSE_SECONDS: Final = 30.0
#: Silence of an IMAP server in the middle of an answer.
IMAP_SILENCE_SECONDS: Final = 30.0
#: One IMAP command with its answer.
IMAP_CALL_SECONDS: Final = 60.0
#: Fetching one mail of the largest size over a slow line.
IMAP_FETCH_SECONDS: Final = 300.0
#: A thread whose connection was cut notices within this, or is left to itself.
IMAP_ABORT_SECONDS: Final = 5.0
#: The first pause after a lost connection; it doubles with each, up to the next limit.
IMAP_PAUSE_FIRST_SECONDS: Final = 1.0
#: Servers lock an account out that logs in too often.
IMAP_PAUSE_SECONDS: Final = 120.0
#: A closing way in lets the mail that it is storing end within this.
IMAP_CLOSE_SECONDS: Final = 30.0
#: The body of one HTTP post: a mail of the largest size, percent-encoded or in JSON beside its parts.
HTTP_BODY_BYTES: Final = 3 * MAIL_BYTES + 1024 * 1024
#: The header of a request has come by then, from the connection or the answer before it.
HTTP_HEADER_SECONDS: Final = 15.0
#: A body has come by then, however slowly it trickles.
HTTP_BODY_SECONDS: Final = 120.0
#: HTTP connections at the same time.
HTTP_CONNECTIONS: Final = 200
#: A closing server lets the posts under way end within this.
HTTP_CLOSE_SECONDS: Final = 30.0
#: A post that was not stored may come again after this.
HTTP_RETRY_SECONDS: Final = 60
#: Age of a signed post, and how far ahead its clock may be.
HTTP_WINDOW_SECONDS: Final = 300.0
#: Mailgun repeats a post for 8 h and does not say that a repetition is signed anew.
MAILGUN_WINDOW_SECONDS: Final = 12 * 3600.0
#: Signatures remembered against replays.
HTTP_PROOFS: Final = 50_000
#: Parts of one form; Mailgun's raw post has about 20.
FORM_PARTS: Final = 200
#: A field of a form beside the mail.
FORM_FIELD_BYTES: Final = 64 * 1024
#: The headers of one part of a form.
FORM_HEADER_BYTES: Final = 8 * 1024
#: A notification of SNS has 256 KiB at most, and is quoted twice.
SNS_POST_BYTES: Final = 600 * 1024
#: Signing certificates that are remembered.
SNS_CERTIFICATES: Final = 16
#: One question to SNS over https.
HTTPS_SECONDS: Final = 10.0
#: The whole of `hermes ingest`; mail servers wait about 1000 s for a pipe.
PIPE_SECONDS: Final = 300.0

# ── the embedded default ───────────────────────────────────────────────────────────────────────────────────────────

#: A worker asks for its secrets once Python and its modules are loaded: a second, and minutes on a machine that is overloaded.
SECRETS_SECONDS: Final = 120.0
#: The emulator answers after 0.5 s on an idle machine.
EMULATOR_START_SECONDS: Final = 30.0
#: The emulator saves its state when it stops.
EMULATOR_STOP_SECONDS: Final = 20.0
#: The emulator of a Hermes that was killed may still be saving.
EMULATOR_LOCK_SECONDS: Final = 5.0
#: Another process's Maildir is looked at this often.
MAILBOX_LOOK_SECONDS: Final = 0.2
#: Between two tries to send a final report, at most.
REPORT_PAUSE_SECONDS: Final = 5.0
#: A worker remembers what it reported this long, against messages that come twice.
JOURNAL_SECONDS: Final = 24 * 3600
#: A command that could not be claimed because AWS did not answer is tried again after this.
CLAIM_RETRY_SECONDS: Final = 5
#: Its message is held for so long; then it is given back, and comes again.
CLAIM_HOLD_SECONDS: Final = 15 * 60
#: A new worker waits this long for one that lost the key and still saves in the same folder (one machine, many generations).
WORKSPACE_SECONDS: Final = 120.0
#: One question to the task's metadata endpoint.
METADATA_SECONDS: Final = 5.0

# ── side queues ────────────────────────────────────────────────────────────────────────────────────────────────────

#: What an operator sees of a dead-letter queue at once.
SHELF_LOOK: Final = 1000
#: A look at a dead-letter queue waits this long for more; shorter polls may miss what is there.
SHELF_POLL_SECONDS: Final = 1
#: What is being looked at is hidden this long: a look that is killed keeps nothing for longer.
SHELF_VISIBILITY_SECONDS: Final = 60
#: Characters of an attribute that says why a message was parked.
SHELF_REASON_CHARS: Final = 250

# ── health ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: A poll of the inbound queue that is older than its own length and this fails the health check: two calls that ran into their time limit.
POLL_STALE_SECONDS: Final = 60.0
#: The lag of the event loop is measured this often.
LAG_SECONDS: Final = 0.5
#: How late the loop comes through its own work is looked at this often.
PRESSURE_LOOK_SECONDS: Final = 0.05
#: A gateway whose slots were all taken waits this long for more than one to be free: a receive for several costs what one for one does.
SLOTS_GATHER_SECONDS: Final = 0.02
#: Later than this, half as many mails are under way: a person who waits for an interrupt does not notice it yet.
PRESSURE_HIGH_SECONDS: Final = 0.04
#: And less than this, one more.
PRESSURE_LOW_SECONDS: Final = 0.02
#: The depths of the queues are asked for this often.
DEPTHS_SECONDS: Final = 60.0

# ── large messages and records ─────────────────────────────────────────────────────────────────────────────────────

#: A message's body in S3; the largest results and commands have a third of it.
WIRE_BODY_BYTES: Final = 4 * 1024 * 1024
#: A message that carries a key is shorter than this.
WIRE_POINTER_CHARS: Final = 500
#: A message whose body could not be fetched comes again after this.
WIRE_RETRY_SECONDS: Final = 5
#: Received messages whose objects are remembered until they are deleted.
WIRE_HELD: Final = 1000
#: A command's record at its acceptance; its result and its history come on top, and the end is at 400 KB.
COMMAND_BYTES: Final = 200 * 1024
#: Each text of a result in the record, and the names of all changed files.
RESULT_TEXT_BYTES: Final = 12 * 1024
RESULT_FILES_BYTES: Final = 24 * 1024
#: The words of one entry of a command's history.
HISTORY_CHARS: Final = 200

# ── replicas ───────────────────────────────────────────────────────────────────────────────────────────────────────

#: While a command is open or about to be, each replica says so often that it is alive: one write, which also tells who else is.
BEAT_SECONDS: Final = 2.0
#: A replica whose number stands still for this long is dead; with two beats of ours it is replaced within 10 s.
BEAT_STALE_SECONDS: Final = 6.0
#: And after this it is taken out of the row.
BEAT_FORGET_SECONDS: Final = 60.0
#: A poll in another replica's turn lasts no longer, so that the handover, which takes three beats, ends soon.
HANDOVER_SECONDS: Final = 6.0
#: Commands that a replica names in one beat to those whose turn it is; the row of all beats ends at 400 KB.
TOLD: Final = 100
#: A command of which nothing was heard for so long is looked up: its end may have been another replica's to write.
DOUBT_SECONDS: Final = 15.0
