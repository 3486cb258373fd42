//! The first layer: what stands in the banner and in the permanent control.
//!
//! Elements are described a line each, `depth|tag|class|text key|event`, and made by
//! `js/host.js`. Events: 1 opens the panel, 2 accepts, 3 refuses, 4 puts the question aside,
//! 5 withdraws.

use crate::consent::{Purposes, Session, State};
use crate::policy::{Sink, flags};

/// The banner for `asked` purposes or, when there are none, the control.
pub(super) fn write<S: Sink>(
    layout: &[u8],
    session: &Session<'_>,
    state: State<'_>,
    asked: Purposes,
    out: &mut S,
) {
    let regime = session.policy.regime;
    if asked == 0 {
        out.put(if regime.flags() & flags::CHOICES_LINK != 0 {
            b"0|div|control\n1|button|icon|choices|1"
        } else {
            b"0|div|control\n1|button||control|1"
        });
        if state.grants() {
            out.put(b"\n1|button||withdraw|5");
        }
        return;
    }
    out.put(b"0|");
    out.put(layout);
    let suffix: &[u8] = if state.decided() {
        b"New"
    } else if regime.asks_first() {
        b""
    } else {
        b"Notice"
    };
    out.put(b"\n1|h2||title");
    out.put(suffix);
    out.put(b"\n1|p||intro");
    out.put(suffix);
    out.put(b"\n1|dl");
    for item in session.policy.items() {
        if item.is_purpose() && asked >> item.at & 1 != 0 {
            out.put(b"\n2|div\n3|dt||purposes.");
            out.put(item.key);
            out.put(b".title\n3|dd||purposes.");
            out.put(item.key);
            out.put(b".short");
        }
    }
    out.put(b"\n1|p||refusing\n2|button|link|details|1");
    if session.signals.gpc && regime.flags() & flags::GPC != 0 {
        out.put(b"\n1|p|signal|signal");
    }
    out.put(b"\n1|div|actions\n2|button||reject|3\n2|button||accept|2\n2|button|quiet|choose|1");
}
