//! A server with uploads, that listens.

use std::net::SocketAddr;
use std::path::PathBuf;

use mixus_privacy_server::{Records, Settings, UploadSettings};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::reading::read_at;
use crate::wire::{Answer, LONG, http, tus};

/// A server that can be ended and started again.
pub(crate) struct World {
    folder: TempDir,
    settings: Settings,
    pub records: Records,
    pub at: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Uploads in a folder of the system, with room for little.
fn usual(folder: &TempDir) -> Settings {
    Settings {
        database: folder.path().join("records.db").into(),
        rate: 0,
        uploads: Some(UploadSettings {
            folder: folder.path().join("uploads"),
            longest: 10_000_000,
            ..UploadSettings::default()
        }),
        ..Settings::default()
    }
}

async fn serve(
    settings: &Settings,
) -> (Records, SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    // The writer of records ends a moment after the last who could ask it.
    let records = loop {
        match Records::open(settings.clone()).await {
            Ok(records) => break records,
            Err(error) if error.to_string().contains("another process") => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let (end, told) = oneshot::channel();
    let served = records.clone();
    let serving = tokio::spawn(async move {
        let router = served.router();
        served.serve(listener, router, async { drop(told.await) }).await
    });
    (records, at, end, serving)
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = usual(&folder);
        change(&mut settings);
        let (records, at, end, serving) = serve(&settings).await;
        World {
            folder,
            settings,
            records,
            at,
            end,
            serving,
        }
    }

    /// Another process on the same uploads, as far as it can be had within this one.
    pub(crate) async fn beside(&self) -> World {
        let uploads = self.settings.uploads.clone();
        World::with(|settings| settings.uploads = uploads).await
    }

    /// Ends as it is told to, and how that went.
    pub(crate) async fn end(self) -> (TempDir, Settings) {
        self.end.send(()).expect("somebody to tell");
        let ended = tokio::time::timeout(LONG, self.serving).await;
        ended.expect("an end").expect("no panic").expect("well");
        (self.folder, self.settings)
    }

    pub(crate) async fn again(self) -> World {
        let (folder, settings) = self.end().await;
        let (records, at, end, serving) = serve(&settings).await;
        World {
            folder,
            settings,
            records,
            at,
            end,
            serving,
        }
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.folder.path().join("uploads")
    }

    /// What lies in the folder.
    pub(crate) fn files(&self) -> usize {
        std::fs::read_dir(self.uploads()).expect("a folder").count()
    }

    /// Begins an upload; its path.
    pub(crate) async fn begin(&self, length: usize) -> String {
        let answer = self.try_begin(length).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("/v1/{}", answer.header("location"))
    }

    pub(crate) async fn try_begin(&self, length: usize) -> Answer {
        tus("POST", "/v1/files")
            .with("Upload-Length", &length.to_string())
            .send(self.at)
            .await
    }

    /// How far an upload is.
    pub(crate) async fn offset(&self, path: &str) -> u64 {
        let answer = tus("HEAD", path).silent().send(self.at).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{answer:?}");
        answer.number("upload-offset")
    }

    /// A finished file, by the path of its upload.
    pub(crate) async fn file(&self, path: &str) -> Vec<u8> {
        let answer = http("GET", &read_at(path)).silent().send(self.at).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// What is counted.
    pub(crate) async fn counts(&self, line: &str) -> bool {
        let answer = http("GET", "/metrics").silent().send(self.at).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        text.lines().any(|it| it == line)
    }
}

/// Bytes of which none is like the next.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(count as u64);
    std::iter::repeat_with(|| rng.u8(..)).take(count).collect()
}
