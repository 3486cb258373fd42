//! Networks that do what networks do.

use anyhow::Result;
use mixus_privacy_tests::{Fault, FaultProxy, Flow, Outcome, Page, RecordServer, done, rounds};

use super::{kept, open, value, whole};

/// As many rounds with one profile: what a device knows grows with what it has decided.
const TOGETHER: usize = 10;
/// As many decisions meet a fault.
const DECISIONS: usize = 3;

/// Each kind of fault, while decisions are on their way: in the end each of them is at the server, once. The full set
/// has 100 rounds of every kind.
pub(crate) async fn network_faults(flow: Flow) -> Result<Outcome> {
    let all: Vec<usize> = (0..rounds(1, 100)).collect();
    let mut met = [0; Fault::ALL.len()];
    let mut sent = 0;
    for rounds in all.chunks(TOGETHER) {
        let server = RecordServer::start(&flow.site).await?;
        let mut proxy = FaultProxy::start(server.address).await?;
        Page::new()
            .after(&server.script_with(proxy.address, "patience: 1500"))
            .put(&flow.site, "/");
        let browser = flow.browser().await?;
        open(&browser, &flow, "/").await?;
        let mut decided = 0;
        for round in rounds {
            for (fault, met) in Fault::ALL.into_iter().zip(&mut met) {
                // All decisions may be in the first request: where that is answered, there is no other.
                let most = if fault.is_harmless() { 1 } else { 1 + round % 3 };
                let requests = fault.variants().max(most);
                proxy.wrong(fault, requests).await;
                // After one failure the page comes back by itself. More would take long: it is told that it is online.
                let nudging = requests > 1;
                // How many it was when nobody listened, nobody counts.
                *met += if fault == Fault::Refused { 1 } else { requests };
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
        sent += decided;
    }
    let engine = flow.engine;
    println!("count: {sent} decisions in {engine}, each of them at the server once");
    for (fault, met) in Fault::ALL.into_iter().zip(met) {
        println!("count: {met} times {fault} in {engine}");
    }
    done()
}
