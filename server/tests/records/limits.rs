//! How much one may ask.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mixus_privacy_server::Settings;

use crate::device::Device;
use crate::wire::LONG;
use crate::{Kept, Whole};

const NO: &str = "{\"analytics\":0}";

async fn from(kept: &Kept, peer: &str, forwarded: &str, body: String) -> Whole {
    let peer: SocketAddr = peer.parse().expect("an address");
    let request = Request::post("/v1/events")
        .extension(ConnectInfo(peer))
        .header("origin", "https://www.example.com")
        .header("x-forwarded-for", forwarded)
        .body(Body::from(body));
    kept.whole(request.expect("a request")).await
}

fn settings(rate: u32, proxies: usize) -> Settings {
    Settings {
        rate,
        proxies,
        allow: vec!["https://www.example.com".into()],
        ..Settings::default()
    }
}

#[tokio::test]
async fn too_many_are_put_off() {
    let kept = Kept::with(settings(1, 0)).await;
    let mut device = Device::new(1);
    let batch: Vec<String> = (0..64).map(|_| device.says(NO)).collect();
    let first = from(&kept, "192.0.2.1:1", "", batch.join("\n")).await;
    assert_eq!(first.status, 200, "a batch fits");
    let late: Vec<String> = (0..60).map(|_| device.says(NO)).collect();
    // A minute would have to pass until these may come.
    let refused = from(&kept, "192.0.2.1:2", "", late.join("\n")).await;
    assert_eq!(refused.code(), (429, "rate/too-many".into()));
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=61).contains(&wait), "{wait}");
    // A page can read that: otherwise it would only see that the network is broken.
    assert_eq!(refused.header("access-control-allow-origin"), "https://www.example.com");
    // Somebody else is not kept off, nor is what was refused lost.
    assert_eq!(from(&kept, "192.0.2.9:1", "", late.join("\n")).await.status, 200);
    let path = format!("/v1/subjects/{}/events", device.sub().text());
    assert_eq!(kept.get(&device, &path).await.1["seen"], 124);
    // What is no event counts as well: reading it costs.
    let junk = || "x\n".repeat(60);
    assert_eq!(from(&kept, "192.0.2.2:1", "", junk()).await.status, 200);
    assert_eq!(from(&kept, "192.0.2.2:1", "", junk()).await.status, 429);
    assert!(
        kept.open("/metrics")
            .await
            .as_str()
            .is_some_and(|it| it.contains("rate_limited_requests_total 2\n"))
    );
}

#[tokio::test]
async fn behind_a_proxy_everyone_is_who_they_are() {
    let kept = Kept::with(settings(1, 1)).await;
    let body = || "x\n".repeat(64);
    let proxy = "10.0.0.1:1";
    assert_eq!(from(&kept, proxy, "192.0.2.1", body()).await.status, 200);
    assert_eq!(from(&kept, proxy, "192.0.2.2", body()).await.status, 200);
    assert_eq!(from(&kept, proxy, "192.0.2.3, 192.0.2.1", body()).await.status, 429, "made up");
}

/// Waits until so many wait.
async fn counted(kept: &Kept, readers: u64) {
    let line = format!("mixus_privacy_waiting_readers {readers}\n");
    let looking = async {
        while !kept.open("/metrics").await.as_str().is_some_and(|it| it.contains(&line)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, looking).await.expect("as many as that");
}

#[tokio::test]
async fn seats_are_counted() {
    let kept = Kept::with(Settings {
        waiting: 1,
        ..Settings::default()
    })
    .await;
    let mut device = Device::new(1);
    kept.send(&[device.says(NO)]).await;
    let path = |after: u64| format!("/v1/subjects/{}/events?after={after}&wait=20", device.sub().text());
    let ask = |after| {
        let request = Request::get(path(after)).header("authorization", device.asks("GET", &path(after)));
        kept.whole(request.body(Body::empty()).expect("a request"))
    };
    let news = device.clone().says(NO);
    let (first, others) = tokio::join!(ask(1), async {
        counted(&kept, 1).await;
        let refused = ask(1).await;
        let news_for_who_has_them = ask(0).await;
        kept.send(&[news]).await;
        (refused, news_for_who_has_them)
    });
    assert_eq!(first.status, 200);
    assert_eq!(others.0.code(), (503, "wait/too-many".into()));
    assert_eq!(others.0.header("retry-after"), "5");
    assert_eq!(others.1.status, 200, "who need not wait needs no seat");
    // And it is free again.
    assert_eq!(ask(0).await.status, 200);
    counted(&kept, 0).await;
}
