//! The real server, on a port of its own, that can go away and come back.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::ledger::Checkpoint;
use mixus_privacy_server::{Records, Settings, UploadSettings};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::PATIENCE;
use crate::policy::now;
use crate::site::Site;

/// How many tokens there were.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A server with an empty database.
#[derive(Debug)]
pub struct RecordServer {
    /// Where it is, once it has started.
    pub address: SocketAddr,
    /// The key of the log.
    pub key: String,
    records: Records,
    host: SigningKey,
    serving: Option<Runtime>,
    settings: Settings,
    folder: TempDir,
}

impl RecordServer {
    /// A server that the pages of a site may ask. It does not listen yet.
    pub async fn new(site: &Site) -> Result<RecordServer> {
        RecordServer::with(site, false).await
    }

    /// A server that listens, and keeps files too.
    pub async fn for_files(site: &Site) -> Result<RecordServer> {
        let mut server = RecordServer::with(site, true).await?;
        server.listen().await?;
        Ok(server)
    }

    async fn with(site: &Site, files: bool) -> Result<RecordServer> {
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        let host = SigningKey::from_bytes(&[42; 32]);
        let settings = Settings {
            database: folder.path().join("records.db").into(),
            allow: vec![site.url("")],
            link_keys: vec![host.verifying_key().to_bytes()],
            rate: 0,
            uploads: files.then(|| UploadSettings {
                folder: folder.path().join("uploads"),
                ..UploadSettings::default()
            }),
            ..Settings::default()
        };
        let records = Records::open(settings.clone()).await?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        Ok(RecordServer {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            key: records.verifier_key(),
            records,
            host,
            serving: None,
            settings,
            folder,
        })
    }

    /// A server that listens.
    pub async fn start(site: &Site) -> Result<RecordServer> {
        let mut server = RecordServer::new(site).await?;
        server.listen().await?;
        Ok(server)
    }

    /// Listens, from now on or again.
    pub async fn listen(&mut self) -> Result<()> {
        // With threads of its own, so that it can end with every connection that it has.
        let serving = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (address, router) = (self.address, self.records.router());
        let bound = serving.spawn(async move {
            // The one before may be on its way out.
            let end = Instant::now() + PATIENCE;
            let listener = loop {
                match TcpListener::bind(address).await {
                    Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    bound => break bound?,
                }
            };
            tokio::spawn(async move { axum::serve(listener, router).await });
            anyhow::Ok(())
        });
        self.serving = Some(serving);
        bound.await?
    }

    /// Is gone: connections break, and nobody listens.
    pub fn end(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }

    /// A copy of the database as it is on the disk now, while nobody writes.
    pub fn copy(&self) -> Result<TempDir> {
        let copy = TempDir::with_prefix("mixus-privacy-")?;
        for entry in std::fs::read_dir(self.folder.path())? {
            let entry = entry?;
            std::fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
        Ok(copy)
    }

    /// Is set up again from a copy: what came after it is gone.
    pub async fn restore(&mut self, copy: TempDir) -> Result<()> {
        self.end();
        self.settings.database = copy.path().join("records.db").into();
        self.records = Records::open(self.settings.clone()).await?;
        self.folder = copy;
        self.listen().await
    }

    /// What the site's server says of a person who has signed in.
    pub fn token(&self, acct: &str, sub: &str) -> String {
        token(&self.host, acct, sub)
    }

    /// The same, said by somebody who is not the site's server.
    pub fn forged_token(&self, acct: &str, sub: &str) -> String {
        token(&SigningKey::from_bytes(&[43; 32]), acct, sub)
    }

    /// How many events are in its log.
    pub async fn size(&self) -> Result<u64> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = "GET /v1/log/checkpoint HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await?;
        let (_, body) = reply.split_once("\r\n\r\n").context("a reply")?;
        Ok(Checkpoint::read(body).context("a checkpoint")?.0.size)
    }

    /// Where files are uploaded.
    pub fn files(&self) -> String {
        format!("http://{}/v1/files", self.address)
    }

    /// The files that it keeps, as they came; of those that are not whole yet, what there is.
    pub fn kept_files(&self) -> Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.folder.path().join("uploads"))? {
            let path = entry?.path();
            if path.file_name().is_some_and(|it| it.len() == 24) {
                all.push(path);
            }
        }
        Ok(all)
    }

    /// JavaScript that keeps a page's records in step with it.
    pub fn script(&self) -> String {
        self.script_with(self.address, "")
    }

    /// The same by way of another address, and with more options.
    pub fn script_with(&self, to: SocketAddr, options: &str) -> String {
        format!(
            "window.told = {{}};\n\
             for (const name of ['synced', 'conflict', 'dead-letter', 'fork', 'storage-lost', 'log-forked']) privacy.on(name, (it) => (told[name] ||= []).push(it));\n\
             import('/pkg/sync.js').then(({{ sync }}) => sync(privacy, {{ to: 'http://{to}', {options} }}))\
             .then((it) => (window.records = it), (error) => (window.unsynced = `${{error.code}} ${{error.message}} ${{error.stack}}`))"
        )
    }
}

fn token(key: &SigningKey, acct: &str, sub: &str) -> String {
    // No two are the same, as each links once.
    let exp = u64::from(now()) + 600 + NEXT.fetch_add(1, Ordering::Relaxed) % 600;
    let claim = json!({"acct": acct, "exp": exp, "sub": sub});
    let claim = URL_SAFE_NO_PAD.encode(claim.to_string());
    let signature = URL_SAFE_NO_PAD.encode(key.sign(claim.as_bytes()).to_bytes());
    format!("{claim}.{signature}")
}

impl Drop for RecordServer {
    fn drop(&mut self) {
        self.end();
    }
}
