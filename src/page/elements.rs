//! The first layer: what stands in the banner and in the permanent control.
//!
//! Elements are described a line each, `depth|tag|class|text key|event`, and made by
//! `js/host.js`. Events: 1 opens the panel, 2 accepts, 3 refuses, 4 puts the question aside,
//! 5 withdraws.

use crate::consent::{Purposes, Session, State};
use crate::policy::{Regime, Sink, flags};

/// The banner for `asked` purposes, some of which may be `on` by default, or, when there are none, the control.
pub(super) fn write<S: Sink>(
    layout: &[u8],
    session: &Session<'_>,
    state: State<'_>,
    asked: Purposes,
    on: Purposes,
    out: &mut S,
) {
    let regime = session.policy.regime;
    if asked == 0 {
        out.put(b"0|div|control\n1|button|");
        out.put(opener(regime, b"|control|1"));
        if state.grants() {
            out.put(b"\n1|button||withdraw|5");
        }
        return;
    }
    out.put(b"0|");
    out.put(layout);
    // What is on unless it is refused, and what is off until it is allowed, are two lists.
    let on = asked & on;
    let (suffix, first): (&[u8], _) = if state.decided() {
        (b"New", asked)
    } else if on == 0 {
        (b"", asked)
    } else {
        (b"Notice", on)
    };
    out.put(b"\n1|h2||title");
    out.put(suffix);
    list(session, suffix, first, out);
    if asked != first {
        list(session, b"Also", asked & !first, out);
    }
    out.put(b"\n1|p||refusing\n2|button|link|details|1");
    if session.signals.gpc && regime.flags() & flags::GPC != 0 {
        out.put(b"\n1|p|signal|signal");
    }
    out.put(b"\n1|div|actions\n2|button||reject|3\n2|button||accept|2\n2|button|quiet");
    out.put(opener(regime, b"|choose|1"));
}

/// An introduction and the purposes that it speaks of.
#[inline(never)]
fn list<S: Sink>(session: &Session<'_>, intro: &[u8], purposes: Purposes, out: &mut S) {
    out.put(b"\n1|p||intro");
    out.put(intro);
    out.put(b"\n1|dl");
    for item in session.policy.items() {
        if item.is_purpose() && purposes >> item.at & 1 != 0 {
            out.put(b"\n2|div\n3|dt||purposes.");
            out.put(item.key);
            out.put(b".title\n3|dd||purposes.");
            out.put(item.key);
            out.put(b".short");
        }
    }
}

/// What opens the panel: where the law wants it, with its own words and icon (L46), which stand
/// in the banner as well as in the control.
fn opener(regime: Regime<'_>, usual: &'static [u8]) -> &'static [u8] {
    if regime.flags() & flags::CHOICES_LINK != 0 {
        b" icon|choices|1"
    } else {
        usual
    }
}
