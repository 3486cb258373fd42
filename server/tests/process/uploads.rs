//! Uploads to the program: what it is told of them, and what it writes down.

use std::fs;

use serde_json::Value;

use crate::program::{Answer, Running};
use crate::reading::read_at;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");
const CLIENT: &str = "203.0.113.77";

/// Where an upload is that was begun.
fn begun(server: &Running) -> String {
    let answer = server.ask("POST", "/v1/files", &[TUS, ("upload-length", "11")], "");
    assert_eq!(answer.status, 201, "{}", answer.body);
    let mut lines = answer.head.lines();
    let place = lines.find_map(|it| it.strip_prefix("location: ")).expect("a place");
    format!("/v1/{place}")
}

#[test]
fn nothing_of_an_upload_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let uploads = folder.path().join("uploads");
    let uploads = uploads.to_str().expect("a path").to_owned();
    let server = Running::start_in(folder, &["--uploads", &uploads, "--proxies", "1", "--log", "debug"]);
    let path = begun(&server);
    let through = ("x-forwarded-for", CLIENT);
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str, status: u16| -> Answer {
        let answer = server.ask(method, path, &[headers, &[TUS, through]].concat(), body);
        assert_eq!(answer.status, status, "{method}: {}", answer.body);
        answer
    };
    ask("PATCH", &path, &[BYTES, ("upload-offset", "0")], "hello", 204);
    ask("PATCH", &path, &[BYTES, ("upload-offset", "0")], "a secret", 409);
    ask(
        "POST",
        "/v1/files",
        &[("upload-length", "1"), ("upload-metadata", "filename c2VjcmV0")],
        "",
        400,
    );
    ask("HEAD", &path, &[], "", 200);
    ask("PATCH", &path, &[BYTES, ("upload-offset", "5")], " world", 204);
    let read = read_at(&path);
    assert_eq!(ask("GET", &read, &[], "", 200).body, "hello world");
    ask("DELETE", &path, &[], "", 204);
    ask("GET", &read, &[], "", 404);
    ask("GET", &path, &[], "", 403);
    let counted = server.ask("GET", "/metrics", &[], "").body;
    assert!(
        counted.contains("mixus_privacy_uploads_total{result=\"ended\"} 1\n"),
        "{counted}"
    );
    let (_, log) = server.end();
    let names = [&path, &read].map(|it| it.strip_prefix("/v1/files/").expect("a name"));
    for secret in [names[0], names[1], "hello", "secret", "c2VjcmV0", CLIENT] {
        assert!(!log.contains(secret) && !counted.contains(secret), "{secret} is told");
    }
    let lines: Vec<Value> = log.lines().map(|it| serde_json::from_str(it).expect("JSON")).collect();
    let of = |route: &str, method: &str, status: u64| {
        let is_one = |it: &&Value| it["route"] == route && it["method"] == method && it["status"] == status;
        lines.iter().filter(is_one).count()
    };
    assert_eq!(of("/v1/files", "POST", 201), 1);
    assert_eq!(of("/v1/files/{id}", "PATCH", 204), 2);
    assert_eq!(of("/v1/files/{id}", "HEAD", 200), 1);
    assert_eq!(of("/v1/files/{id}", "DELETE", 204), 1);
}

#[test]
fn what_may_be_uploaded_can_stand_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let uploads = folder.path().join("uploads");
    let config = folder.path().join("config.toml");
    fs::write(
        &config,
        format!(
            "uploads = {uploads:?}\nupload-longest = \"20\"\nupload-total = \"1K\"\nupload-open = 2\nupload-expire = 1\nupload-retain = 7\nupload-open-each = 9\nupload-bytes-each = \"1G\""
        ),
    )
    .expect("written");
    let server = Running::start_in(folder, &["--config", config.to_str().expect("a path")]);
    let long = server.ask("POST", "/v1/files", &[TUS, ("upload-length", "21")], "");
    assert_eq!((long.status, long.body.as_str()), (413, "{\"code\":\"upload/too-long\"}"));
    begun(&server);
    begun(&server);
    let many = server.ask("POST", "/v1/files", &[TUS, ("upload-length", "1")], "");
    assert_eq!((many.status, many.body.as_str()), (507, "{\"code\":\"upload/full\"}"));
    server.end();
}
