//! What was shown can be looked up by what events name.

use axum::body::Body;
use axum::http::Request;
use mixus_privacy::ledger::{Hash, text};
use mixus_privacy_server::{NotOpened, Records, Settings};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::device::Device;
use crate::{Kept, Whole};

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

async fn put(kept: &Kept, hash: &Hash, body: &str) -> (u16, String) {
    let request = Request::put(format!("/v1/notices/{}", text(hash))).body(Body::from(body.to_owned()));
    kept.whole(request.expect("a request")).await.code()
}

async fn get(kept: &Kept, hash: &Hash, known: &str) -> Whole {
    let request = Request::get(format!("/v1/notices/{}", text(hash)))
        .header("if-none-match", known)
        .body(Body::empty());
    kept.whole(request.expect("a request")).await
}

/// Sends an event that names a document, and answers what the server asks for.
async fn wanted(kept: &Kept, device: &mut Device, notice: Hash) -> Value {
    device.notice = notice;
    kept.send(&[device.says("{}")]).await["wanted"].clone()
}

#[tokio::test]
async fn what_events_name_is_archived() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    let notice = "{\"purposes\":[\"messung, überall\"]}";
    let name = hash(notice);
    assert_eq!(get(&kept, &name, "").await.code(), (404, "notice/unknown".into()));
    assert_eq!(
        put(&kept, &name, notice).await,
        (403, "notice/unwanted".into()),
        "nobody named it"
    );

    assert_eq!(wanted(&kept, &mut device, name).await, json!([text(&name)]));
    assert_eq!(put(&kept, &name, "something else").await, (400, "notice/hash".into()));
    assert_eq!(put(&kept, &name, notice).await, (204, String::new()));
    assert_eq!(put(&kept, &name, notice).await, (200, String::new()));
    assert_eq!(wanted(&kept, &mut device, name).await, json!([]));
    // What was shown is a document as well.
    device.ui = hash("{}");
    assert_eq!(wanted(&kept, &mut device, name).await, json!([text(&hash("{}"))]));
    assert_eq!(put(&kept, &hash("{}"), "{}").await, (204, String::new()));

    let answer = get(&kept, &name, "").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, notice));
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("last-modified").ends_with("GMT"));
    let tag = answer.header("etag");
    assert_eq!(tag, format!("\"{}\"", text(&name)));
    for known in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".into()] {
        let again = get(&kept, &name, &known).await;
        assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""), "{known}");
    }
    assert_eq!(get(&kept, &name, "\"x\"").await.status, 200);
}

#[tokio::test]
async fn an_event_that_is_not_kept_names_nothing() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    device.notice = hash("{}");
    let forged = device.says("{\"analytics\":1}").replace("\"analytics\":1", "\"analytics\":0");
    assert_eq!(kept.send(&[forged]).await["wanted"], json!([]));
    assert_eq!(put(&kept, &hash("{}"), "{}").await, (403, "notice/unwanted".into()));
    // Nor does one that says that it was nothing.
    let mut device = Device::new(2);
    assert_eq!(wanted(&kept, &mut device, [0; 32]).await, json!([]));
}

#[tokio::test]
async fn notices_have_bounds() {
    let kept = Kept::with(Settings {
        most_notices: 1,
        ..Settings::default()
    })
    .await;
    let mut device = Device::new(1);
    let (long, just) = ("x".repeat(64 * 1024 + 1), "x".repeat(64 * 1024));
    wanted(&kept, &mut device, hash(&long)).await;
    wanted(&kept, &mut device, hash(&just)).await;
    assert_eq!(put(&kept, &hash(&long), &long).await, (413, "notice/too-long".into()));
    assert_eq!(put(&kept, &hash(&just), &just).await.0, 204);
    wanted(&kept, &mut device, hash("{}")).await;
    assert_eq!(put(&kept, &hash("{}"), "{}").await, (507, "notice/too-many".into()));
    // From then on nobody is asked in vain.
    assert_eq!(wanted(&kept, &mut device, hash("[]")).await, json!([]));
    let request = Request::put("/v1/notices/none").body(Body::empty()).expect("a request");
    assert_eq!(kept.whole(request).await.code(), (404, "notice/unknown".into()));
}

#[tokio::test]
async fn the_operators_documents_are_there_from_the_start() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/policy/default");
    let mut policy: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{folder}/policy.json")).expect("a file"))
            .expect("JSON");
    for text in policy["texts"].as_object_mut().expect("texts").values_mut() {
        let path = format!("{folder}/{}", text.as_str().expect("a path"));
        *text = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    }
    // Somebody else's canonical form.
    let whole = serde_json_canonicalizer::to_string(&policy).expect("canonical JSON");
    let kept = Kept::with(Settings {
        notices: Some(folder.into()),
        most_notices: 0,
        ..Settings::default()
    })
    .await;
    assert_eq!(wanted(&kept, &mut Device::new(1), hash(&whole)).await, json!([]));
    assert_eq!(get(&kept, &hash(&whole), "").await.body, whole);
}

#[tokio::test]
async fn a_folder_with_faults_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ignored.txt"), "no JSON").expect("a file");
    std::fs::write(folder.path().join("policy.json"), "{\"a\":1.5}").expect("a file");
    let settings = Settings {
        database: folder.path().join("records.db").into(),
        notices: Some(folder.path().into()),
        ..Settings::default()
    };
    let error = Records::open(settings).await.map(|_| ()).expect_err("a fault");
    assert!(matches!(error, NotOpened::Setting("notices", _)));
    assert!(error.to_string().contains("policy.json: has no canonical form"), "{error}");
}
