//! Which pages may ask, and what they may read of the answer.

use crate::wire::{Answer, http, tus};
use crate::world::World;

const OWN: &str = "https://www.example.com";

async fn world() -> World {
    World::with(|it| it.allow = vec![OWN.into()]).await
}

fn list(answer: &Answer, name: &str) -> Vec<String> {
    let all = answer.header(name).split(',');
    all.map(|it| it.trim().to_ascii_lowercase()).collect()
}

async fn preflight(world: &World, origin: &str, path: &str, method: &str) -> Answer {
    http("OPTIONS", path)
        .silent()
        .with("Origin", origin)
        .with("Access-Control-Request-Method", method)
        .with("Access-Control-Request-Headers", "tus-resumable,upload-offset")
        .send(world.at)
        .await
}

#[tokio::test]
async fn pages_of_the_list_upload() {
    let world = world().await;
    for (path, method) in [("/v1/files", "POST"), ("/v1/files/x", "PATCH")] {
        let answer = preflight(&world, OWN, path, method).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, OWN));
        let methods = list(&answer, "access-control-allow-methods");
        assert!(
            ["post", "head", "patch", "delete", "get", "options"]
                .iter()
                .all(|it| methods.contains(&(*it).into()))
        );
        let headers = list(&answer, "access-control-allow-headers");
        for name in [
            "authorization",
            "content-type",
            "range",
            "tus-resumable",
            "upload-length",
            "upload-offset",
            "upload-metadata",
            "upload-defer-length",
            "x-request-id",
            "upload-checksum",
            "upload-concat",
            "x-http-method-override",
        ] {
            assert!(headers.contains(&name.into()), "{name}");
        }
    }
    // What a page asks itself, in the same way, it may read.
    let answer = preflight(&world, OWN, "/v1/files", "OPTIONS").await;
    let exposed = list(&answer, "access-control-expose-headers");
    for name in ["tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm"] {
        assert!(exposed.contains(&name.into()) && !answer.header(name).is_empty(), "{name}");
    }
    let answer = tus("POST", "/v1/files")
        .with("Upload-Length", "1")
        .with("Origin", OWN)
        .send(world.at)
        .await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (201, OWN));
    let exposed = list(&answer, "access-control-expose-headers");
    for name in [
        "location",
        "upload-offset",
        "upload-length",
        "upload-expires",
        "upload-concat",
        "tus-resumable",
        "tus-version",
        "tus-extension",
        "tus-max-size",
        "tus-checksum-algorithm",
        "content-range",
        "accept-ranges",
        "content-location",
        "etag",
        "date",
        "retry-after",
    ] {
        assert!(exposed.contains(&name.into()), "{name}");
    }
    // What is refused can be read as well.
    let answer = tus("POST", "/v1/files").with("Origin", OWN).send(world.at).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (400, OWN));
}

#[tokio::test]
async fn others_do_not() {
    let world = world().await;
    for origin in ["https://evil.example", "null", "http://www.example.com"] {
        let answer = preflight(&world, origin, "/v1/files", "POST").await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        assert!(list(&answer, "vary").contains(&"origin".into()));
    }
    // Nor do pages end accounts because they may end uploads.
    let answer = preflight(&world, OWN, "/v1/accounts/a", "DELETE").await;
    assert!(!list(&answer, "access-control-allow-methods").contains(&"delete".into()));
}
