"""Streams that Google's Tink sealed, and what it says of altered ones: src/vault/tests/tink.json.

    cargo xtask setup
    target/tools/tink/bin/python tests/interop/streams.py > src/vault/tests/tink.json

Tink picks salt and nonce prefix itself, so every run writes other vectors. A file is the bytes
(7 i + i >> 8) mod 256. What is long is there as its SHA-256; with the header, which is there, an
implementation that seals to the same hash is the same byte for byte.
"""

import base64
import hashlib
import io
import json
import sys

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2

streaming_aead.register()

KEY = bytes(range(32))
ASSOCIATED = b"what the file is bound to"
HEADER, TAG = 40, 16


def primitive(segment, key=KEY):
    proto = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=key,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=segment, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
        ),
    )
    data = {
        "typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        "keyMaterialType": "SYMMETRIC",
        "value": base64.b64encode(proto.SerializeToString()).decode(),
    }
    keyset = {
        "primaryKeyId": 1,
        "key": [{"keyData": data, "outputPrefixType": "RAW", "keyId": 1, "status": "ENABLED"}],
    }
    handle = tink.json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class Kept(io.BytesIO):
    """A sink that is still readable once it was closed."""

    def close(self):
        self.kept = self.getvalue()
        super().close()


def plain(length):
    return bytes((7 * i + (i >> 8)) % 256 for i in range(length))


def seal(tink_, text, associated=ASSOCIATED):
    sink = Kept()
    with tink_.new_encrypting_stream(sink, associated) as stream:
        stream.write(text)
    return sink.kept


def opens(tink_, sealed, text, associated=ASSOCIATED):
    try:
        with tink_.new_decrypting_stream(io.BytesIO(sealed), associated) as stream:
            return stream.read() == text
    except tink.TinkError:
        return False


def streams(segment):
    tink_ = primitive(segment)
    first, later = segment - HEADER - TAG, segment - TAG
    lengths = [0, 1, first - 1, first, first + 1, first + later - 1, first + later, first + later + 1]
    for length in lengths:
        text = plain(length)
        sealed = seal(tink_, text)
        assert opens(tink_, sealed, text)
        vector = {
            "segment": segment,
            "plain": length,
            "sealed": len(sealed),
            "header": sealed[:HEADER].hex(),
            "sha256": hashlib.sha256(sealed).hexdigest(),
        }
        if length in (0, 1):
            vector["bytes"] = sealed.hex()
        yield vector


def altered():
    """Three segments, changed: each as the pieces [from, to] of the stream that are left, in order, then bytes
    that are put behind and a bit that is turned."""
    segment = 4096
    tink_ = primitive(segment)
    text = plain(2 * segment)
    sealed = seal(tink_, text)
    end, two = len(sealed), 2 * segment
    whole = [[0, end]]
    cases = [
        ("nothing", whole, "", None),
        ("cut to nothing", [], "", None),
        ("cut within the header", [[0, 39]], "", None),
        ("cut behind the header", [[0, 40]], "", None),
        ("cut within the first tag", [[0, 55]], "", None),
        ("cut to one segment", [[0, segment]], "", None),
        ("cut within the second segment", [[0, segment + 1]], "", None),
        ("cut to two segments", [[0, two]], "", None),
        ("cut by one byte", [[0, end - 1]], "", None),
        ("one byte behind", whole, "00", None),
        ("a tag's worth behind", whole, "00" * 16, None),
        ("the last segment twice", [[0, end], [two, end]], "", None),
        ("the second segment twice", [[0, two], [segment, two], [two, end]], "", None),
        ("without the second segment", [[0, segment], [two, end]], "", None),
        ("without the last segment's end", [[0, two], [two + 16, end]], "", None),
        ("the second before the first", [[0, 40], [segment, two], [40, segment], [two, end]], "", None),
        ("another length of the header", whole, "", 0),
        ("another salt", whole, "", 8),
        ("another nonce", whole, "", 8 * 33),
        ("another first byte", whole, "", 8 * 40),
        ("another tag of the first", whole, "", 8 * (segment - 1)),
        ("another byte of the last", whole, "", 8 * two),
        ("another last bit", whole, "", 8 * end - 1),
    ]
    told = []
    for name, pieces, behind, bit in cases:
        changed = bytearray(b"".join(sealed[a:b] for a, b in pieces) + bytes.fromhex(behind))
        if bit is not None:
            changed[bit // 8] ^= 1 << (bit % 8)
        told.append(
            {
                "name": name,
                "pieces": pieces,
                "behind": behind,
                "bit": bit,
                "opens": opens(tink_, bytes(changed), text),
            }
        )
    assert [it["name"] for it in told if it["opens"]] == ["nothing"]
    assert not opens(tink_, sealed, text, b"something else")
    assert not opens(primitive(segment, bytes(32)), sealed, text)
    return {"segment": segment, "plain": len(text), "bytes": sealed.hex(), "cases": told}


def trailing():
    """A full segment that is not the last, and an empty one that is: Tink opens it, and never seals so."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    segment, salt, prefix = 4096, bytes(range(32, 64)), bytes(range(64, 71))
    key = AESGCM(HKDF(SHA256(), 32, salt, ASSOCIATED).derive(KEY))
    text = plain(segment - HEADER - TAG)
    sealed = bytes([HEADER]) + salt + prefix
    sealed += key.encrypt(prefix + bytes([0, 0, 0, 0, 0]), text, None)
    sealed += key.encrypt(prefix + bytes([0, 0, 0, 1, 1]), b"", None)
    return {"segment": segment, "tink": opens(primitive(segment), sealed, text), "header": sealed[:40].hex(), "end": sealed[-16:].hex()}


json.dump(
    {
        "made": "tests/interop/streams.py with tink " + "1.16.1",
        "key": KEY.hex(),
        "associated": ASSOCIATED.hex(),
        "streams": [*streams(4096), *streams(1 << 20), *streams(1 << 19)],
        "altered": altered(),
        "trailing": trailing(),
    },
    sys.stdout,
    indent=1,
)
print()
