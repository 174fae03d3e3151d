"""S3's half of the store: buckets, objects with their bodies, tags, and uploads in parts.

Bodies are in the journal and not in memory. MiniStack would write them to separate files, beside the journal and without a sync.
"""

from __future__ import annotations

import datetime
import json
import tempfile
import time
from typing import Any, Final

from ministack.core import persistence
from ministack.services import s3

from hermes import errors
from hermes.local.durable import rows
from hermes.local.durable.journal import StateJournal
from hermes.local.durable.part import Mark
from hermes.local.durable.rows import Document, StoreRow
from hermes.local.durable.watched import Watched

_OBJECT, _BODY, _PART, _BUCKETS = "object", "body", "part", StoreRow("buckets", "", "")
#: Stores of MiniStack that have one entry for an object or an upload, and are put whole.
_ENTRIES: Final = ("object_tags", "object_acl", "object_retention", "object_legal_hold", "completed_multipart_uploads")
_UPLOAD: Final = "multipart_uploads"
#: How long the answer to a completed upload is kept for a repeated request, and an upload that is never completed.
_COMPLETED_SECONDS: Final = 24 * 3600.0
_UPLOAD_SECONDS: Final = 7 * 24 * 3600.0

Scope = tuple[str, Any]
"""Account, and a key of the store."""


class _UploadPart(dict[str, Any]):
    """A part of an upload; its body is read when the upload is completed."""

    def __init__(self, part: dict[str, Any], row: StoreRow, journal: StateJournal) -> None:
        super().__init__(part)
        self._row = row
        self._journal = journal

    def __getitem__(self, name: str) -> Any:
        return _read(self._journal, self._row) if name == "body" else super().__getitem__(name)


class WatchedBuckets:
    """The buckets of MiniStack, watched."""

    kinds = frozenset({_OBJECT, _BODY, _PART, _BUCKETS.kind, _UPLOAD, *_ENTRIES})

    def __init__(self, mark: Mark, journal: StateJournal) -> None:
        """Take over what MiniStack holds now; from here on `mark` hears of each change."""
        self._mark = mark
        self._journal = journal
        self._quiet = False
        self._written = b""
        self._bodies: dict[StoreRow, bytes] = {}
        #: The numbers of the parts of each upload.
        self._numbers: dict[str, set[int]] = {}
        read = s3._read_body
        held = dict(s3._buckets._data)
        bodies = {
            (*scope, key): read(scope[1], key, found)
            for scope, b in held.items()
            for key, found in b["objects"].items()
        }
        self._buckets = s3._buckets._data = Watched(lambda _: None, adopt=self._adopt_bucket)
        self._buckets.update(held)
        for (account, bucket, key), body in bodies.items():
            self._take(account, bucket, key, body)
        self._entries = {name: self._watch(name) for name in (*_ENTRIES, _UPLOAD)}
        s3.S3_PERSIST = True
        s3._persist_object = self._persist
        s3._read_body = self._read
        s3._delete_persisted_object = s3._delete_persisted_bucket = lambda *_: None
        # It makes a folder for each bucket.
        s3.DATA_DIR = tempfile.gettempdir()
        s3._put_bucket_versioning = s3._put_object_lock_configuration = _unsupported

    def document(self, row: StoreRow) -> Document | None:
        """See `StorePart`."""
        if row == _BUCKETS:
            self._written = self._definitions()
            return Document(self._written)
        if row.kind in (_BODY, _PART):
            body = self._bodies.pop(row, None)
            return None if body is None else Document(body)
        if row.kind == _OBJECT:
            account, bucket = rows.parts(row.owner)
            held = self._objects(account, bucket).get(json.loads(row.key))
            if held is None:
                return None
            if held.get("body") is not None:
                self._take(account, bucket, json.loads(row.key), held["body"])
                held["body"] = None
            return Document(_plain(held), self._expires(account, bucket, json.loads(row.key), held))
        (account,), store = rows.parts(row.owner), self._entries[row.kind]
        entry = store.get((account, _tuple(json.loads(row.key))))
        if entry is None:
            return None
        if row.kind == _UPLOAD:
            parts = {number: dict(part) for number, part in entry["parts"].items()}
            return Document(_plain({**entry, "parts": parts}), _epoch(entry["created"]) + _UPLOAD_SECONDS)
        expires = entry["at"] + _COMPLETED_SECONDS if row.kind == "completed_multipart_uploads" else None
        return Document(_plain(entry), expires)

    def put(self, row: StoreRow, document: Document | None) -> None:
        """See `StorePart`."""
        self._quiet = True
        try:
            if row == _BUCKETS:
                self._restore(document)
            elif row.kind in (_BODY, _PART):
                self._bodies.pop(row, None)
            else:
                held = None if document is None else _unplain(document.data)
                self._put(row, json.loads(row.key), held)
        finally:
            self._quiet = False

    def _put(self, row: StoreRow, key: Any, held: Any) -> None:
        if row.kind == _OBJECT:
            account, bucket = rows.parts(row.owner)
            objects = self._objects(account, bucket)
            if held is None:
                objects.pop(key, None)
            elif (account, bucket) in self._buckets:
                objects[key] = held
            return
        (account,) = rows.parts(row.owner)
        if held is None:
            self._entries[row.kind].pop((account, _tuple(key)), None)
            return
        if row.kind == _UPLOAD:
            held["parts"] = {int(number): part for number, part in held["parts"].items()}
        if "response" in held:
            held["response"] = tuple(held["response"])
        self._entries[row.kind][account, _tuple(key)] = held

    def loaded(self) -> None:
        """See `StorePart`."""

    def expire(self, row: StoreRow) -> None:
        """See `StorePart`: the rules of the bucket, and uploads that are over."""
        if row.kind == _OBJECT:
            account, bucket = rows.parts(row.owner)
            self._objects(account, bucket).pop(json.loads(row.key), None)
            self._entries["object_tags"].pop((account, (bucket, json.loads(row.key), None)), None)
        else:
            (account,) = rows.parts(row.owner)
            self._entries[row.kind].pop((account, _tuple(json.loads(row.key))), None)

    def control(self, changed: bool) -> None:
        """See `StorePart`."""
        if changed and self._definitions() != self._written:
            self._mark(_BUCKETS)

    def _objects(self, account: str, bucket: str) -> Any:
        held = self._buckets.get((account, bucket))
        return {} if held is None else held["objects"]

    def _adopt_bucket(self, scope: Scope, bucket: dict[str, Any]) -> dict[str, Any]:
        owner = rows.name(*scope)

        def changed(key: str) -> None:
            if self._quiet:
                return
            self._mark(StoreRow(_OBJECT, owner, json.dumps(key)))
            if key not in objects:
                self._bodies.pop(StoreRow(_BODY, owner, json.dumps(key)), None)
                self._mark(StoreRow(_BODY, owner, json.dumps(key)))

        objects = Watched(changed)
        objects.update(bucket["objects"])
        return {**bucket, "objects": objects}

    def _watch(self, name: str) -> Watched:
        store = getattr(s3, f"_{name}")
        held = dict(store._data)

        def changed(scope: Scope) -> None:
            account, key = scope
            if not self._quiet:
                self._mark(StoreRow(name, rows.name(account), json.dumps(key)))
                if name == _UPLOAD and scope not in watched:
                    for number in self._numbers.pop(key, ()):
                        self._mark(_part(key, number))

        watched = Watched(changed, adopt=self._adopt_upload if name == _UPLOAD else _adopt_entry)
        store._data = watched
        watched.update(held)
        return watched

    def _adopt_upload(self, scope: Scope, upload: dict[str, Any]) -> dict[str, Any]:
        account, key = scope
        numbers = self._numbers.setdefault(key, set())

        def adopt(number: int, part: dict[str, Any]) -> _UploadPart:
            row = _part(key, number)
            numbers.add(number)
            if "body" in part:
                self._bodies[row] = part.pop("body")
            return _UploadPart(part, row, self._journal)

        def changed(number: int) -> None:
            if not self._quiet:
                self._mark(StoreRow(_UPLOAD, rows.name(account), json.dumps(key)))
                self._mark(_part(key, number))

        parts = Watched(changed, adopt=adopt)
        parts.update(upload["parts"])
        return {**upload, "parts": parts}

    def _persist(self, bucket: str, key: str, held: dict[str, Any]) -> None:
        """In the place of MiniStack's own, which writes a file and passes over a full disk."""
        self._take(s3.get_account_id(), bucket, key, held["body"])
        held["body"] = None

    def _take(self, account: str, bucket: str, key: str, body: bytes) -> None:
        row = StoreRow(_BODY, rows.name(account, bucket), json.dumps(key))
        self._bodies[row] = body
        self._mark(row)

    def _read(self, bucket: str, key: str, held: dict[str, Any]) -> bytes:
        """In the place of MiniStack's own, which reads the file."""
        if held.get("body") is not None:
            return bytes(held["body"])
        account = s3.get_account_id()
        row = StoreRow(_BODY, rows.name(account, bucket), json.dumps(key))
        if row in self._bodies:
            return self._bodies[row]
        try:
            return _read(self._journal, row)
        except errors.DamagedRecord:
            # The next request is told that there is no such object, which ends the matter.
            self._objects(account, bucket).pop(key, None)
            raise

    def _definitions(self) -> bytes:
        return json.dumps(s3.get_state(), default=persistence._json_default).encode("ascii")

    def _restore(self, document: Document | None) -> None:
        state = json.loads(document.data, object_hook=persistence._json_object_hook) if document else {}
        found = state["buckets_meta"]._data if document else {}
        for scope in [scope for scope in self._buckets if scope not in found]:
            del self._buckets[scope]
        for scope, bucket in found.items():
            if scope in self._buckets:
                self._buckets[scope].update(bucket)
            else:
                self._buckets[scope] = {**bucket, "objects": {}}
        for name, store in s3._PERSISTED_BUCKET_DICTS.items():
            store._data.clear()
            if document:
                store._data.update(state[name]._data)
        self._written = document.data if document else b""

    def _expires(self, account: str, bucket: str, key: str, held: dict[str, Any]) -> float | None:
        """When the rules of the bucket end it: the first whose prefix it has."""
        for prefix, days in _rules(s3._bucket_lifecycle._data.get((account, bucket))):
            if key.startswith(prefix):
                return _epoch(held["last_modified"]) + days * 24 * 3600.0
        return None


def _read(journal: StateJournal, row: StoreRow) -> bytes:
    found = journal.read(row)
    if found is None:
        raise errors.DamagedRecord(f"the body {row.key} of {row.owner} is not in the journal")
    return found.data


def _adopt_entry(_: Scope, entry: Any) -> Any:
    """An entry as it is kept; the answer to a completed upload gets its time."""
    return {"at": time.time(), **entry} if isinstance(entry, dict) and "response" in entry else entry


def _part(upload: str, number: int) -> StoreRow:
    return StoreRow(_PART, rows.name(upload), json.dumps(number))


def _tuple(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _plain(value: Any) -> bytes:
    return json.dumps(value, default=persistence._json_default).encode("ascii")


def _unplain(data: bytes) -> Any:
    return json.loads(data, object_hook=persistence._json_object_hook)


def _epoch(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _rules(configured: Any) -> list[tuple[str, int]]:
    """Prefix and days of each rule that is in force. What could not be parsed is kept by MiniStack as text, and rules nothing."""
    if not isinstance(configured, list):
        return []
    return [
        (rule.get("Filter", {}).get("Prefix", rule.get("Prefix", "")), int(rule["Expiration"]["Days"]))
        for rule in configured
        if rule.get("Status") == "Enabled" and "Days" in rule.get("Expiration", {})
    ]


def _unsupported(*_: Any) -> Any:
    return s3._error("NotImplemented", "The embedded default keeps one version of an object.", 501)
