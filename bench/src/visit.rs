//! One visit: a new browser context, one page, from the navigation to the held script.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cdp::Cdp;
use crate::contestants::Contestant;
use crate::trace;

/// Under what a visit happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// Whether the network is a slow 4G one and the processor four times slower.
    slow: bool,
}

/// The conditions of a run.
pub(crate) const CONDITIONS: [Condition; 2] = [
    Condition {
        name: "local",
        slow: false,
    },
    Condition {
        name: "slow 4G, CPU 4x slower",
        slow: true,
    },
];

/// What was measured, in milliseconds since the navigation began or of duration.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Visit {
    /// When the banner had been painted.
    pub(crate) painted: f64,
    /// When its element had been inserted.
    pub(crate) inserted: f64,
    /// From the click on the accepting button to the first line of the held script.
    pub(crate) accept: f64,
    /// What tasks of the main thread took above 50 ms each, until the banner was painted
    /// (Long Tasks API).
    pub(crate) blocking: f64,
    /// The processor time of all tasks of the main thread until then.
    pub(crate) tasks: f64,
    /// Of that, what scripts took.
    pub(crate) scripts: f64,
    /// What the main thread was at, when that was asked for.
    #[serde(skip)]
    pub(crate) steps: Vec<trace::Step>,
    /// What was asked for until then.
    pub(crate) requests: Vec<Request>,
}

/// A request, with times in milliseconds since the navigation began.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Request {
    /// The path.
    pub(crate) name: String,
    /// When it was wanted.
    pub(crate) start: f64,
    /// When it was sent.
    pub(crate) sent: f64,
    /// When its answer began.
    pub(crate) answer: f64,
    /// When its answer had arrived.
    pub(crate) end: f64,
    /// The bytes of its body as they were sent.
    pub(crate) bytes: f64,
}

/// Visits a page once; with a trace it takes longer and tells more.
pub(crate) fn visit(
    cdp: &mut Cdp,
    server: SocketAddr,
    contestant: &Contestant,
    condition: Condition,
    traced: bool,
) -> Result<Visit> {
    let context = cdp.call("", "Target.createBrowserContext", json!({}))?;
    let context = context["browserContextId"].clone();
    let result = within(cdp, &context, server, contestant, condition, traced);
    cdp.call("", "Target.disposeBrowserContext", json!({"browserContextId": context}))?;
    result.with_context(|| format!("{}, {}", contestant.name, condition.name))
}

fn within(
    cdp: &mut Cdp,
    context: &Value,
    server: SocketAddr,
    contestant: &Contestant,
    condition: Condition,
    traced: bool,
) -> Result<Visit> {
    let target = cdp.call(
        "",
        "Target.createTarget",
        json!({"url": "about:blank", "browserContextId": context, "newWindow": true, "width": 1280, "height": 900}),
    )?;
    let attached = cdp.call(
        "",
        "Target.attachToTarget",
        json!({"targetId": target["targetId"], "flatten": true}),
    )?;
    let page = attached["sessionId"].as_str().context("a session")?.to_owned();
    cdp.call(&page, "Page.enable", json!({}))?;

    // A page of another host makes the context's network ready.
    cdp.call(
        &page,
        "Page.navigate",
        json!({"url": format!("http://localhost:{}/warm/", server.port())}),
    )?;
    cdp.wait(&page, "Page.loadEventFired")?;

    cdp.call(
        &page,
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": contestant.probe}),
    )?;
    if condition.slow {
        cdp.call(&page, "Network.enable", json!({}))?;
        cdp.call(
            &page,
            "Network.emulateNetworkConditions",
            json!({
                "offline": false,
                "latency": 150,
                "downloadThroughput": 1_600_000 / 8,
                "uploadThroughput": 750_000 / 8,
            }),
        )?;
        cdp.call(&page, "Emulation.setCPUThrottlingRate", json!({"rate": 4}))?;
    }
    cdp.call(&page, "Performance.enable", json!({"timeDomain": "threadTicks"}))?;
    if traced {
        trace::start(cdp)?;
    }
    cdp.call(
        &page,
        "Page.navigate",
        json!({"url": format!("http://{server}{}", contestant.path)}),
    )?;
    cdp.get(&page, "probe.paints")?;
    let metrics = cdp.call(&page, "Performance.getMetrics", json!({}))?;
    let steps = if traced { trace::end(cdp)? } else { Vec::new() };

    let at = cdp.get(&page, "probe.settled()")?;
    for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
        let press = json!({
            "type": kind, "x": at["x"], "y": at["y"], "buttons": buttons, "clickCount": 1,
            "button": if kind == "mouseMoved" { "none" } else { "left" },
        });
        cdp.call(&page, "Input.dispatchMouseEvent", press)?;
    }
    cdp.get(&page, "probe.runs")?;
    let facts = cdp.get(&page, "({ ...probe, blocking: probe.blocking(), requests: probe.requests() })")?;
    let spent = |name: &str| {
        let metrics = metrics["metrics"].as_array().into_iter().flatten();
        let seconds = metrics.filter(|it| it["name"] == name).find_map(|it| it["value"].as_f64());
        seconds.map(|it| it * 1e3).context("a metric is missing")
    };
    let number = |name: &str| facts[name].as_f64().with_context(|| format!("{name}: {facts}"));
    Ok(Visit {
        painted: number("painted")?,
        inserted: number("inserted")?,
        accept: number("ran")? - number("click")?,
        blocking: number("blocking")?,
        tasks: spent("TaskDuration")?,
        scripts: spent("ScriptDuration")?,
        steps,
        requests: serde_json::from_value(facts["requests"].clone())?,
    })
}
