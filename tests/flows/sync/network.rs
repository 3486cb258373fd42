//! Networks that do what networks do.

use anyhow::Result;
use mixus_privacy_tests::{Fault, FaultProxy, Flow, Outcome, Page, RecordServer, done, is_full};

use super::{kept, open, value, whole};

/// As many rounds with one profile: what a device knows grows with what it has decided.
const ROUNDS: usize = 10;
/// As many decisions meet a fault.
const DECISIONS: usize = 3;

/// Each kind of fault, while decisions are on their way: in the end each of them is at the server, once. The full set
/// has 100 rounds of every kind.
pub(crate) async fn network_faults(flow: Flow) -> Result<Outcome> {
    let sessions = if is_full() { 10 } else { 1 };
    let rounds = if is_full() { ROUNDS } else { 1 };
    for session in 0..sessions {
        let server = RecordServer::start(&flow.site).await?;
        let mut proxy = FaultProxy::start(server.address).await?;
        Page::new()
            .after(&server.script_with(proxy.address, "patience: 1500"))
            .put(&flow.site, "/");
        let browser = flow.browser().await?;
        open(&browser, &flow, "/").await?;
        let mut decided = 0;
        for round in 0..rounds {
            for fault in Fault::ALL {
                let requests = fault.variants().max(1 + round % 3);
                proxy.wrong(fault, requests).await;
                // After one failure the page comes back by itself. More would take long: it is told that it is online.
                let nudging = requests > 1;
                browser.run(&format!("window.nudge = {nudging} && setInterval(() => dispatchEvent(new Event('online')), 100)")).await?;
                for _ in 0..DECISIONS {
                    browser.run("privacy.set({ social: false })").await?;
                    decided += 1;
                }
                if fault == Fault::Refused {
                    // It has tried, and knows that it has to wait.
                    value(&browser, "records.flush()").await?;
                } else {
                    proxy.met().await?;
                }
                proxy.over().await?;
                browser.run("clearInterval(nudge)").await?;
                if fault == Fault::Refused {
                    browser.run("dispatchEvent(new Event('online'))").await?;
                }
                kept(&browser, decided).await?;
                assert_eq!(
                    browser.get::<Option<bool>>("told['dead-letter'] && true").await?,
                    None,
                    "{fault}"
                );
            }
        }
        whole(&browser, &server, decided).await?;
        println!(
            "{}: session {session}: {} kinds of fault, {decided} decisions",
            flow.engine,
            Fault::ALL.len()
        );
    }
    done()
}
