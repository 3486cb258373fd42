//! What is written down of a whole flow of questions: one line each, and nothing of anyone.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::{Event, Kind, text};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::device::{Device, Host, now};
use crate::program::{Answer, Running};

const NO: &str = "{\"a-purpose-nobody-else-has\":0}";
const CLIENT: &str = "203.0.113.77";

/// A server that is asked things, how often which, and what nobody may find in its log.
struct Flow {
    server: Running,
    asked: usize,
    secrets: BTreeSet<String>,
}

impl Flow {
    fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str, status: u16) -> Answer {
        let through = [&[("x-forwarded-for", CLIENT)], headers].concat();
        let answer = self.server.ask(method, path, &through, body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        self.asked += 1;
        answer
    }

    fn send(&mut self, events: &[String], token: &str) -> Value {
        for it in events {
            let event = Event::read(it).expect("an event");
            let parts = [
                text(&event.nonce),
                text(&event.sig),
                text(&event.dev),
                text(&event.prev),
                event.id().text(),
            ];
            self.secrets.extend(parts);
        }
        let answer = self.ask("POST", "/v1/events", &[("mixus-link", token)], &events.join("\n"), 200);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    fn own(&mut self, device: &Device, path: &str, status: u16) -> Answer {
        let signed = device.asks("GET", path);
        self.secrets.insert(signed.clone());
        self.ask("GET", path, &[("authorization", &signed)], "", status)
    }
}

#[test]
fn a_line_for_each_question_and_nothing_of_anyone() {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let key = text(&host.key());
    let server = Running::start(&[
        "--link-key",
        &key,
        "--proxies",
        "1",
        "--rate",
        "100000",
        "--log",
        "debug",
        "--allow",
        "https://www.example.com",
    ]);
    let mut flow = Flow {
        server,
        asked: 0,
        secrets: BTreeSet::new(),
    };
    flow.secrets.extend([key, CLIENT.into(), "nobody-else-has".into()]);
    everything(&mut flow, &host);
    read(flow);
}

/// Asks all that can be asked, in every way.
fn everything(flow: &mut Flow, host: &Host) {
    let mut device = Device::new(201);
    let acct = "pseudonym-of-a-person";
    let sub = device.sub().text();
    said(flow, host, &mut device, acct);
    asked(flow, &device, &sub);
    flow.ask("GET", &format!("/v1/{sub}?{acct}"), &[], "", 404);
    let erase = host.erases(acct, now() + 60);
    flow.secrets.insert(erase.clone());
    let path = format!("/v1/accounts/{acct}");
    flow.ask("DELETE", &path, &[("authorization", &format!("Bearer {erase}"))], "", 200);
    device.acct = acct.into();
    let erase = device.does(Kind::Erase, "{}");
    assert_eq!(flow.send(&[erase], "")["answers"][0]["status"], "stored");
}

/// Events and what they name: good ones, and others.
fn said(flow: &mut Flow, host: &Host, device: &mut Device, acct: &str) {
    let mut copy = device.clone();
    let first = device.says(NO);
    let pk = text(&Event::read(&first).expect("an event").key);
    flow.secrets.extend([device.sub().text(), pk, acct.into()]);

    // Stored, there before, of a copied profile, out of order, forged, nothing at all.
    flow.send(std::slice::from_ref(&first), "");
    flow.send(std::slice::from_ref(&first), "");
    copy.says("{}");
    let fork = copy.says(NO);
    flow.send(&[fork], "");
    flow.send(&[first.replace(":0}", ":1}")], "");
    let document = "{\"what\":\"was shown to a person\"}";
    let hash = Sha256::digest(document).into();
    device.notice = hash;
    let token = host.token(acct, &device.sub(), now() + 60);
    flow.secrets.extend([token.clone(), text(&hash), "was shown".into()]);
    device.acct = acct.into();
    let link = device.does(Kind::Link, "{}");
    let answer = flow.send(&[link], &token);
    assert_eq!(answer["answers"][0]["status"], "stored");
    flow.ask("POST", "/v1/events", &[], "somebody's secret", 200);
    flow.ask("POST", "/v1/events", &[], &"somebody's secret\n".repeat(65), 400);
    flow.ask("POST", "/v1/events", &[], &"somebody's secret".repeat(4000), 413);
    flow.secrets.insert("somebody".into());
    let notice = format!("/v1/notices/{}", text(&hash));
    flow.ask("PUT", &notice, &[], "somebody else", 400);
    flow.ask("PUT", &notice, &[], document, 204);
    flow.ask("GET", &notice, &[], "", 200);
}

/// What is its own, what is not, and what nobody has.
fn asked(flow: &mut Flow, device: &Device, sub: &str) {
    for (path, status) in [
        ("events", 200),
        ("events?after=1&wait=1", 200),
        ("receipts/0", 200),
        ("receipts/77", 404),
        ("export?as=events", 200),
        ("export?as=secret-form", 404),
    ] {
        flow.own(device, &format!("/v1/subjects/{sub}/{path}"), status);
    }
    flow.secrets.insert("secret-form".into());
    flow.ask(
        "GET",
        &format!("/v1/subjects/{sub}/events"),
        &[("authorization", &format!("Mixus 1.{sub}.{sub}"))],
        "",
        401,
    );
    flow.ask(&format!("GET{sub}"), "/v1/events", &[], "", 405);
    flow.ask(
        "OPTIONS",
        &format!("/v1/subjects/{sub}/events"),
        &[("origin", "https://www.example.com"), ("access-control-request-method", "GET")],
        "",
        200,
    );
    for path in [
        "/v1/log/checkpoint",
        "/v1/log/inclusion?index=0&size=1",
        "/v1/log/consistency?from=1&to=2",
        "/v1/health",
        "/v1/ready",
        "/v1/openapi.json",
        "/metrics",
    ] {
        flow.ask("GET", path, &[], "", 200);
    }
}

/// Every line tells what was asked and how it went, and of whom none.
fn read(flow: Flow) {
    let Flow {
        server,
        asked,
        secrets,
    } = flow;
    let counted = server.ask("GET", "/metrics", &[("x-forwarded-for", CLIENT)], "").body;
    let peer = server.address.clone();
    let (_, log) = server.end();
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        assert!(!counted.contains(secret.as_str()), "{secret} is counted");
    }
    let lines: Vec<Value> = log.lines().map(|it| serde_json::from_str(it).expect("JSON")).collect();
    let answered: Vec<&Value> = lines.iter().filter(|it| it["message"] == "answered").collect();
    assert_eq!(answered.len(), asked + 1, "one line each");
    let mut fields = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for line in &answered {
        for name in line.as_object().expect("members").keys() {
            *fields.entry(name.as_str()).or_insert(0) += 1;
        }
        assert!(ids.insert(line["request"].as_str().expect("an id")), "each has its own");
        assert!(!line.to_string().contains("127.0.0.1"), "{line}");
    }
    let names: Vec<&str> = fields.keys().copied().collect();
    assert_eq!(
        names,
        [
            "events", "level", "message", "method", "request", "route", "seconds", "status", "target",
            "timestamp"
        ]
    );
    assert!(fields.values().all(|it| *it == answered.len()));
    // The address that it listens at is the operator's own.
    assert_eq!(lines.iter().filter(|it| it.to_string().contains(&peer)).count(), 1);
    let of = |route: &str, method: &str, status: u64| {
        answered
            .iter()
            .filter(|it| it["route"] == route && it["method"] == method && it["status"] == status)
            .count()
    };
    assert_eq!(of("/v1/events", "POST", 200), 7);
    assert_eq!(of("/v1/subjects/{sub}/events", "GET", 200), 2);
    assert_eq!(of("none", "GET", 404), 1);
    assert_eq!(of("/v1/events", "other", 405), 1);
    assert_eq!(of("/v1/accounts/{acct}", "DELETE", 200), 1);
    assert!(
        counted.contains("http_requests_total{method=\"POST\",route=\"/v1/events\",status=\"200\"} 7\n"),
        "{counted}"
    );
    assert!(
        counted.contains("http_request_duration_seconds_count{route=\"/v1/events\"} "),
        "{counted}"
    );
}

#[test]
fn less_can_be_written_down() {
    let server = Running::start(&["--log", "warn"]);
    assert_eq!(server.ask("GET", "/v1/health", &[], "").status, 200);
    // Somebody is in front whom nobody told of, which is worth a line, and not more than one.
    for _ in 0..3 {
        server.ask("GET", "/v1/health", &[("x-forwarded-for", CLIENT)], "");
    }
    let (_, log) = server.end();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("there is a proxy in front") && !log.contains(CLIENT), "{log}");
}
