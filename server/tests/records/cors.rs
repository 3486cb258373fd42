//! Which pages may ask, and what every answer says of itself.

use axum::body::Body;
use axum::http::Request;
use mixus_privacy_server::Settings;

use crate::device::Device;
use crate::{Kept, Whole};

const OWN: &str = "https://www.example.com";
const OTHER: &str = "https://evil.example";

async fn allowing(origins: &[&str]) -> Kept {
    let allow = origins.iter().map(|it| (*it).to_owned()).collect();
    Kept::with(Settings {
        allow,
        ..Settings::default()
    })
    .await
}

async fn ask(kept: &Kept, method: &str, path: &str, headers: &[(&str, &str)]) -> Whole {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    kept.whole(request.body(Body::empty()).expect("a request")).await
}

async fn preflight(kept: &Kept, origin: &str, method: &str, headers: &str) -> Whole {
    let asked = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", headers),
    ];
    ask(kept, "OPTIONS", "/v1/events", &asked).await
}

fn list(answer: &Whole, name: &str) -> Vec<String> {
    answer
        .header(name)
        .split(',')
        .map(|it| it.trim().to_ascii_lowercase())
        .collect()
}

#[tokio::test]
async fn pages_on_the_list_may_ask() {
    let kept = allowing(&["https://shop.example.com", OWN]).await;
    let before = preflight(&kept, OWN, "PUT", "authorization,content-type,mixus-link").await;
    assert_eq!(
        (before.status.as_u16(), before.header("access-control-allow-origin")),
        (200, OWN)
    );
    let methods = list(&before, "access-control-allow-methods");
    assert!(
        ["get", "post", "put"].iter().all(|it| methods.iter().any(|has| has == it)),
        "{methods:?}"
    );
    assert!(!methods.contains(&"delete".into()), "no page has an account erased");
    let headers = list(&before, "access-control-allow-headers");
    let needed = ["authorization", "content-type", "if-none-match", "mixus-link"];
    assert!(needed.iter().all(|it| headers.iter().any(|has| has == it)), "{headers:?}");
    assert_eq!(before.header("access-control-max-age"), "86400");

    let answer = ask(&kept, "GET", "/v1/log/checkpoint", &[("origin", OWN)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), OWN);
    let exposed = list(&answer, "access-control-expose-headers");
    assert!(
        ["date", "etag", "retry-after"]
            .iter()
            .all(|it| exposed.iter().any(|has| has == it)),
        "{exposed:?}"
    );
    // What is refused can be read as well.
    let refused = ask(&kept, "GET", "/v1/notices/x", &[("origin", OWN)]).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("access-control-allow-origin")),
        (404, OWN)
    );
}

#[tokio::test]
async fn others_may_not() {
    let kept = allowing(&[OWN]).await;
    for origin in [
        OTHER,
        "https://www.example.com.evil.example",
        "http://www.example.com",
        "null",
        "",
    ] {
        for answer in [
            preflight(&kept, origin, "POST", "content-type").await,
            ask(&kept, "GET", "/v1/log/checkpoint", &[("origin", origin)]).await,
        ] {
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{origin}");
            // Or a cache would hand one page's answer to another.
            assert!(list(&answer, "vary").contains(&"origin".into()), "{:?}", answer.headers);
        }
    }
    let nobody = allowing(&[]).await;
    let answer = preflight(&nobody, OWN, "POST", "content-type").await;
    assert!(answer.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn everyone_may_where_it_says_so_and_nobody_with_cookies() {
    let kept = allowing(&["*"]).await;
    for answer in [
        preflight(&kept, OTHER, "POST", "content-type").await,
        ask(&kept, "GET", "/v1/log/checkpoint", &[("origin", OTHER)]).await,
    ] {
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
    }
}

#[tokio::test]
async fn answers_say_what_they_are_and_whose() {
    let kept = allowing(&[OWN]).await;
    let mut device = Device::new(1);
    kept.send(&[device.says("{}")]).await;
    let own = format!("/v1/subjects/{}/events", device.sub().text());
    let signed = device.asks("GET", &own);
    for (path, headers, cache) in [
        (own.as_str(), vec![("authorization", signed.as_str())], "no-store"),
        (own.as_str(), vec![], "no-store"),
        ("/v1/log/checkpoint", vec![], "no-cache"),
        ("/v1/log/inclusion?index=0&size=1", vec![], "no-store"),
        ("/v1/health", vec![], "no-store"),
        ("/nothing", vec![], "no-store"),
    ] {
        let answer = ask(&kept, "GET", path, &headers).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}
