//! What the description promises, held against every answer that a test gets.

use std::sync::OnceLock;

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = include_str!("../../openapi.json");
        serde_json::from_str(text).expect("JSON")
    })
}

/// The described path that a path is one of.
fn template(path: &str) -> Option<&'static Map<String, Value>> {
    let paths = document()["paths"].as_object().expect("paths");
    let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let asked = parts(path);
    let is_one = |described: &str| {
        let described = parts(described);
        described.len() == asked.len()
            && described
                .iter()
                .zip(&asked)
                .all(|(one, other)| one.starts_with('{') || one == other)
    };
    paths.iter().find(|(described, _)| is_one(described))?.1.as_object()
}

fn is_valid(schema: &Value, value: &Value) -> Result<(), String> {
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    let validator = jsonschema::validator_for(&whole).expect("a schema");
    validator.validate(value).map_err(|error| error.to_string())
}

/// What is wrong with an answer; the empty list if it is as described. What is not described is not asked here.
pub(crate) fn faults(
    method: &Method,
    path: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
) -> Vec<String> {
    let described = if *method == Method::HEAD {
        "get".into()
    } else {
        method.as_str().to_ascii_lowercase()
    };
    let Some(operation) = template(path).and_then(|it| it.get(&described)) else {
        return Vec::new();
    };
    let mut response = &operation["responses"][status.as_str()];
    if let Some(name) = response["$ref"].as_str() {
        response = document().pointer(name.trim_start_matches('#')).expect("a response");
    }
    let mut faults = Vec::new();
    if response.is_null() {
        return vec![format!("{method} {path} is not described to answer {status}: {body}")];
    }
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        match headers.get(name).map(|it| it.to_str().expect("text")) {
            None => faults.push(format!("no {name}")),
            Some(value) => faults.extend(is_valid(&header["schema"], &json!(value)).err()),
        }
    }
    let kind = headers.get("content-type").map_or("", |it| it.to_str().expect("text"));
    let kind = kind.split(';').next().unwrap_or("");
    match response["content"].as_object() {
        _ if *method == Method::HEAD => {}
        None if body.is_empty() => {}
        None => faults.push(format!("a body: {body}")),
        Some(content) => match content.get(kind) {
            None => faults.push(format!("{kind:?} is not described")),
            Some(described) if kind.ends_with("json") => match serde_json::from_str(body) {
                Ok(value) => faults.extend(is_valid(&described["schema"], &value).err()),
                Err(error) => faults.push(error.to_string()),
            },
            Some(described) => faults.extend(is_valid(&described["schema"], &json!(body)).err()),
        },
    }
    faults
}

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
    let kept = crate::Kept::new().await;
    for (path, mut methods) in operations() {
        let request = axum::http::Request::patch(&path).body(axum::body::Body::empty());
        let answer = kept.whole(request.expect("a request")).await;
        assert_eq!(answer.code(), (405, "method/unknown".into()), "{path}");
        if methods.contains(&"GET".to_owned()) {
            methods.push("HEAD".into());
        }
        methods.sort();
        let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[tokio::test]
async fn it_is_what_the_server_hands_out() {
    let kept = crate::Kept::new().await;
    assert_eq!(&kept.open("/v1/openapi.json").await, document());
    assert_eq!(kept.open("/v1/health").await, json!({"status": "alive"}));
    assert_eq!(kept.open("/v1/ready").await, json!({"status": "ready", "size": 0}));
}

#[test]
fn what_is_not_as_described_is_found() {
    let faults = |status: u16, kind: &str, body: &str| {
        let headers =
            HeaderMap::from_iter([("content-type".parse().expect("a name"), kind.parse().expect("a value"))]);
        let status = StatusCode::from_u16(status).expect("a status");
        faults(&Method::GET, "/v1/ready", status, &headers, body).len()
    };
    assert_eq!(faults(200, "application/json", "{\"status\":\"ready\",\"size\":0}"), 0);
    assert_eq!(faults(200, "application/json", "{\"status\":\"ready\"}"), 1);
    assert_eq!(
        faults(200, "application/json", "{\"status\":\"ready\",\"size\":0,\"more\":0}"),
        1
    );
    assert_eq!(faults(200, "text/plain", "{\"status\":\"ready\",\"size\":0}"), 1);
    assert_eq!(faults(418, "application/json", "{}"), 1);
    assert_eq!(
        faults(503, "application/json", "{\"code\":\"store/unavailable\"}"),
        1,
        "without a pause"
    );
}
