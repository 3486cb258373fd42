//! The real server, on a port of its own, that can go away and come back.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy_server::{Records, Settings};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::policy::now;
use crate::site::Site;

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
    _folder: TempDir,
}

impl RecordServer {
    /// A server that the pages of a site may ask. It does not listen yet.
    pub async fn new(site: &Site) -> Result<RecordServer> {
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        let host = SigningKey::from_bytes(&[42; 32]);
        let records = Records::open(Settings {
            database: folder.path().join("records.db").into(),
            allow: vec![site.url("")],
            link_keys: vec![host.verifying_key().to_bytes()],
            rate: 0,
            ..Settings::default()
        })
        .await?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        Ok(RecordServer {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            key: records.verifier_key(),
            records,
            host,
            serving: None,
            _folder: folder,
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
            let listener = TcpListener::bind(address).await?;
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

    /// What the site's server says of a person who has signed in.
    pub fn token(&self, acct: &str, sub: &str) -> String {
        let claim = json!({"acct": acct, "exp": u64::from(now()) + 600, "sub": sub});
        let claim = URL_SAFE_NO_PAD.encode(claim.to_string());
        let signature = URL_SAFE_NO_PAD.encode(self.host.sign(claim.as_bytes()).to_bytes());
        format!("{claim}.{signature}")
    }

    /// JavaScript that keeps a page's records in step with it.
    pub fn script(&self) -> String {
        format!(
            "window.told = {{}};\n\
             for (const name of ['synced', 'conflict', 'dead-letter', 'fork', 'storage-lost']) privacy.on(name, (it) => (told[name] ||= []).push(it));\n\
             import('/pkg/sync.js').then(({{ sync }}) => sync(privacy, {{ to: 'http://{}' }}))\
             .then((it) => (window.records = it), (error) => (window.unsynced = `${{error.code}} ${{error.message}} ${{error.stack}}`))",
            self.address
        )
    }
}

impl Drop for RecordServer {
    fn drop(&mut self) {
        self.end();
    }
}
