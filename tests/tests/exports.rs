//! What a person takes away, as others read it who know JSON-LD and nothing of us.

#[allow(dead_code, reason = "these tests ask for less")]
#[path = "../../server/tests/records/device.rs"]
mod device;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use device::Device;
use mixus_privacy::ledger::{Event, text};
use mixus_privacy::policy::Json;
use mixus_privacy::rights::{As, Notice, Told, export};
use mixus_privacy_tests::root;
use serde_json::Value;

const DPV: &str = "https://w3id.org/dpv#";
const DCT: &str = "http://purl.org/dc/terms/";
const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";

/// The statements of a document of JSON-LD: subject, predicate and object, without their brackets and quotes.
struct Graph(Vec<[String; 3]>);

impl Graph {
    fn read(document: &str) -> Graph {
        let mut child = Command::new("node")
            .arg(root().join("tests/interop/quads.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(document.as_bytes()).expect("written");
        drop(input);
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "it was not understood");
        let lines = String::from_utf8(output.stdout).expect("text");
        let plain = |term: &str| term.trim_matches(['<', '>']).to_owned();
        Graph(
            lines
                .lines()
                .map(|line| {
                    let mut parts = line.trim_end_matches(" .").splitn(3, ' ');
                    let mut next = || parts.next().expect("a term");
                    [plain(next()), plain(next()), plain(next())]
                })
                .collect(),
        )
    }

    /// What is said of a thing.
    fn all(&self, of: &str, predicate: &str) -> BTreeSet<&str> {
        let said = self.0.iter().filter(|[it, name, _]| it == of && name == predicate);
        said.map(|[.., object]| object.as_str()).collect()
    }

    fn one(&self, of: &str, predicate: &str) -> &str {
        let all = self.all(of, predicate);
        assert_eq!(all.len(), 1, "{of} {predicate}: {all:?}");
        all.first().expect("one")
    }

    fn dpv(&self, of: &str, name: &str) -> &str {
        self.one(of, &format!("{DPV}{name}"))
    }

    fn has(&self, of: &str, kind: &str) -> bool {
        self.all(of, TYPE).contains(format!("{DPV}{kind}").as_str())
    }
}

fn document() -> Value {
    let read = |name: &str| -> Value {
        let text = fs::read(root().join("src/policy/default").join(name)).expect("a file");
        serde_json::from_slice(&text).expect("JSON")
    };
    let mut document = read("policy.json");
    document["texts"] = serde_json::json!({"en": read("texts/en.json")});
    document
}

#[test]
fn a_record_says_the_same_to_others() {
    let document = document();
    let notice = Notice::read(&mut Json::new(&document)).expect("a document");
    let mut device = Device::new(1);
    let sub = device.sub();
    let texts = [device.says("{\"analytics\":1,\"social\":0}"), device.says("{\"analytics\":0}")];
    // As if it had been decided under this document.
    let texts = texts.map(|it| it.replace(&text(&[9; 32]), &text(&notice.hash)));
    let told: Vec<Told<'_>> = (0..)
        .zip(&texts)
        .map(|(index, event)| Told {
            event,
            index: Some(index),
            taken: Some(1_790_000_000),
        })
        .collect();
    let written = export(As::Iso27560, &sub, &told, &[notice], 1_790_000_100);
    let graph = Graph::read(&written);

    let receipts: Vec<&String> = graph
        .0
        .iter()
        .filter(|[.., it]| *it == format!("{DPV}ConsentReceipt"))
        .map(|[of, ..]| of)
        .collect();
    let [receipt] = receipts[..] else {
        panic!("{receipts:?}")
    };
    assert_eq!(
        graph.one(receipt, &format!("{DCT}created")),
        "\"2026-09-21T14:15:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime"
    );
    let records = graph.all(receipt, &format!("{DPV}hasRecordOfActivity"));
    let names = texts.each_ref().map(|it| {
        let hash = Event::read(it).expect("an event").hash();
        format!("ni:///sha-256;{}", text(&hash))
    });
    assert_eq!(records, names.iter().map(String::as_str).collect());

    let record = names[0].as_str();
    assert!(graph.has(record, "ConsentRecord"));
    assert_eq!(
        graph.one(record, &format!("{DCT}conformsTo")),
        "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
    );
    let subject = graph.dpv(record, "hasDataSubject");
    assert!(graph.has(subject, "DataSubject"));
    assert_eq!(graph.dpv(subject, "hasIdentifier"), format!("\"{}\"", sub.text()));
    let controller = graph.dpv(record, "hasDataController");
    assert!(graph.has(controller, "DataController"));
    assert_eq!(graph.dpv(controller, "hasName"), "\"mixus\"");

    let status = |record: &str, purpose: &str| {
        let processes = graph.all(record, &format!("{DPV}hasProcess"));
        let process = processes
            .into_iter()
            .find(|it| {
                let purpose = format!("\"{purpose}\"");
                graph.one(graph.dpv(it, "hasPurpose"), &format!("{DCT}identifier")) == purpose
            })
            .expect("a process");
        (process.to_owned(), graph.dpv(process, "hasConsentStatus").to_owned())
    };
    let (process, given) = status(record, "analytics");
    assert!(graph.has(&given, "ConsentGiven") && graph.has(&given, "ExpressedConsent"));
    assert_eq!(graph.dpv(&given, "isIndicatedBy"), format!("{DPV}DataSubject"));
    assert!(
        graph
            .dpv(&given, "isIndicatedAtTime")
            .ends_with("^^<http://www.w3.org/2001/XMLSchema#dateTime")
    );
    assert!(graph.has(graph.dpv(&given, "hasDuration"), "UntilTimeDuration"));
    assert_eq!(
        graph.dpv(&process, "hasLegalBasis"),
        "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a"
    );
    let recipients = graph.all(&process, &format!("{DPV}hasRecipient"));
    let named: BTreeSet<&str> = recipients.iter().map(|it| graph.dpv(it, "hasName")).collect();
    assert_eq!(
        named,
        ["\"Plausible Insights OÜ\"", "\"Sentry (EU region)\"", "\"mixus\""].into()
    );
    let stored = graph.all(&process, &format!("{DPV}hasStorageCondition"));
    let places: BTreeSet<&str> = stored
        .iter()
        .flat_map(|it| graph.all(it, &format!("{DPV}hasLocation")))
        .collect();
    assert_eq!(places, ["https://w3id.org/dpv/loc#EU", "https://w3id.org/dpv/loc#US"].into());

    let (_, refused) = status(record, "social");
    assert!(graph.has(&refused, "ConsentRefused"));
    let (_, withdrawn) = status(&names[1], "analytics");
    assert!(graph.has(&withdrawn, "ConsentWithdrawn"));
}
