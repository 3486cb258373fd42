"""Makes and signs the keysets that a policy document names: see docs/keys.md.

    pip install tink cryptography
    python keyset.py pin PIN.pem
    python keyset.py rotate PRIVATE-KEYSET.json
    python keyset.py sign PIN.pem [NEXT-PIN.pem] PRIVATE-KEYSET.json --owner server --serial 1 --days 90

The private keyset is Tink's own, in JSON and in clear: keep yours in a key-management service. open.py opens files with it.
"""

import argparse
import base64
import json
import os
import time

import tink
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from tink import hybrid, secret_key_access

KIND = "application/vnd.mixus.keyset+json"
TEMPLATE = hybrid.hybrid_key_templates.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM


def signer(path):
    """The key that signs, and how it is named."""
    with open(path, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return key, base64.urlsafe_b64encode(raw).decode().rstrip("=")


def pin(asked):
    print(signer(asked.pin)[1])


def rotate(asked):
    """Adds a key, for what is sealed from now on; those that were there still open what was sealed for them."""
    fresh = json.loads(tink.json_proto_keyset_format.serialize(tink.new_keyset_handle(TEMPLATE), secret_key_access.TOKEN))
    if os.path.exists(asked.keyset):
        with open(asked.keyset, encoding="utf-8") as file:
            older = json.load(file)["key"]
        if any(key["keyId"] == fresh["primaryKeyId"] for key in older):
            return rotate(asked)
        fresh["key"] += older
    text = json.dumps(fresh, indent=2)
    aside = asked.keyset + ".new"
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, asked.keyset)


def sign(asked):
    with open(asked.keyset, encoding="utf-8") as file:
        private = tink.json_proto_keyset_format.parse(file.read(), secret_key_access.TOKEN)
    public = tink.json_proto_keyset_format.serialize_without_secret(private.public_keyset_handle())
    said = {
        "owner": asked.owner,
        "serial": asked.serial,
        "expires": int(time.time()) + asked.days * 86400,
        "keyset": json.loads(public),
    }
    payload = json.dumps(said).encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(KIND), KIND.encode(), len(payload), payload)
    signatures = [
        {"keyid": name, "sig": base64.b64encode(key.sign(signed)).decode()} for key, name in map(signer, asked.pins)
    ]
    print(json.dumps({"payloadType": KIND, "payload": base64.b64encode(payload).decode(), "signatures": signatures}, indent=2))


def main():
    hybrid.register()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("pin")
    one.add_argument("pin")
    one.set_defaults(do=pin)
    one = commands.add_parser("rotate")
    one.add_argument("keyset")
    one.set_defaults(do=rotate)
    one = commands.add_parser("sign")
    one.add_argument("pins", nargs="+", metavar="pin")
    one.add_argument("keyset")
    one.add_argument("--owner", choices=["server", "organisation", "recovery"], required=True)
    one.add_argument("--serial", type=int, required=True)
    one.add_argument("--days", type=int, default=90)
    one.set_defaults(do=sign)
    asked = parser.parse_args()
    asked.do(asked)


if __name__ == "__main__":
    main()
