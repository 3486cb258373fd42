//! Receipts in the browser: all that is checked, but for the signatures, which the browser checks itself.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::ledger::{Claim, Proved, Receipt, Unproved, text};
use crate::policy::Object;

/// What a receipt claims about the log of a verifier key, as JSON: `proves`, and the `signatures` on which that depends;
/// or the `code` and `path` of what is wrong.
pub(crate) fn claimed(receipt: &str, key: &str) -> String {
    let receipt = Receipt::read(receipt);
    let claim = receipt.as_ref().map_err(|it| *it).and_then(|it| it.claim(key));
    let mut out = Object::default();
    match claim {
        Ok(claim) => {
            out.raw("proves", &proves(claim.unless_forged()));
            out.raw("signatures", &signatures(&claim));
        }
        Err(why) => {
            out.text("code", why.code());
            out.text("path", &why.member().to_string());
        }
    }
    out.end()
}

fn proves(it: &Proved<'_>) -> String {
    let mut checkpoint = Object::default();
    checkpoint.text("origin", &it.checkpoint.origin);
    checkpoint.text("root", &text(&it.checkpoint.root));
    checkpoint.number("size", it.checkpoint.size);
    let mut out = Object::default();
    out.raw("checkpoint", &checkpoint.end());
    out.raw("event", &it.event.canonical());
    out.text("id", &it.id.text());
    out.number("index", it.index);
    out.text("subject", &it.event.sub.text());
    out.number("taken", it.taken);
    out.end()
}

fn signatures(claim: &Claim<'_>) -> String {
    let each = claim.signatures.iter().map(|it| {
        let forged = Unproved::Signature(it.member);
        let mut out = Object::default();
        out.text("code", forged.code());
        out.text("path", &forged.member().to_string());
        out.text("key", &text(&it.key));
        out.text("signature", &text(&it.signature));
        out.text("text", &it.text);
        out.end()
    });
    ["[", &each.collect::<Vec<_>>().join(","), "]"].concat()
}
