//! The server of the simulation beside the real one: whatever is asked, both answer the same.
#![allow(missing_docs, reason = "a test")]

mod device;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use http_body_util::BodyExt as _;
use mixus_privacy::ledger::{Kind, text};
use mixus_privacy_server::{Records, Settings};
use mixus_privacy_sim_server::{Keys, Server};
use proptest::prelude::*;
use serde_json::Value;
use tower::ServiceExt as _;

use device::{Device, token};

/// What both servers take for the time, in seconds since 1970.
static NOW: AtomicU64 = AtomicU64::new(BEGIN);
const BEGIN: u64 = 1_795_000_000;

fn now() -> u64 {
    NOW.load(Ordering::SeqCst)
}

struct Real {
    host: SigningKey,
}

impl Keys for Real {
    fn is_signed(&self, key: &[u8; 32], text: &str, signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(text.as_bytes(), &signature).is_ok())
    }

    /// Each log has a key of its own: what they sign is compared, and not with what.
    fn sign(&self, _: &str) -> [u8; 64] {
        [0; 64]
    }

    fn key(&self) -> [u8; 32] {
        [0; 32]
    }

    fn link_key(&self) -> [u8; 32] {
        self.host.verifying_key().to_bytes()
    }
}

/// What is asked next.
#[derive(Clone, Debug)]
enum Question {
    Append {
        events: Vec<(usize, What)>,
        token: Option<(usize, usize, i64)>,
    },
    Pull {
        device: usize,
        back: u64,
        late: i64,
        other: bool,
        tag: bool,
    },
    Notice {
        number: usize,
        right: bool,
    },
    Time(u64),
}

/// An event, as it should be or not.
#[derive(Clone, Copy, Debug)]
enum What {
    Next(Kind),
    Account(Kind, usize),
    Again,
    Behind,
    Fork,
    Forged,
    Junk,
}

const ACCOUNTS: [&str; 3] = ["", "alice", "bob"];

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        6 => Just(What::Next(Kind::Decision)),
        1 => Just(What::Next(Kind::Erase)),
        2 => (1..3_usize).prop_map(|acct| What::Account(Kind::Link, acct)),
        1 => Just(What::Account(Kind::Unlink, 0)),
        1 => (0..3_usize).prop_map(|acct| What::Account(Kind::Decision, acct)),
        2 => Just(What::Again),
        1 => Just(What::Behind),
        1 => Just(What::Fork),
        1 => Just(What::Forged),
        1 => Just(What::Junk),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    let ends = prop_oneof![Just(600_i64), Just(0), Just(-1), Just(3600), Just(3601)];
    let token = prop_oneof![Just(None), (0..3_usize, 1..3_usize, ends).prop_map(Some)];
    let apart = prop_oneof![Just(0_i64), Just(300), Just(301), Just(-300), Just(-301)];
    let pull = (0..3_usize, 0..6_u64, apart, prop::bool::weighted(0.1), any::<bool>());
    prop_oneof![
        5 => (prop::collection::vec((0..3_usize, what()), 0..5), token)
            .prop_map(|(events, token)| Question::Append { events, token }),
        3 => pull.prop_map(|(device, back, late, other, tag)| Question::Pull { device, back, late, other, tag }),
        1 => (0..3_usize, any::<bool>()).prop_map(|(number, right)| Question::Notice { number, right }),
        1 => (0..1000_u64).prop_map(Question::Time),
    ]
}

/// Both servers, and who asks them.
struct World {
    records: Records,
    _folder: tempfile::TempDir,
    simulated: Server,
    keys: Real,
    devices: Vec<Device>,
    tags: Vec<String>,
}

impl World {
    async fn new() -> World {
        let host = SigningKey::from_bytes(&[99; 32]);
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            database: folder.path().join("records.db"),
            link_keys: vec![host.verifying_key().to_bytes()],
            rate: 0,
            clock: now,
            ..Settings::default()
        };
        let simulated = Server {
            origin: settings.origin.clone(),
            ..Server::default()
        };
        World {
            records: Records::open(settings).await.expect("records"),
            _folder: folder,
            simulated,
            keys: Real { host },
            devices: (1..=3).map(Device::new).collect(),
            tags: vec![String::new(); 3],
        }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.records.router().oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let tag = head.headers.get("etag").and_then(|it| it.to_str().ok()).unwrap_or("");
        (head.status, tag.to_owned(), String::from_utf8_lossy(&body).into_owned())
    }

    async fn append(&mut self, events: &[(usize, What)], of: Option<(usize, usize, i64)>) {
        let lines: Vec<String> =
            events.iter().map(|(at, what)| self.devices[*at].says(*what, now())).collect();
        let body = lines.join("\n");
        let token = of.map_or_else(String::new, |(at, acct, apart)| {
            let sub = self.devices[at].sub();
            token(&self.keys.host, ACCOUNTS[acct], &sub, now().saturating_add_signed(apart))
        });
        let request = Request::post("/v1/events")
            .header("mixus-link", &token)
            .body(Body::from(body.clone()));
        let (status, _, real) = self.ask(request.expect("a request")).await;
        let simulated = self.simulated.append(&self.keys, &body, &token, now());
        let Some((simulated, _)) = simulated else {
            assert_eq!(status, StatusCode::BAD_REQUEST, "{real}");
            return;
        };
        assert_eq!(unsigned(&real), unsigned(&simulated.to_string()), "{body}\n{token}");
        let answers = simulated["answers"].as_array().expect("answers");
        for ((at, what), answer) in events.iter().zip(answers).rev() {
            self.devices[*at].heard(*what, answer["status"] != "rejected");
        }
    }

    async fn pull(&mut self, at: usize, back: u64, late: i64, other: bool, with_tag: bool) {
        let size = self.simulated.store.log.size();
        // From before the end, or beyond it.
        let after = size.saturating_sub(back) + back / 5 * 6;
        let sub = self.devices[at].sub().text();
        let path = format!("/v1/subjects/{sub}/events?after={after}");
        let signer = if other { (at + 1) % 3 } else { at };
        let header = self.devices[signer].asks("GET", &path, now().saturating_add_signed(late));
        let tag = if with_tag { self.tags[at].clone() } else { String::new() };
        let request = Request::get(&path)
            .header("authorization", &header)
            .header("if-none-match", &tag);
        let request = request.body(Body::empty()).expect("a request");
        let (status, real_tag, real) = self.ask(request).await;
        if !self.simulated.asks(&self.keys, &header, &sub, "GET", &path, now()) {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{real}");
            let said: Value = serde_json::from_str(&real).expect("JSON");
            let said = (said["code"].as_str(), said["now"].as_u64());
            assert_eq!(said, (Some("subject/not-signed"), Some(now())));
            return;
        }
        let pulled = self.simulated.pull(&sub, after, &tag).expect("a subject");
        assert_eq!(real_tag, pulled.tag);
        if pulled.same {
            assert_eq!(status, StatusCode::NOT_MODIFIED);
        } else {
            assert_eq!(status, StatusCode::OK);
            let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
            assert_eq!(parsed(&real), parsed(&pulled.body));
        }
        self.tags[at] = pulled.tag;
    }

    async fn notice(&mut self, number: usize, right: bool) {
        let document = Device::document(number);
        let name = text(&Device::hash_of(&document));
        let body = if right { document } else { "{}".into() };
        let request = Request::put(format!("/v1/notices/{name}")).body(Body::from(body.clone()));
        let (status, _, real) = self.ask(request.expect("a request")).await;
        let (simulated, code) = self.simulated.notice(&name, &body);
        assert_eq!(status.as_u16(), simulated, "{real}");
        assert!(real.contains(code), "{real}: {code}");
    }
}

/// An answer without the signature of its checkpoint.
fn unsigned(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).expect("JSON");
    if let Some(note) = answer["checkpoint"].as_str() {
        answer["checkpoint"] = note.split("\n\n").next().into();
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn both_answer_the_same(questions in prop::collection::vec(question(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            NOW.store(BEGIN, Ordering::SeqCst);
            let mut world = World::new().await;
            for question in questions {
                match question {
                    Question::Append { events, token } => world.append(&events, token).await,
                    Question::Pull { device, back, late, other, tag } => {
                        world.pull(device, back, late, other, tag).await;
                    }
                    Question::Notice { number, right } => world.notice(number, right).await,
                    Question::Time(seconds) => NOW.store(now() + seconds, Ordering::SeqCst),
                }
            }
        });
    }
}
