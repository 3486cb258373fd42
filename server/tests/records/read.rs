//! What a subject asks for: when it changes, when it does not, and when the log has lost something.

use axum::body::Body;
use axum::http::Request;
use mixus_privacy_server::Settings;
use serde_json::Value;

use crate::device::{Device, now};
use crate::{Kept, Whole};

const NO: &str = "{\"analytics\":0}";

fn path(device: &Device, query: &str) -> String {
    format!("/v1/subjects/{}/events{query}", device.sub().text())
}

async fn ask(kept: &Kept, device: &Device, query: &str, known: &str) -> Whole {
    let path = path(device, query);
    let request = Request::get(&path)
        .header("authorization", device.asks("GET", &path))
        .header("if-none-match", known)
        .body(Body::empty());
    kept.whole(request.expect("a request")).await
}

fn json(answer: &Whole) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

#[tokio::test]
async fn a_wrong_clock_is_told_the_time() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    kept.send(&[device.says(NO)]).await;
    let path = path(&device, "");
    let mut at = now() - 86_400;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = Request::get(&path)
            .header("authorization", device.asks_at("GET", &path, at))
            .body(Body::empty());
        let answer = kept.whole(request.expect("a request")).await;
        at = json(&answer)["now"].as_u64().unwrap_or(0);
        answers.push(answer);
    }
    assert_eq!(answers[0].code(), (401, "subject/not-signed".into()));
    assert_eq!(answers[0].header("www-authenticate"), "Mixus");
    assert_eq!(answers[1].status, 200, "asked again by the server's clock");
}

#[tokio::test]
async fn the_tag_stands_for_what_there_is() {
    let kept = Kept::new().await;
    let (mut device, mut other) = (Device::new(1), Device::new(2));
    kept.send(&[device.says(NO), device.says(NO)]).await;
    let first = ask(&kept, &device, "", "").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/"), "what has been looked through is not in it");

    // What others do changes nothing, although more has been looked through.
    kept.send(&[other.says(NO)]).await;
    let same = ask(&kept, &device, "", &tag).await;
    assert_eq!(
        (same.status.as_u16(), same.body.as_str(), same.header("etag")),
        (304, "", tag.as_str())
    );

    // Who waits with a tag waits for something else, and gets all of it.
    let news = device.says(NO);
    let (answer, _) = tokio::join!(ask(&kept, &device, "?wait=20", &tag), async {
        tokio::task::yield_now().await;
        kept.send(&[news]).await
    });
    assert_eq!(json(&answer)["events"].as_array().map(Vec::len), Some(3));
    assert_ne!(answer.header("etag"), tag);
}

/// There is no seat: whoever had to wait would be sent away.
async fn without_seats() -> Kept {
    Kept::with(Settings {
        waiting: 0,
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn a_log_that_has_lost_something_says_so_at_once() {
    let kept = without_seats().await;
    let mut device = Device::new(1);
    kept.send(&[device.says(NO)]).await;
    assert_eq!(ask(&kept, &device, "?after=1&wait=25", "").await.status, 503);
    let answer = ask(&kept, &device, "?after=7&wait=25", "W/\"7\"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (json(&answer)["seen"].as_u64(), json(&answer)["events"].as_array().map(Vec::len)),
        (Some(1), Some(0))
    );
}

#[tokio::test]
async fn whoever_knows_another_log_is_told_so() {
    let kept = without_seats().await;
    let mut device = Device::new(1);
    // More than a tile: the first is read from where it is kept.
    let mut events = Vec::new();
    for _ in 0..5 {
        let batch: Vec<String> = (0..60).map(|_| device.says(NO)).collect();
        kept.send(&batch).await;
        events.extend(batch);
    }
    let found = json(&ask(&kept, &device, "", "").await);
    let last = |at: usize| {
        let it = &found["events"][at];
        let hash = it["hash"].as_str().expect("a hash").to_owned();
        (at, it["taken"].as_u64().expect("a time"), hash)
    };
    let text = |(at, taken, hash): (usize, u64, String)| format!("{at}.{taken}.{hash}");
    let (_, taken, hash) = last(7);
    for (known, status) in [
        (text(last(0)), 200),
        (text(last(299)), 200),
        // What is not there yet may be there elsewhere.
        (text((300, taken, hash.clone())), 200),
        (text((8, taken, hash.clone())), 409),
        (text((7, taken + 1, hash.clone())), 409),
        (text((299, taken, hash.clone())), 409),
        (text((7, taken, hash[1..].to_owned())), 400),
        (format!("7.{taken}.{hash}.1"), 400),
        ("7".to_owned(), 400),
    ] {
        let answer = ask(&kept, &device, &format!("?after=299&wait=0&last={known}"), "").await;
        assert_eq!(answer.status, status, "{known}");
        if status == 409 {
            assert_eq!(json(&answer)["code"], "log/other");
        }
        // Nor is anything taken in by a log that is another one.
        let sent = Request::post(format!("/v1/events?last={known}")).body(Body::from(events[3].clone()));
        let answer = kept.whole(sent.expect("a request")).await;
        assert_eq!(answer.status, status, "{known}");
        if status == 200 {
            assert_eq!(json(&answer)["answers"][0]["status"], "duplicate");
        }
    }
}

#[tokio::test]
async fn much_comes_in_pages() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    // Long ones: fewer than a page holds are more than it may hold.
    let services: Vec<String> = (0..256)
        .map(|it| format!("\"service-with-a-rather-long-name-{it:03}\":0"))
        .collect();
    let services = format!("{{{}}}", services.join(","));
    let mut sent = Vec::new();
    for _ in 0..40 {
        let batch: Vec<String> = (0..5).map(|_| device.about(NO, &services)).collect();
        kept.send(&batch).await;
        sent.extend(batch);
    }
    let (mut after, mut pages, mut got) = (0, 0, Vec::new());
    while after < sent.len() as u64 {
        let answer = ask(&kept, &device, &format!("?after={after}"), "").await;
        assert!(answer.body.len() < 2 * 1024 * 1024, "{}", answer.body.len());
        let page = json(&answer);
        after = page["seen"].as_u64().expect("a place");
        let events = page["events"].as_array().expect("events");
        got.extend(events.iter().map(|it| it["event"].as_str().expect("an event").to_owned()));
        pages += 1;
    }
    assert_eq!(got, sent);
    assert!(pages > 1);
}

#[tokio::test]
async fn questions_of_another_form_have_codes() {
    let kept = Kept::new().await;
    let device = Device::new(1);
    let bad = path(&device, "?after=-1");
    let asks = [
        ("GET", "/v1/log/inclusion?index=x&size=1".to_owned(), 400, "question/form"),
        ("GET", "/v1/log/inclusion?index=1".to_owned(), 400, "question/form"),
        ("GET", "/v1/nothing".to_owned(), 404, "path/unknown"),
        ("PATCH", "/v1/events".to_owned(), 405, "method/unknown"),
        ("GET", bad.clone(), 400, "question/form"),
    ];
    for (method, path, status, code) in asks {
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("authorization", device.asks(method, &path))
            .body(Body::empty());
        let answer = kept.whole(request.expect("a request")).await;
        assert_eq!(answer.code(), (status, code.into()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_head_is_an_answer_without_its_body() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    kept.send(&[device.says(NO)]).await;
    let path = path(&device, "");
    let request = |method: &str, signed: &str| {
        Request::builder()
            .method(method)
            .uri(&path)
            .header("authorization", device.asks(signed, &path))
            .body(Body::empty())
            .expect("a request")
    };
    let (get, head) = (
        kept.whole(request("GET", "GET")).await,
        kept.whole(request("HEAD", "HEAD")).await,
    );
    assert_eq!((head.status, head.body.as_str()), (get.status, ""));
    assert_eq!(head.header("etag"), get.header("etag"));
    // What was signed is one method.
    assert_eq!(kept.whole(request("HEAD", "GET")).await.status, 401);
}
