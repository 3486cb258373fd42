"""What a back end does with sealed files, by Tink, docs/envelope.md and docs/examples/open.py.

    sealed.py seal FOLDER    seals files of all lengths around the ends of segments for the key pair that `keys` prints
    sealed.py open FOLDER    opens every `*.sealed` there, and says which of them are what lies beside it
    sealed.py keys           the private and the public half of the key, in hexadecimal digits
"""

import io
import os
import pathlib
import secrets
import sys

import envelopes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tink.proto import hpke_pb2

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent.parent / "docs/examples"))
opener = __import__("open")

SUITES = [1, 3]
PRIVATE = envelopes.PRIVATE[7]
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()


def keyset():
    params = hpke_pb2.HpkeParams(
        kem=hpke_pb2.DHKEM_X25519_HKDF_SHA256, kdf=hpke_pb2.HKDF_SHA256, aead=hpke_pb2.AES_256_GCM
    )
    public = hpke_pb2.HpkePublicKey(version=0, params=params, public_key=PUBLIC)
    proto = hpke_pb2.HpkePrivateKey(version=0, private_key=PRIVATE, public_key=public)
    return envelopes.keyset("HpkePrivateKey", proto, "TINK", "ASYMMETRIC_PRIVATE", 7)


def sizes(segment):
    first = segment - 56
    return [0, 1, first - 1, first, first + 1, first + segment - 16, first + segment - 15, 100 * 1048576]


def seal(folder, suite, size):
    name = f"{size}-{envelopes.SEGMENT[suite]}"
    secret, number, text = secrets.token_bytes(32), secrets.token_bytes(16), os.urandom(size)
    head = envelopes.Head(suite, False, number, size, secret)
    about = {"size": size, "name": f"{name}.ü", "type": "a/b", "modified": 5, "record": bytes(32).hex()}
    stanzas = [envelopes.pair(head, secret, envelopes.PAIRS[7][0])]
    sealed = envelopes.metadata(head, secret, secrets.token_bytes(12), about)
    front = envelopes.envelope(head, secret, 0, stanzas, sealed)
    (folder / f"{name}.open").write_bytes(text)
    (folder / f"{name}.sealed").write_bytes(front + envelopes.body(head, secret, text))


def opened(path):
    out = io.BytesIO()
    with path.open("rb") as file:
        about = opener.opened(file, keyset(), out.write)
    same = out.getvalue() == path.with_suffix(".open").read_bytes()
    print(path.name, about["name"], about["size"], str(same).lower())


def main(what, folder="."):
    folder = pathlib.Path(folder)
    if what == "keys":
        print(PRIVATE.hex(), PUBLIC.hex())
    elif what == "seal":
        for suite in SUITES:
            for size in sizes(envelopes.SEGMENT[suite]):
                seal(folder, suite, size)
    else:
        for path in sorted(folder.glob("*.sealed")):
            opened(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
