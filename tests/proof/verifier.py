"""A second verifier of exports and receipts, written from docs/formats alone: entry.md, export.md,
checkpoint.md, proof.md, receipt.md. Standard library only.

    python3 verifier.py KEY FILE [CHECKPOINT ...]

Exit code 0: the file holds. 1: it does not, and the first thing that is wrong is printed.
"""

import base64
import hashlib
import json
import re
import sys

# Ed25519 (RFC 8032, section 5.1): verification only.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recovered_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise ValueError("no point")
    x = recovered_x(y, sign)
    return x, y, 1, x * y % P


def add(one, two):
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, base):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, base)
        base, scalar = add(base, base), scalar >> 1
    return result


def is_signed(key, message, signature):
    y = 4 * pow(5, P - 2, P) % P
    base_x = recovered_x(y, 0)
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    left = times(s, (base_x, y, 1, base_x * y % P))
    right = add(point(signature[:32]), times(int.from_bytes(digest, "little") % L, point(key)))
    same = lambda i: (left[i] * right[2] - right[i] * left[2]) % P == 0
    return same(0) and same(1)


class Fraud(Exception):
    """What is wrong."""


def require(holds, what):
    if not holds:
        raise Fraud(what)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha(b"\x01", left, right)


def checkpoint(text, key):
    """Size and root of a signed checkpoint of the book of `key` (checkpoint.md)."""
    name, key_id, blob = key.split("+", 2)
    blob = base64.b64decode(blob)
    require(blob[0] == 1 and sha(name.encode(), b"\n", blob)[:4].hex() == key_id, "key")
    body, signatures = text.split("\n\n", 1)
    origin, size, root = body.split("\n")
    require(origin == name, "checkpoint of another book")
    for line in signatures.rstrip("\n").split("\n"):
        _, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if signer == name and signature[:4].hex() == key_id:
            require(is_signed(blob[1:], (body + "\n").encode(), signature[4:]), "signature")
            return int(size), base64.b64decode(root)
    raise Fraud("not signed by the key")


def leaf_of(book, event):
    """Commitments and leaf of an event (entry.md)."""
    opened = event["content"].get("open")
    if opened is None:
        require((event["content"]["erased"]["erased_by"] or 0) > event["position"], "erased")
    else:
        seed = bytes.fromhex(opened["seed"])
        for label in ("payload", "metadata"):
            mark = label.encode()
            salt = sha(b"energokabinet/salt/v1\0", mark, b"\0", seed)[:16]
            body = opened[label].encode()
            told = sha(b"energokabinet/commit/v1\0", mark, b"\0", salt, body).hex()
            require(told == event[label + "_commitment"], label)
    for field in ("recorded_at", "effective_at"):
        require(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event[field]), field)
    fields = (
        "position recorded_at effective_at aggregate_type aggregate_id sequence event_type "
        "event_version payload_commitment metadata_commitment"
    ).split()
    lines = ["energokabinet/entry/v1", book] + [str(event[field]) for field in fields]
    leaf = sha(b"\0", ("\n".join(lines) + "\n").encode())
    require(leaf.hex() == event["leaf"], "leaf")
    return leaf


class Tree:
    """A growing RFC 6962 tree by the roots of its perfect subtrees."""

    def __init__(self, size, peaks):
        require(len(peaks) == bin(size).count("1"), "peaks")
        self.size, self.peaks = size, peaks

    def push(self, leaf):
        rest = self.size
        while rest & 1:
            leaf, rest = node(self.peaks.pop(), leaf), rest >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def is_continued(m, old, n, new, path):
    """proof.md: a book continues an earlier checkpoint."""
    if m == n:
        return not path and old == new
    path = [old] + path if m & (m - 1) == 0 else path
    if not path:
        return False
    f, s = m - 1, n - 1
    while f & 1:
        f, s = f >> 1, s >> 1
    a = b = path[0]
    for p in path[1:]:
        if s == 0:
            return False
        if f & 1 or f == s:
            a, b = node(p, a), node(p, b)
            while f and not f & 1:
                f, s = f >> 1, s >> 1
        else:
            b = node(b, p)
        f, s = f >> 1, s >> 1
    return s == 0 and a == old and b == new


def is_included(index, size, leaf, path):
    """proof.md: an event is in the book; the root that its path leads to."""
    n = size - 1
    for p in path:
        require(n != 0, "path too long")
        if index & 1 or index == n:
            leaf = node(p, leaf)
            while index and not index & 1:
                index, n = index >> 1, n >> 1
        else:
            leaf = node(leaf, p)
        index, n = index >> 1, n >> 1
    require(n == 0, "path too short")
    return leaf


def check_receipt(receipt, key):
    leaf = leaf_of(receipt["book"], receipt["event"])
    head, note = receipt["proof"].split("\n\n", 1)
    lines = head.split("\n")
    require(lines[0] == "c2sp.org/tlog-proof@v1", "proof")
    index = int(lines[1].removeprefix("index "))
    require(index + 1 == receipt["event"]["position"], "index")
    require(key.startswith("energokabinet/book/" + receipt["book"] + "+"), "another book")
    size, root = checkpoint(note, key)
    require(index < size, "index")
    path = [base64.b64decode(line) for line in lines[2:]]
    require(is_included(index, size, leaf, path) == root, "path")


def check_export(lines, key, kept):
    header, trailer = json.loads(lines[0]), json.loads(lines[-1])
    require(header["format"] == "energokabinet/export/v1", "format")
    require(key.startswith("energokabinet/book/" + header["book"] + "+"), "another book")
    require("checkpoint" in trailer, "cut off")
    kept = [checkpoint(text, key) for text in kept]
    tree = Tree(header["from"] - 1, [bytes.fromhex(peak) for peak in header["peaks"]])
    streams, last, erased = {}, "", 0
    for line in lines[1:-1]:
        event = json.loads(line)
        require(event["position"] == tree.size + 1, "position")
        require(event["recorded_at"] >= last, "time")
        last = event["recorded_at"]
        stream = (event["aggregate_type"], event["aggregate_id"])
        first = 0 if header["from"] == 1 else event["sequence"] - 1
        require(event["sequence"] == streams.get(stream, first) + 1, "sequence")
        streams[stream] = event["sequence"]
        erased += "erased" in event["content"]
        tree.push(leaf_of(header["book"], event))
        for size, root in kept:
            require(size != tree.size or root == tree.root(), "rewritten")
    require(tree.size == header["to"], "events are missing")
    require(trailer["events"] == len(lines) - 2 and trailer["erased"] == erased, "count")
    size, root = checkpoint(trailer["checkpoint"], key)
    path = [base64.b64decode(hash) for hash in trailer["consistency"]]
    require(is_continued(tree.size, tree.root(), size, root, path), "root")
    require(all(known <= size for known, _ in kept), "shortened")


def main(key, file, *kept):
    text = open(file, encoding="utf-8").read()
    require(text.endswith("\n") or text.startswith("{\n"), "cut off")
    kept = [open(path, encoding="utf-8").read() for path in kept]
    if '"energokabinet/receipt/v1"' in text[:200]:
        check_receipt(json.loads(text), key)
    else:
        check_export(text.rstrip("\n").split("\n"), key, kept)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Fraud, ValueError, KeyError, IndexError, TypeError) as error:
        print(f"does not hold: {error}")
        sys.exit(1)
    print("holds")
