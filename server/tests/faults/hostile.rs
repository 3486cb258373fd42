//! Guests that mean no good: what they send is answered with a code that says why, and nothing of it is kept.

use axum::body::Body;
use axum::http::Request;
use fastrand::Rng;
use mixus_privacy::ledger::{Event, Kind, Subject, text};
use mixus_privacy::sync::{MOST_BYTES, asking};

use crate::AT;
use crate::counts;
use crate::device::{Device, host, token};
use crate::process::{Answered, Process};
use crate::vfs::Machine;

/// The order of the group in which signatures are numbers, little-endian (RFC 8032, 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Points of small order, as they and some of their aliases are written: with such a key, one signature fits any text.
fn small_keys() -> Vec<[u8; 32]> {
    let ended = |first: u8, rest: u8, last: u8| {
        let mut key = [rest; 32];
        (key[0], key[31]) = (first, last);
        key
    };
    vec![
        ended(0, 0, 0),
        ended(0, 0, 0x80),
        ended(1, 0, 0),
        ended(1, 0, 0x80),
        ended(0xec, 0xff, 0x7f),
        ended(0xec, 0xff, 0xff),
        ended(0xed, 0xff, 0x7f),
        ended(0xee, 0xff, 0x7f),
        ended(0xee, 0xff, 0xff),
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
    ]
}

/// The same signature once more, with the order added to its number.
fn second(sig: &[u8; 64]) -> [u8; 64] {
    let mut out = *sig;
    let mut carry = 0_u16;
    for (to, from) in out[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*to) + u16::from(from) + carry;
        *to = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    out
}

fn changed(event: &str, change: impl FnOnce(&mut Event<'_>)) -> String {
    let mut event = Event::read(event).expect("an event");
    change(&mut event);
    event.canonical()
}

/// Lines that are no events, or not of whom they say: what is wrong, the line, the code.
fn lines() -> Vec<(String, String, &'static str)> {
    let device = Device::new(1, 3);
    let other = Device::new(2, 2);
    let (first, second_event) = (&device.chain[0].text, &device.chain[1].text);
    let theirs = Event::read(&other.chain[0].text).expect("an event");
    let mut all: Vec<(String, String, &'static str)> = Vec::new();
    let mut add = |what: &str, line: String, code| all.push((what.into(), line, code));
    let is = "event/signature";
    for at in 0..64 {
        let flipped = changed(first, |it| it.sig[at] ^= 1 << (at % 8));
        add("a bit of the signature", flipped, is);
    }
    add("the signature of another", changed(first, |it| it.sig = theirs.sig), is);
    let later = Event::read(second_event).expect("an event").sig;
    add("the signature of a later one", changed(first, |it| it.sig = later), is);
    add(
        "the signature with the order added",
        changed(first, |it| it.sig = second(&it.sig)),
        is,
    );
    add("no signature", changed(first, |it| it.sig = [0; 64]), is);
    add("another time", changed(first, |it| it.at += 1), is);
    add("another answer", first.replace("\"analytics\":1", "\"analytics\":0"), is);
    for (at, key) in small_keys().into_iter().enumerate() {
        for zero in [key, small_keys()[2], [0; 32]] {
            let forged = changed(first, |it| {
                (it.key, it.sub) = (key, Subject::of(&key, AT));
                it.sig = [0; 64];
                it.sig[..32].copy_from_slice(&zero);
            });
            add(&format!("a key of small order, {at}"), forged, is);
        }
    }
    add("the key of another", changed(first, |it| it.key = theirs.key), "event/subject");
    add(
        "the subject of another",
        changed(first, |it| it.sub = theirs.sub),
        "event/subject",
    );
    let both = changed(first, |it| (it.key, it.sub) = (theirs.key, theirs.sub));
    add("in the name of another", both, is);
    add(
        "a place without what was before",
        changed(first, |it| it.prev = theirs.hash()),
        "event/chain",
    );
    add("a chain that begins later", changed(first, |it| it.seq = 2), "event/chain");
    add("a later one first", second_event.clone(), "event/gap");
    let missing = device.sign(Kind::Decision, 9, device.chain[2].hash, 0).text;
    add("one that skips some", missing, "event/gap");
    all.extend(
        malformed(first)
            .into_iter()
            .map(|(what, line)| (what.into(), line, "event/form")),
    );
    all.push(("one that is too long".into(), "x".repeat(16 * 1024 + 1), "event/too-long"));
    all
}

/// An event in ways in which none may be written.
fn malformed(first: &str) -> Vec<(&'static str, String)> {
    let sub = |from: &str, to: &str| first.replacen(from, to, 1);
    let purposes: Vec<String> = (0..33).map(|it| format!("\"p{it:02}\":1")).collect();
    let none = changed(first, |it| it.grant = mixus_privacy::ledger::Choices("{}"));
    let many = none.replacen("\"grant\":{}", &format!("\"grant\":{{{}}}", purposes.join(",")), 1);
    vec![
        ("too many purposes", many),
        ("nothing of an event", "{}".into()),
        (
            "a receipt",
            format!("{{\"checkpoint\":\"x\",\"event\":{first:?},\"index\":0,\"proof\":[],\"v\":1}}"),
        ),
        ("white space", sub(":", ": ")),
        ("white space before", format!(" {first}")),
        ("what comes behind", format!("{first} ")),
        ("two of them", format!("{first}{first}")),
        ("the end of a line of Windows", format!("{first}\r")),
        ("a mark of the order of bytes", format!("\u{feff}{first}")),
        ("a null", format!("{first}\0")),
        ("a null in a text", sub("\"en\"", "\"e\0\"")),
        ("half a surrogate", sub("\"en\"", "\"\\ud800\"")),
        ("an escape that nobody needs", sub("\"en\"", "\"\\u0065n\"")),
        ("a member twice", sub("\"gpc\":0,", "\"gpc\":0,\"gpc\":0,")),
        (
            "members in another order",
            sub("\"gpc\":0,", "").replacen("\"lang\"", "\"gpc\":0,\"lang\"", 1),
        ),
        ("a member that nobody knows", sub("{\"act\"", "{\"aaa\":1,\"act\"")),
        (
            "purposes in another order",
            sub("\"analytics\":1,\"preferences\":1", "\"preferences\":1,\"analytics\":1"),
        ),
        ("a purpose twice", sub("\"analytics\":1", "\"analytics\":1,\"analytics\":1")),
        ("a purpose that is maybe", sub("\"analytics\":1", "\"analytics\":2")),
        ("a number that is too large", sub("\"seen\":0", "\"seen\":9007199254740992")),
        (
            "a number of 30 digits",
            sub("\"seen\":0", "\"seen\":100000000000000000000000000000"),
        ),
        ("a number below zero", sub("\"seen\":0", "\"seen\":-0")),
        ("a fraction", sub("\"seen\":0", "\"seen\":0.0")),
        ("a power", sub("\"seen\":0", "\"seen\":0e0")),
        ("a zero in front", sub("\"seen\":0", "\"seen\":00")),
        ("a number as a text", sub("\"seen\":0", "\"seen\":\"0\"")),
        ("a null instead", sub("\"seen\":0", "\"seen\":null")),
        ("another version", sub("\"v\":1", "\"v\":2")),
        ("bytes with padding", sub("\"n\":\"", "\"n\":\"=")),
        ("as deep as there is room", "[".repeat(16_000)),
        ("objects as deep", "{\"a\":".repeat(3_000)),
    ]
}

async fn process(rng: &mut Rng) -> (Machine, Process) {
    let machine = Machine::new(rng);
    let process = Process::start(&machine.database()).await.expect("a process");
    (machine, process)
}

async fn post(process: &Process, body: impl Into<Body>, token: &str) -> Answered {
    let request = Request::post("/v1/events").header("mixus-link", token).body(body.into());
    process.ask(request.expect("a request")).await.expect("an answer")
}

fn code(answered: &Answered) -> String {
    let value: serde_json::Value = serde_json::from_str(&answered.body).unwrap_or_default();
    let first = &value["answers"][0];
    let code = value["code"].as_str().or(first["code"].as_str()).or(first["status"].as_str());
    format!("{} {}", answered.status.as_u16(), code.unwrap_or(""))
}

async fn size(process: &Process) -> String {
    let note = process.get("/v1/log/checkpoint").await.expect("a checkpoint").body;
    note.lines().nth(1).unwrap_or("").to_owned()
}

#[tokio::test]
async fn what_is_no_event_is_not_kept() {
    let (_machine, process) = process(&mut Rng::with_seed(1)).await;
    let all = lines();
    for (what, line, wanted) in &all {
        let answered = post(&process, line.clone(), "").await;
        assert_eq!(code(&answered), format!("200 {wanted}"), "{what}");
    }
    let device = Device::new(1, 70);
    let good = |count: usize| {
        device.chain[..count]
            .iter()
            .map(|it| it.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let small = || "{}\n".repeat(65);
    let bodies: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a batch of 65", small().into(), "400 batch/form"),
        ("more events than a batch has", good(65).into(), "400 batch/form"),
        ("a byte too much", vec![b'x'; MOST_BYTES + 1], "413 batch/too-long"),
        ("megabytes", vec![b'\n'; 5_000_000], "413 batch/too-long"),
        ("a million levels", vec![b'['; 1_000_000], "413 batch/too-long"),
        ("no UTF-8", b"\xff\xfe\x00".to_vec(), "400 batch/form"),
        (
            "UTF-8 that is too long for what it says",
            b"\xc0\x80".to_vec(),
            "400 batch/form",
        ),
        ("half a surrogate in UTF-8", b"\xed\xa0\x80".to_vec(), "400 batch/form"),
        ("nothing", Vec::new(), "200 "),
    ];
    for (what, body, wanted) in &bodies {
        assert_eq!(code(&post(&process, body.clone(), "").await), *wanted, "{what}");
    }
    assert_eq!(size(&process).await, "0", "nothing is kept");
    counts(all.len() + bodies.len(), "lines and bodies refused, each with its code");
}

#[tokio::test]
async fn tokens_are_good_for_what_they_say() {
    let (_machine, process) = process(&mut Rng::with_seed(2)).await;
    let device = Device::new(3, 2);
    let (site, sub) = (host(), device.sub());
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[98; 32]);
    let link = &device.chain[1];
    let whole = link.token.clone();
    let (claim, signature) = whole.split_once('.').expect("a token");
    post(&process, device.chain[0].text.clone(), "").await;
    let tokens = [
        String::new(),
        ".".into(),
        "..".into(),
        claim.to_owned(),
        format!("{claim}."),
        format!(".{signature}"),
        format!("{claim}.{claim}"),
        format!("{whole}="),
        format!("{whole}.{signature}"),
        token(&stranger, "account-0", &sub, AT + 600),
        token(&site, "account-1", &sub, AT + 600),
        token(&site, "account-0", &Device::new(11, 1).sub(), AT + 600),
        token(&site, "account-0", &sub, AT - 1),
        token(&site, "account-0", &sub, u64::MAX),
        "x".repeat(7000),
    ];
    for token in &tokens {
        let answered = post(&process, link.text.clone(), token).await;
        assert_eq!(code(&answered), "200 event/account", "{token}");
    }
    assert_eq!(code(&post(&process, link.text.clone(), &whole).await), "200 stored");
    assert_eq!(code(&post(&process, link.text.clone(), "").await), "200 duplicate");
    assert_eq!(size(&process).await, "2");
    counts(tokens.len(), "tokens refused");
}

#[tokio::test]
async fn forks_end() {
    let (_machine, process) = process(&mut Rng::with_seed(3)).await;
    let device = Device::new(1, 1);
    post(&process, device.chain[0].text.clone(), "").await;
    let mut said = Vec::new();
    for variant in 0..20 {
        let event = device.sign(Kind::Decision, 2, device.chain[0].hash, variant);
        said.push(code(&post(&process, event.text, "").await));
    }
    let count = |wanted: &str| said.iter().filter(|it| it.as_str() == wanted).count();
    assert_eq!(
        (count("200 stored"), count("200 fork"), count("200 subject/too-many")),
        (1, 15, 4)
    );
    assert_eq!(size(&process).await, "17");
    counts(said.len(), "forks, which end at 16");
}

#[tokio::test]
async fn questions_have_answers_with_codes() {
    let (_machine, process) = process(&mut Rng::with_seed(4)).await;
    let device = Device::new(1, 3);
    let other = Device::new(2, 1);
    for event in &device.chain {
        post(&process, event.text.clone(), "").await;
    }
    let name = device.sub().text();
    let most = u64::MAX;
    let mut count = 0_u64;
    for (path, wanted) in [
        ("/v1/log/inclusion".to_owned(), "400 question/form"),
        (format!("/v1/log/inclusion?index=0&size={most}"), "404 log/beyond"),
        (format!("/v1/log/inclusion?index={most}&size={most}"), "404 log/beyond"),
        (format!("/v1/log/inclusion?index={most}0&size=1"), "400 question/form"),
        ("/v1/log/inclusion?index=-1&size=1".into(), "400 question/form"),
        ("/v1/log/inclusion?index=0&index=1&size=1".into(), "400 question/form"),
        ("/v1/log/inclusion?index=0&size=0".into(), "404 log/beyond"),
        (format!("/v1/log/consistency?from={most}&to={most}"), "404 log/beyond"),
        (format!("/v1/log/consistency?from=1&to={most}"), "404 log/beyond"),
        ("/v1/log/consistency?from=3&to=2".into(), "404 log/beyond"),
        ("/v1/log/consistency?from=%00&to=2".into(), "400 question/form"),
        ("/v1/../v1/events".into(), "404 path/unknown"),
        ("/v1/events/".into(), "404 path/unknown"),
        ("/v1/subjects//events".into(), "401 subject/not-signed"),
        (format!("/v1/subjects/{name}/events"), "401 subject/not-signed"),
        ("/v1/subjects/x/events".into(), "401 subject/not-signed"),
        ("/v1/subjects/%ff/events".into(), "401 subject/not-signed"),
        (format!("/v1/subjects/{}/events", "A".repeat(5000)), "401 subject/not-signed"),
        (format!("/v1/subjects/{name}/receipts/0"), "401 subject/not-signed"),
    ] {
        let answered = process.get(&path).await.expect("an answer");
        assert_eq!(code(&answered), wanted, "{path}");
        count += 1;
    }
    for (path, wanted) in [
        (format!("/v1/subjects/{name}/events?after={most}"), "200 "),
        (format!("/v1/subjects/{name}/events?after={}", 1_u64 << 63), "200 "),
        (format!("/v1/subjects/{name}/events?after={}", i64::MAX), "200 "),
        (format!("/v1/subjects/{name}/events?after={most}0"), "400 question/form"),
        (format!("/v1/subjects/{name}/events?after=0&wait={most}"), "200 "),
        (format!("/v1/subjects/{name}/events?after=a"), "400 question/form"),
        (format!("/v1/subjects/{name}/receipts/{most}"), "404 receipt/unknown"),
        (format!("/v1/subjects/{name}/receipts/{}", 1_u64 << 63), "404 receipt/unknown"),
        (format!("/v1/subjects/{name}/receipts/{most}0"), "404 path/unknown"),
        (format!("/v1/subjects/{name}/receipts/-1"), "404 path/unknown"),
    ] {
        let answered = process.own(&device, &path).await.expect("an answer");
        assert_eq!(code(&answered), wanted, "{path}");
        count += 1;
    }
    // Strangers, and what was asked for something else.
    let path = format!("/v1/subjects/{name}/events");
    let good = device.asks("GET", &path);
    let parts: Vec<&str> = good.trim_start_matches("Mixus ").split('.').collect();
    let old = {
        use ed25519_dalek::Signer as _;
        let at = AT - 100_000;
        let signature = device.key().sign(asking("GET", &path, at).as_bytes());
        format!("Mixus {at}.{}.{}", parts[1], text(&signature.to_bytes()))
    };
    let headers = [
        "Mixus".into(),
        "Mixus ".into(),
        "Mixus ..".into(),
        format!("Bearer {}", parts.join(".")),
        format!("mixus {}", parts.join(".")),
        format!("Mixus {}", parts[..2].join(".")),
        format!("{good}.x"),
        format!("Mixus {most}.{}.{}", parts[1], parts[2]),
        format!("Mixus -1.{}.{}", parts[1], parts[2]),
        format!("Mixus {most}{most}.{}.{}", parts[1], parts[2]),
        old,
        device.asks("POST", &path),
        device.asks("GET", "/v1/subjects/x/events"),
        device.asks("GET", &format!("{path}?after=1")),
        other.asks("GET", &path),
        other.asks("GET", &format!("/v1/subjects/{}/events", other.sub().text())),
        "x".repeat(8000),
    ];
    for header in &headers {
        let request = Request::get(&path).header("authorization", header).body(Body::empty());
        let answered = process.ask(request.expect("a request")).await.expect("an answer");
        assert_eq!(code(&answered), "401 subject/not-signed", "{header}");
        count += 1;
    }
    assert_eq!(size(&process).await, "3");
    counts(count, "questions answered, each with its code");
}
