//! Exports in the browser.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Array;

use super::value::Js;
use crate::ledger::Subject;
use crate::rights::{As, Notice, Told, export};

/// Events in a form. Each stands on a line of its own behind its place in the log and the time at which it was taken in, or
/// `-` for either; `documents` are what they name. Nothing if there is no such form, or no such subject.
pub(crate) fn exported(
    form: &str,
    subject: &str,
    events: &str,
    documents: &Array,
    now: f64,
) -> Option<String> {
    let told: Vec<Told<'_>> = events
        .lines()
        .filter_map(|line| {
            let (index, rest) = line.split_once(' ')?;
            let (taken, event) = rest.split_once(' ')?;
            Some(Told {
                event,
                index: index.parse().ok(),
                taken: taken.parse().ok(),
            })
        })
        .collect();
    let notices: Vec<Notice> = documents.iter().filter_map(|it| Notice::read(&mut Js::new(&it))).collect();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times are positive and below 2^53"
    )]
    let now = now as u64;
    Some(export(As::parse(form)?, &Subject::parse(subject)?, &told, &notices, now))
}
