"""Envelopes, out of docs/envelope.md alone, with other people's ciphers: src/vault/tests/envelopes.json.

    cargo xtask setup
    target/tools/tink/bin/python tests/interop/envelopes.py > src/vault/tests/envelopes.json

Tink wraps for key pairs and seals the bodies, so every run writes other vectors.
"""

import base64
import hashlib
import hmac
import io
import json
import sys

import argon2.low_level
import tink
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import hybrid, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, hpke_pb2

hybrid.register()
streaming_aead.register()

CONTEXT = b"mixus vault 1 "
SEGMENT = {1: 1 << 20, 2: 4096, 3: 1 << 19}


def hkdf(secret, salt, info, length=32):
    return HKDF(SHA256(), length, salt, info).derive(secret)


def u(number, length):
    return number.to_bytes(length, "big")


def keyset(kind, proto, prefix, material, number):
    data = {
        "typeUrl": "type.googleapis.com/google.crypto.tink." + kind,
        "keyMaterialType": material,
        "value": base64.b64encode(proto.SerializeToString()).decode(),
    }
    key = {"keyData": data, "outputPrefixType": prefix, "keyId": number, "status": "ENABLED"}
    text = json.dumps({"primaryKeyId": number, "key": [key]})
    return tink.json_proto_keyset_format.parse(text, secret_key_access.TOKEN)


def hpke(number, private):
    """Tink's hybrid encryption to and with a key pair."""
    params = hpke_pb2.HpkeParams(
        kem=hpke_pb2.DHKEM_X25519_HKDF_SHA256, kdf=hpke_pb2.HKDF_SHA256, aead=hpke_pb2.AES_256_GCM
    )
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    proto = hpke_pb2.HpkePrivateKey(
        version=0, private_key=private, public_key=hpke_pb2.HpkePublicKey(version=0, params=params, public_key=public)
    )
    handle = keyset("HpkePrivateKey", proto, "TINK", "ASYMMETRIC_PRIVATE", number)
    encrypt = handle.public_keyset_handle().primitive(hybrid.HybridEncrypt)
    return encrypt, handle.primitive(hybrid.HybridDecrypt)


def streaming(suite, key):
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT[suite], derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    proto = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=key, params=params)
    handle = keyset("AesGcmHkdfStreamingKey", proto, "RAW", "SYMMETRIC", 1)
    return handle.primitive(streaming_aead.StreamingAead)


class Head:
    def __init__(self, suite, padded, number, plain, secret):
        self.suite, self.number, self.plain = suite, number, plain
        self.front = b"\x89MXV\r\n\x1a\n" + bytes([1, suite, padded, 0, 0, 0, 0, 0]) + number + u(plain, 8)
        self.bytes = self.front + self.derive(secret, b"commitment")
        self.digest = hashlib.sha256(self.bytes).digest()

    def derive(self, secret, label):
        return hkdf(secret, self.number, CONTEXT + label + self.front)

    def wrap(self, kind):
        return CONTEXT + b"wrap " + kind + self.digest


def stanza(kind, body):
    return bytes([kind, 0]) + u(len(body), 2) + body


def pair(head, secret, encrypt):
    return stanza(1, encrypt.encrypt(secret, head.wrap(b"pair")))


def locked(head, secret, key, kind, salt, before):
    both = hkdf(key, salt, head.wrap(kind) + before, 64)
    return before + both[32:] + AESGCM(both[:32]).encrypt(bytes(12), secret, before)


def passphrase(head, secret, text, salt, memory, passes, lanes):
    key = argon2.low_level.hash_secret_raw(text, salt, passes, memory, lanes, 32, argon2.low_level.Type.ID)
    before = salt + u(memory, 4) + bytes([passes, lanes])
    return stanza(2, locked(head, secret, key, b"passphrase", salt, before))


def wrapper(head, secret, key, number, salt):
    return stanza(3, locked(head, secret, key, b"wrapper", salt, number + salt))


def metadata(head, secret, nonce, about):
    text = u(about["size"], 8) + u(about["modified"], 8) + bytes.fromhex(about["record"])
    for part in (about["type"], about["name"]):
        text += u(len(part.encode()), 2) + part.encode()
    text += bytes(-len(text) % 256)
    return nonce + AESGCM(head.derive(secret, b"metadata")).encrypt(nonce, text, head.digest)


def envelope(head, secret, generation, stanzas, sealed):
    rest = u(generation, 4) + u(len(stanzas), 2) + b"".join(stanzas) + u(len(sealed), 2) + sealed
    length = -(-(72 + 4 + len(rest) + 32) // 4096) * 4096
    covered = head.bytes + u(length, 4) + rest
    covered += bytes(length - 32 - len(covered))
    return covered + hmac.digest(head.derive(secret, b"mac"), covered, "sha256")


def brief(sealed):
    """An envelope without the zeros before its MAC."""
    return {"front": sealed[:-32].rstrip(b"\0").hex(), "length": len(sealed), "mac": sealed[-32:].hex()}


class Kept(io.BytesIO):
    def close(self):
        self.kept = self.getvalue()
        super().close()


def body(head, secret, text):
    sink = Kept()
    key = streaming(head.suite, head.derive(secret, b"stream"))
    with key.new_encrypting_stream(sink, head.digest) as stream:
        stream.write(text)
    return sink.kept


def plain(length):
    return bytes((7 * i + (i >> 8)) % 256 for i in range(length))


PRIVATE = {7: bytes(range(1, 33)), 0xFEEDF00D: bytes(range(101, 133))}
PAIRS = {number: hpke(number, key) for number, key in PRIVATE.items()}
WRAPPER = {"id": bytes(range(16)), "key": bytes(range(200, 232))}
PASSPHRASE = "correct horse – 1 été".encode()
COST = (19 * 1024, 2, 1)


def file(name, suite, length, about, padded=None, generation=0, only=None):
    secret, number = hashlib.sha256(name.encode()).digest(), hashlib.sha256(b"id " + name.encode()).digest()[:16]
    salt, nonce = bytes(range(50, 66)), bytes(range(70, 82))
    head = Head(suite, padded is not None, number, length if padded is None else padded, secret)
    stanzas = {
        "new": lambda: pair(head, secret, PAIRS[7][0]),
        "old": lambda: pair(head, secret, PAIRS[0xFEEDF00D][0]),
        "wrapper": lambda: wrapper(head, secret, WRAPPER["key"], WRAPPER["id"], salt),
        "passphrase": lambda: passphrase(head, secret, PASSPHRASE, salt, *COST),
        "unknown": lambda: stanza(200, b"from a later version"),
    }
    chosen = [stanzas[it]() for it in only if it in stanzas]
    about = {"size": length, **about}
    text = plain(length) + bytes(head.plain - length)
    return {
        "name": name,
        "secret": secret.hex(),
        "id": number.hex(),
        "suite": suite,
        "padded": padded is not None,
        "plain": head.plain,
        "generation": generation,
        "metadata": about,
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "recipients": only,
        "stanzas": [it.hex() for it in chosen],
        "envelope": brief(envelope(head, secret, generation, chosen, metadata(head, secret, nonce, about))),
        "body": body(head, secret, text).hex(),
    }


def good():
    nothing = {"name": "", "type": "", "modified": 0, "record": bytes(32).hex()}
    photo = {"name": "été – 夏.jpg", "type": "image/jpeg", "modified": 1764000000123, "record": "ab" * 32}
    everyone = ["unknown", "new", "old", "wrapper", "passphrase"]
    yield file("empty", 2, 0, nothing, only=["wrapper"])
    yield file("for everyone", 2, 5000, photo, only=everyone, generation=3)
    yield file("padded", 1, 1000, photo, padded=1024, only=["new"])
    yield file("long name", 2, 1, {**photo, "name": "n" * 1024, "type": "t" * 255}, only=["old", "passphrase"])
    yield file("of the third suite", 3, 1000, photo, only=["new", "wrapper"])
    yield file("for many", 2, 1, photo, only=["new"] * 40 + ["old"])


def times(x, y):
    """GCM's product of two blocks."""
    x, y, z = int.from_bytes(x, "big"), int.from_bytes(y, "big"), 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return u(z, 16)


def plus(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def power(x, n):
    return x if n == 1 else times(x, power(x, n - 1))


def encrypt(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def collide(keys, nonce, blocks):
    """Of the blocks that GCM hashes, with the length block behind them, one is missing: the block with which
    the tags under two keys are the same, and that tag."""
    hashes = [encrypt(key, bytes(16)) for key in keys]
    masks = [encrypt(key, nonce + u(1, 4)) for key in keys]
    numbered = [(it, len(blocks) - at) for at, it in enumerate(blocks)]
    wanted, free = plus(*masks), None
    for it, n in numbered:
        both = plus(power(hashes[0], n), power(hashes[1], n))
        if it is None:
            free = both
        else:
            wanted = plus(wanted, times(it, both))
    found = times(wanted, inverse(free))
    tag = masks[0]
    for it, n in numbered:
        tag = plus(tag, times(it or found, power(hashes[0], n)))
    return found, tag


def inverse(x):
    out, power = u(1 << 127, 16), x
    for _ in range(127):
        power = times(power, power)
        out = times(out, power)
    return out


def two_texts():
    """One body that opens under two secrets to two texts, and an envelope for each, both with a MAC that holds. The
    head can commit to one secret alone."""
    secrets = [hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest()]
    head = Head(2, False, bytes(16), 48, secrets[0])
    salt, prefix = bytes(range(32)), bytes(range(7))
    nonce = prefix + bytes([0, 0, 0, 0, 1])
    keys = [hkdf(head.derive(it, b"stream"), salt, head.digest) for it in secrets]
    first = plus(encrypt(keys[0], nonce + u(2, 4)), b"harmless, really")
    second = plus(encrypt(keys[1], nonce + u(3, 4)), b"something worse!")
    third, tag = collide(keys, nonce, [first, second, None, u(0, 8) + u(48 * 8, 8)])
    stream = bytes([40]) + salt + prefix + first + second + third + tag
    about = {"name": "a", "type": "b", "modified": 0, "record": bytes(32).hex(), "size": 48}
    envelopes, texts = [], []
    for secret in secrets:
        wrapped = wrapper(head, secret, WRAPPER["key"], WRAPPER["id"], bytes(16))
        sealed = metadata(head, secret, bytes(12), about)
        envelopes.append(brief(envelope(head, secret, 0, [wrapped], sealed)))
        key = streaming(2, head.derive(secret, b"stream"))
        with key.new_decrypting_stream(io.BytesIO(stream), head.digest) as opened:
            texts.append(opened.read().hex())
    assert texts[0] != texts[1]
    return {"secrets": [it.hex() for it in secrets], "body": stream.hex(), "texts": texts, "envelopes": envelopes}


def two_passphrases():
    """A wrapped secret that opens, as AES-GCM, with the keys of two passphrases, as one could be made for many, to try
    all of them at once. Its commitment is to the first."""
    secret = hashlib.sha256(b"passphrases").digest()
    head = Head(2, False, bytes(16), 0, secret)
    salt = bytes(range(16))
    before = salt + u(COST[0], 4) + bytes(COST[1:])
    keys, commitments = [], []
    for text in (b"one", b"two"):
        key = argon2.low_level.hash_secret_raw(text, salt, COST[1], COST[0], COST[2], 32, argon2.low_level.Type.ID)
        both = hkdf(key, salt, head.wrap(b"passphrase") + before, 64)
        keys.append(both[:32])
        commitments.append(both[32:])
    aad, first = before + bytes(-len(before) % 16), b"any sixteen byte"
    lengths = u(len(before) * 8, 8) + u(256, 8)
    second, tag = collide(keys, bytes(12), [aad[:16], aad[16:], first, None, lengths])
    sealed = first + second + tag
    opened = [AESGCM(key).decrypt(bytes(12), sealed, before).hex() for key in keys]
    return {
        "head": head.bytes.hex(),
        "stanza": stanza(2, before + commitments[0] + sealed).hex(),
        "passphrases": [b"one".hex(), b"two".hex()],
        "secrets": opened,
    }


def main():
    json.dump(
        {
            "made": "tests/interop/envelopes.py with tink 1.16.1, cryptography 50.0.2, argon2-cffi 25.1.0",
            "pairs": [{"id": number, "private": key.hex()} for number, key in PRIVATE.items()],
            "wrapper": {it: key.hex() for it, key in WRAPPER.items()},
            "passphrase": PASSPHRASE.decode(),
            "cost": COST,
            "files": list(good()),
            "two_texts": two_texts(),
            "two_passphrases": two_passphrases(),
        },
        sys.stdout,
        indent=1,
        ensure_ascii=False,
    )
    print()


if __name__ == "__main__":
    main()
