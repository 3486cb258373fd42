//! The fold of the records on this device.

use super::decision::Decision;
use super::event::Event;
use super::mirror::Mirror;
use crate::policy::Node;

/// Folds records, oldest first, into the decision they add up to.
///
/// `lines` are the records as they were stored, `parse` turns one into a value. A line can
/// also be a [`Mirror`] that was taken over from another subdomain.
///
/// A record that cannot be read may have been a withdrawal, so every grant before it is
/// forgotten and every refusal kept; so too when a number is missing in the row.
pub fn fold<'a, N: Node>(
    lines: impl Iterator<Item = &'a str>,
    parse: impl Fn(&str) -> Option<N>,
) -> Decision {
    let mut decision = Decision::default();
    for line in lines {
        if let Some(mirror) = Mirror::read(line) {
            mirror.reflect(&mut decision);
        } else if let Some(event) = parse(line).and_then(|node| Event::read(&node)) {
            if event.seq > decision.seq + 1 || event.seq < decision.seq {
                decision.doubt();
            }
            decision.take(&event);
        } else {
            decision.doubt();
        }
    }
    decision
}
