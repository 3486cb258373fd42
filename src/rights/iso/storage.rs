//! Where data is kept, and for how long.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::super::notice::{Retention, Service};
use super::super::write::Missing;
use crate::policy::Object;

/// Of a service.
pub(super) fn of(service: &Service, missing: &mut Missing) -> Vec<String> {
    let place = ["services.", &service.key, ".provider.locations"];
    let mut out: Vec<String> = location(&service.locations, missing, &place).into_iter().collect();
    let durations = durations(&service.retention);
    if durations.is_empty() {
        missing.note(&["services.", &service.key, ".retention"]);
    }
    out.extend(durations);
    out
}

/// In these regions.
pub(super) fn location(locations: &[String], missing: &mut Missing, place: &[&str]) -> Option<String> {
    let names: Vec<String> = locations.iter().map(|it| ["loc:", it].concat()).collect();
    missing.need((!names.is_empty()).then_some(()), place)?;
    let mut out = Object::default();
    out.text("@type", "dpv:StorageLocation");
    out.list("dpv:hasLocation", names.iter().map(String::as_str));
    Some(out.end())
}

/// How long something is kept, and how long after that it is gone.
pub(super) fn durations(it: &Retention) -> Vec<String> {
    let condition = |kind: &str, duration: &str, value: &str| {
        let mut inner = Object::default();
        inner.text("@type", duration);
        inner.text("rdf:value", value);
        let mut out = Object::default();
        out.text("@type", kind);
        out.raw("dpv:hasDuration", &inner.end());
        out.end()
    };
    let days = |days: u64| ["P", &days.to_string(), "D"].concat();
    let fixed = it
        .days
        .map(|it| condition("dpv:StorageDuration", "dpv:TemporalDuration", &days(it)));
    let lasts = it.lasts.as_deref();
    let lasts = lasts.map(|it| condition("dpv:StorageDuration", "dpv:UntilEventDuration", it));
    let then = it
        .then
        .map(|it| condition("dpv:StorageDeletion", "dpv:TemporalDuration", &days(it)));
    [fixed, lasts, then].into_iter().flatten().collect()
}
