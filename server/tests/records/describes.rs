//! What the description promises, held against every answer that a test gets.

use std::sync::OnceLock;

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

pub(crate) fn document() -> &'static Value {
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
    let described = method.as_str().to_ascii_lowercase();
    let operations = template(path);
    let of = |name: &str| operations.and_then(|it| it.get(name));
    let operation = of(&described).or_else(|| of("get").filter(|_| *method == Method::HEAD));
    let Some(operation) = operation else {
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
            None if header["required"] == json!(true) => faults.push(format!("no {name}")),
            None => {}
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
