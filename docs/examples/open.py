"""Opens a sealed file at a back end, with Google's Tink: see docs/envelope.md.

    pip install tink cryptography
    python open.py PRIVATE-KEYSET.json SEALED OPENED

The keyset is Tink's own, in JSON and in clear, of the template DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM: keep yours in a
key-management service (tink.json_proto_keyset_format.parse_encrypted), and give pages its public half. Prints what is proved of
the file. Nothing is left under its name unless all of it was opened.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import unicodedata

import tink
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import hybrid, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2

CONTEXT = b"mixus vault 1 "
HEAD, FIRST, MAC = 72, 76, 32
SEGMENT = {1: 1 << 20, 2: 1 << 12, 3: 1 << 19}


class Closed(Exception):
    """Whatever the reason: which of many checks failed would help whoever tries keys."""


class Head:
    """What never changes in front of a file, and commits to its secret."""

    def __init__(self, bytes_):
        if bytes_[:9] != b"\x89MXV\r\n\x1a\n\x01" or bytes_[9] not in SEGMENT or bytes_[10] > 1 or any(bytes_[11:16]):
            raise Closed
        self.suite, self.padded, self.id = bytes_[9], bytes_[10], bytes_[16:32]
        self.plain, self.commitment, self.front = int.from_bytes(bytes_[32:40], "big"), bytes_[40:], bytes_[:40]
        self.digest = hashlib.sha256(bytes_).digest()

    def key(self, secret, purpose):
        return HKDF(SHA256(), 32, self.id, CONTEXT + purpose + self.front).derive(secret)


class Reader:
    """Bytes from the front of others; beyond their end there is nothing to open."""

    def __init__(self, bytes_):
        self.rest = bytes_

    def take(self, count):
        if len(self.rest) < count:
            raise Closed
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), "big")


def envelope(file):
    """Reads an envelope: its head, its recipients, its sealed metadata, and all that its MAC is over."""
    first = file.read(FIRST)
    head = Head(Reader(first).take(HEAD))
    length = int.from_bytes(first[HEAD:], "big")
    if len(first) < FIRST or not 4096 <= length <= 65536 or length % 4096:
        raise Closed
    covered = first + file.read(length - FIRST)
    if len(covered) != length:
        raise Closed
    covered, mac = covered[:-MAC], covered[-MAC:]
    reader = Reader(covered[FIRST:])
    generation, stanzas = reader.number(4), []
    for _ in range(reader.number(2)):
        kind, zero = reader.take(2)
        stanzas.append((kind, reader.take(reader.number(2))))
        if not kind or zero:
            raise Closed
    metadata = reader.take(reader.number(2))
    if len(stanzas) > 64 or any(reader.rest):
        raise Closed
    return head, generation, stanzas, metadata, covered, mac


def secrets(head, stanzas, decrypt):
    """What a private keyset finds in the parts for key pairs."""
    for kind, body in stanzas:
        if kind == 1:
            try:
                yield decrypt.decrypt(body, CONTEXT + b"wrap pair" + head.digest)
            except tink.TinkError:
                pass


def told(head, secret, sealed):
    """What the file is."""
    text = Reader(AESGCM(head.key(secret, b"metadata")).decrypt(sealed[:12], sealed[12:], head.digest))
    about = {"size": text.number(8), "modified": text.number(8), "record": text.take(32).hex()}
    about["type"] = text.take(text.number(2)).decode()
    about["name"] = text.take(text.number(2)).decode()
    if about["size"] > head.plain or (about["size"] != head.plain and not head.padded):
        raise Closed
    return about


def streaming(head, secret):
    """Tink's own reader of the body."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT[head.suite], derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=head.key(secret, b"stream"), params=params)
    data = {
        "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        "keyMaterialType": "SYMMETRIC",
        "value": base64.b64encode(key.SerializeToString()).decode(),
    }
    one = {"keyData": data, "outputPrefixType": "RAW", "keyId": 1, "status": "ENABLED"}
    keyset = tink.json_proto_keyset_format.parse(json.dumps({"primaryKeyId": 1, "key": [one]}), secret_key_access.TOKEN)
    return keyset.primitive(streaming_aead.StreamingAead)


def opened(file, keyset, write):
    """Opens a file with a private keyset, and has `write` take what it holds. Answers what is proved of it."""
    head, generation, stanzas, metadata, covered, mac = envelope(file)
    for secret in secrets(head, stanzas, keyset.primitive(hybrid.HybridDecrypt)):
        fits = len(secret) == 32 and hmac.compare_digest(head.key(secret, b"commitment"), head.commitment)
        if fits and hmac.compare_digest(hmac.digest(head.key(secret, b"mac"), covered, "sha256"), mac):
            break
    else:
        raise Closed
    about = {"generation": generation, **told(head, secret, metadata)}
    left, read = about["size"], 0
    with streaming(head, secret).new_decrypting_stream(file, head.digest) as stream:
        while part := stream.read(1 << 20):
            # What is behind the file's own size is padding.
            write(part[:left])
            left, read = left - min(left, len(part)), read + len(part)
    if read != head.plain:
        raise Closed
    return about


def main(keyset, sealed, target):
    hybrid.register()
    streaming_aead.register()
    with open(keyset, encoding="utf-8") as text:
        handle = tink.json_proto_keyset_format.parse(text.read(), secret_key_access.TOKEN)
    aside = target + ".part"
    try:
        with open(sealed, "rb") as file, open(aside, "wb") as out:
            about = opened(file, handle, out.write)
        os.replace(aside, target)
    except (Closed, InvalidTag, tink.TinkError, UnicodeDecodeError):
        sys.exit("the file cannot be opened")
    finally:
        if os.path.exists(aside):
            os.remove(aside)
    # A name is somebody else's text: it is no path, and may hold what a terminal obeys.
    name = "".join(it for it in about["name"] if unicodedata.category(it)[0] != "C")
    print(json.dumps({**about, "name": name}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
