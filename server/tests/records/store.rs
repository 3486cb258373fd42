//! What is taken in, and what is handed back.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mixus_privacy_server::{Records, Settings};
use serde_json::Value;

use crate::device::{Device, now};
use crate::{Kept, POSTGRES, said};

const YES: &str = "{\"analytics\":1}";
const NO: &str = "{\"analytics\":0}";

fn bodies(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().expect("events");
    events.iter().map(|it| it["event"].as_str().unwrap_or("")).collect()
}

#[tokio::test]
async fn what_is_sent_twice_is_there_once() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    let events = [device.says(YES), device.says(NO)];
    assert_eq!(kept.said(&events).await, ["stored", "stored"]);
    assert_eq!(kept.said(&events).await, ["duplicate", "duplicate"]);
    // Twice in one batch, too.
    let third = device.says(YES);
    assert_eq!(kept.said(&[third.clone(), third.clone()]).await, ["stored", "duplicate"]);
    let path = format!("/v1/subjects/{}/events", device.sub().text());
    let (status, answer) = kept.get(&device, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bodies(&answer), [&events[0], &events[1], &third]);
    assert_eq!(answer["seen"], 3);
}

#[tokio::test]
async fn bad_events_keep_nobody_back() {
    let kept = Kept::new().await;
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let good = one.says(YES);
    let forged = good.replace("\"analytics\":1", "\"analytics\":0");
    let other = two.says(NO);
    let answers = kept.said(&[forged, "[[[[".into(), other, good]).await;
    assert_eq!(answers, ["event/signature", "event/form", "stored", "stored"]);
}

#[tokio::test]
async fn a_chain_has_no_gaps() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    let events = [device.says(YES), device.says(NO), device.says(YES)];
    assert_eq!(kept.said(&events[1..]).await, ["event/gap", "event/gap"]);
    assert_eq!(kept.said(&events).await, ["stored", "stored", "stored"]);
}

#[tokio::test]
async fn a_copied_profile_is_a_fork() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    let first = device.says(YES);
    let mut copy = device.clone();
    let (own, others) = (device.says(NO), copy.says(YES));
    assert_eq!(kept.said(&[first, own]).await, ["stored", "stored"]);
    assert_eq!(kept.said(std::slice::from_ref(&others)).await, ["fork"]);
    assert_eq!(kept.said(&[others, copy.says(NO)]).await, ["duplicate", "stored"]);
    assert_eq!(kept.said(&[device.says(NO)]).await, ["fork"]);
}

#[tokio::test]
async fn only_who_has_the_key_reads() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    kept.send(&[device.says(YES)]).await;
    let path = format!("/v1/subjects/{}/events", device.sub().text());
    let other = Device::new(2);
    let old = device.asks_at("GET", &path, now() - 3600);
    let elsewhere = device.asks("GET", "/v1/subjects/x/events");
    for header in [
        String::new(),
        other.asks("GET", &path),
        old,
        elsewhere,
        device.asks("POST", &path),
        "Mixus 1.2.3".into(),
    ] {
        let request = Request::get(&path)
            .header("authorization", header)
            .body(Body::empty())
            .expect("a request");
        let (status, answer) = kept.ask(request).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("subject/not-signed"))
        );
    }
}

#[tokio::test]
async fn news_come_to_who_waits() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    kept.send(&[device.says(YES)]).await;
    let path = format!("/v1/subjects/{}/events?after=1&wait=20", device.sub().text());
    let news = device.says(NO);
    let (answer, sent) = tokio::join!(kept.get(&device, &path), async {
        tokio::task::yield_now().await;
        kept.said(std::slice::from_ref(&news)).await
    });
    assert_eq!(sent, ["stored"]);
    assert_eq!(bodies(&answer.1), [&news]);
    // Without news, what has been looked through is said all the same; and a second time, nothing.
    let path = format!("/v1/subjects/{}/events?after=2", device.sub().text());
    let (_, answer) = kept.get(&device, &path).await;
    assert_eq!((bodies(&answer).len(), &answer["seen"]), (0, &Value::from(2)));
    let request = Request::get(&path)
        .header("authorization", device.asks("GET", &path))
        .header("if-none-match", "\"2\"")
        .body(Body::empty());
    assert_eq!(kept.ask(request.expect("a request")).await.0, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn too_much_is_refused_whole() {
    let kept = Kept::new().await;
    let many = "x\n".repeat(65);
    let long = "x".repeat(61 * 1024);
    for (body, wanted) in [(many, StatusCode::BAD_REQUEST), (long, StatusCode::PAYLOAD_TOO_LARGE)] {
        let request = Request::post("/v1/events").body(Body::from(body)).expect("a request");
        assert_eq!(kept.ask(request).await.0, wanted);
    }
    let request = Request::post("/v1/events")
        .body(Body::from(&b"\xff\xfe"[..]))
        .expect("a request");
    assert_eq!(kept.ask(request).await.1["code"], "batch/form");
}

#[tokio::test]
async fn one_process_writes_a_file() {
    let kept = Kept::new().await;
    let settings = Settings {
        database: kept.database.clone(),
        ..Settings::default()
    };
    let second = Records::open(settings).await.map(|_| ()).map_err(|error| error.to_string());
    let refused = Err("the store failed: another process has this database".into());
    assert_eq!(second, if POSTGRES { Ok(()) } else { refused });
}

#[tokio::test]
async fn opens_again_where_it_was() {
    let mut kept = Kept::new().await;
    let mut device = Device::new(1);
    let mut sent = Vec::new();
    for round in 0..5 {
        for _ in 0..9 {
            let batch: Vec<String> = (0..20).map(|_| device.says(NO)).collect();
            assert!(said(&kept.send(&batch).await).iter().all(|it| it == "stored"), "{round}");
            sent.extend(batch);
        }
        let before = (kept.open("/v1/log/checkpoint").await, kept.records.verifier_key());
        kept = kept.again(&Settings::default()).await;
        assert_eq!((kept.open("/v1/log/checkpoint").await, kept.records.verifier_key()), before);
    }
    let path = |after: u64| format!("/v1/subjects/{}/events?after={after}", device.sub().text());
    let (_, first) = kept.get(&device, &path(0)).await;
    let (_, rest) = kept.get(&device, &path(first["seen"].as_u64().expect("a place"))).await;
    let all: Vec<&str> = bodies(&first).into_iter().chain(bodies(&rest)).collect();
    assert_eq!(all, sent);
}
