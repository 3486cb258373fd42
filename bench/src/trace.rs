//! What the page's main thread was at, from the browser's own trace. To trace costs time, most of
//! all where much script is run: visits that are counted go without.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::cdp::Cdp;

/// One thing the main thread was at, in milliseconds since the navigation began.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// When it began.
    pub(crate) start: f64,
    /// How long it took.
    pub(crate) length: f64,
    /// What it was.
    pub(crate) what: String,
}

/// Begins to trace.
pub(crate) fn start(cdp: &mut Cdp) -> Result<()> {
    let categories = [
        "blink.user_timing",
        "devtools.timeline",
        "disabled-by-default-devtools.timeline",
        "disabled-by-default-v8.compile",
        "v8.execute",
    ];
    cdp.call(
        "",
        "Tracing.start",
        json!({
            "transferMode": "ReportEvents",
            "traceConfig": {"recordMode": "recordUntilFull", "includedCategories": categories},
        }),
    )?;
    Ok(())
}

/// Ends the trace and answers its longest steps, in the order of time.
pub(crate) fn end(cdp: &mut Cdp) -> Result<Vec<Step>> {
    cdp.call("", "Tracing.end", json!({}))?;
    let mut events = Vec::new();
    for mut event in cdp.until("Tracing.tracingComplete")? {
        if event.method == "Tracing.dataCollected"
            && let Some(more) = event.params["value"].as_array_mut()
        {
            events.append(more);
        }
    }
    read(&events)
}

/// How many steps are told, and what a step is too short for, in milliseconds.
const STEPS: usize = 24;
const SHORT: f64 = 1.0;

fn read(events: &[Value]) -> Result<Vec<Step>> {
    let painted = events
        .iter()
        .find(|it| it["name"] == "banner-painted")
        .context("no mark in the trace")?;
    let end = painted["ts"].as_f64().context("a time")?;
    let here = |event: &&Value| event["pid"] == painted["pid"] && event["tid"] == painted["tid"];
    let begun = events
        .iter()
        .filter(here)
        .filter(|it| it["name"] == "navigationStart")
        .filter_map(|it| it["ts"].as_f64())
        .filter(|at| *at <= end)
        .fold(f64::NAN, f64::max);
    let mut steps: Vec<Step> = events
        .iter()
        .filter(here)
        // Tasks say nothing of what they do.
        .filter(|it| it["name"] != "RunTask")
        .filter_map(|it| {
            let start = it["ts"].as_f64()?;
            let length = it["dur"].as_f64()? / 1e3;
            let data = &it["args"]["data"];
            let about = [&data["url"], &data["fileName"], &data["functionName"], &data["type"]]
                .into_iter()
                .find_map(|it| it.as_str().filter(|it| !it.is_empty()))
                .unwrap_or_default();
            let about = about.rsplit('/').next().unwrap_or_default();
            let what = format!("{} {about}", it["name"].as_str()?).trim().to_owned();
            (start >= begun && start < end && length >= SHORT).then(|| Step {
                start: (start - begun) / 1e3,
                length,
                what,
            })
        })
        .collect();
    steps.sort_by(|a, b| b.length.total_cmp(&a.length));
    steps.truncate(STEPS);
    steps.sort_by(|a, b| a.start.total_cmp(&b.start));
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_lies_between_navigation_and_paint() {
        let event =
            |name: &str, ts: f64, dur: f64| json!({"name": name, "pid": 1, "tid": 2, "ts": ts, "dur": dur});
        let events = [
            event("ParseHTML", 0.0, 500_000.0),
            json!({"name": "navigationStart", "pid": 1, "tid": 2, "ts": 1000.0}),
            event("FunctionCall", 5000.0, 3000.0),
            event("RunTask", 2000.0, 80_000.0),
            event("EvaluateScript", 3000.0, 20_000.0),
            event("Paint", 4000.0, 10.0),
            json!({"name": "Layout", "pid": 1, "tid": 3, "ts": 2000.0, "dur": 80_000.0}),
            json!({"name": "banner-painted", "pid": 1, "tid": 2, "ts": 95_000.0}),
            event("Layout", 96_000.0, 100_000.0),
        ];
        let steps = read(&events).expect("a trace");
        let told: Vec<_> = steps.iter().map(|it| (it.start, it.length, it.what.as_str())).collect();
        assert_eq!(told, [(2.0, 20.0, "EvaluateScript"), (4.0, 3.0, "FunctionCall")]);
    }

    #[test]
    fn a_trace_without_the_mark_is_an_error() {
        assert!(read(&[json!({"name": "Paint", "pid": 1, "tid": 2, "ts": 1.0, "dur": 1.0})]).is_err());
    }
}
