//! Over real connections: those who are slow, those who do not read, and an end.

use std::io::Read as _;
use std::time::Duration;

use mixus_privacy_server::{Patience, Settings};
use tokio::net::TcpStream;

use crate::device::Device;
use crate::wire::{LONG, Served, answer, rest, send};

/// As short as can be told from nothing.
const SHORT: Duration = Duration::from_millis(200);
const NO: &str = "{\"analytics\":0}";

fn settings(patience: Patience) -> Settings {
    Settings {
        patience,
        rate: 0,
        ..Settings::default()
    }
}

/// A subject's own question.
fn question(device: &Device, query: &str) -> String {
    let path = format!("/v1/subjects/{}/events{query}", device.sub().text());
    format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\r\n",
        device.asks("GET", &path)
    )
}

#[tokio::test]
async fn who_does_not_ask_loses_the_place() {
    let served = Served::with(Settings {
        connections: 2,
        ..settings(Patience {
            head: SHORT,
            ..Patience::default()
        })
    })
    .await;
    // One says nothing, one never ends: there is no place left.
    let (mut silent, mut slow) = (served.connect().await, served.connect().await);
    send(&mut slow, "GET /v1/health HTTP/1.1\r\nhost: x\r\nx-").await;
    served.until("mixus_privacy_connections 2").await;
    let mut third = served.connect().await;
    send(&mut third, "GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        answer(&mut third).await.starts_with("HTTP/1.1 200"),
        "there is one after a while"
    );
    assert!(!rest(&mut slow).await.contains("200 OK"));
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(rest(&mut third).await, "", "nor does one that was answered stay for ever");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let served = Served::with(settings(Patience {
        body: SHORT,
        ..Patience::default()
    }))
    .await;
    let mut slow = served.connect().await;
    send(
        &mut slow,
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nx",
    )
    .await;
    let said = answer(&mut slow).await;
    assert!(
        said.starts_with("HTTP/1.1 408") && said.ends_with("{\"code\":\"body/slow\"}"),
        "{said}"
    );
    // One that says that it is too long need not be sent.
    let mut long = served.connect().await;
    send(
        &mut long,
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
    )
    .await;
    for _ in 0..62 {
        send(&mut long, &format!("400\r\n{}\r\n", "x".repeat(1024))).await;
    }
    let said = answer(&mut long).await;
    assert!(
        said.starts_with("HTTP/1.1 413") && said.ends_with("{\"code\":\"batch/too-long\"}"),
        "{said}"
    );
}

#[tokio::test]
async fn who_does_not_read_is_cut_off() {
    let served = Served::with(settings(Patience {
        answer: SHORT,
        ..Patience::default()
    }))
    .await;
    let mut device = Device::new(1);
    let services: Vec<String> = (0..256)
        .map(|it| format!("\"service-with-a-rather-long-name-{it:03}\":0"))
        .collect();
    let services = format!("{{{}}}", services.join(","));
    for _ in 0..20 {
        let batch: Vec<String> = (0..5).map(|_| device.about(NO, &services)).collect();
        served.kept.send(&batch).await;
    }
    let mut stream = served.connect().await;
    // More than the system holds for both of them.
    let many = question(&device, "").repeat(40);
    let sending = tokio::spawn(async move {
        send(&mut stream, &many).await;
        stream
    });
    served.until("mixus_privacy_connections 1").await;
    served.until("mixus_privacy_connections 0").await;
    drop(sending);
}

#[tokio::test]
async fn an_end_is_told_to_those_who_wait() {
    let served = Served::with(settings(Patience::default())).await;
    let mut device = Device::new(1);
    served.kept.send(&[device.says(NO)]).await;
    let mut waits = served.connect().await;
    send(&mut waits, &question(&device, "?after=1&wait=25")).await;
    served.until("mixus_privacy_waiting_readers 1").await;
    let mut idle = served.connect().await;
    send(&mut idle, "GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n").await;
    answer(&mut idle).await;

    served.end.send(()).expect("somebody to tell");
    let ended = tokio::time::timeout(LONG, served.serving)
        .await
        .expect("an end")
        .expect("no panic");
    assert!(ended.is_ok());
    // When it is over, all that there was to say has been said: nobody was cut off.
    let mut said = String::new();
    let mut waits = waits.into_std().expect("a socket");
    waits.read_to_string(&mut said).expect("an answer that is there");
    assert!(
        said.starts_with("HTTP/1.1 200") && said.ends_with("{\"events\":[],\"seen\":1}"),
        "{said}"
    );
    assert!(said.contains("connection: close"), "{said}");
    assert_eq!(rest(&mut idle).await, "");
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn an_end_comes_whoever_holds_on() {
    let served = Served::with(settings(Patience {
        end: SHORT,
        ..Patience::default()
    }))
    .await;
    let mut stuck = served.connect().await;
    send(
        &mut stuck,
        "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nx",
    )
    .await;
    served.until("mixus_privacy_connections 1").await;
    served.end.send(()).expect("somebody to tell");
    let ended = tokio::time::timeout(LONG, served.serving)
        .await
        .expect("an end")
        .expect("no panic");
    assert!(ended.is_ok());
}
