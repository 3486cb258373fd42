//! What there is, held against the description, and the other way round.

use mixus_privacy_server::{Settings, UploadSettings};
use serde_json::json;

use crate::Kept;
use crate::describes::document;

/// Every operation: a method and a path with something in each place.
fn operations() -> Vec<(String, Vec<String>)> {
    let paths = document()["paths"].as_object().expect("paths");
    let all = paths.iter().map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys().map(|it| it.to_ascii_uppercase());
        (path.replace(['{', '}'], ""), methods.collect())
    });
    all.collect()
}

#[tokio::test]
async fn every_method_is_described_and_no_other_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = Kept::with(Settings {
        uploads: Some(UploadSettings {
            folder: folder.path().join("uploads"),
            ..UploadSettings::default()
        }),
        ..Settings::default()
    })
    .await;
    for (path, mut methods) in operations() {
        let request = axum::http::Request::builder().method("TRACE").uri(&path);
        let answer = kept.whole(request.body(axum::body::Body::empty()).expect("a request")).await;
        assert_eq!(answer.code(), (405, "method/unknown".into()), "{path}");
        // Every path answers it, for pages that want to know what they may ask.
        methods.retain(|it| it != "OPTIONS");
        if methods.contains(&"GET".to_owned()) {
            methods.push("HEAD".into());
        }
        methods.sort();
        methods.dedup();
        let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[tokio::test]
async fn it_is_what_the_server_hands_out() {
    let kept = Kept::new().await;
    assert_eq!(&kept.open("/v1/openapi.json").await, document());
    assert_eq!(kept.open("/v1/health").await, json!({"status": "alive"}));
    assert_eq!(kept.open("/v1/ready").await, json!({"status": "ready", "size": 0}));
}
