//! The server of the measured pages: HTTP/1.1 on the loopback interface, everything held in
//! memory and compressed before the first request, nothing to be cached.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;

/// The files of a server, by path.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, (&'static str, Bytes)>);

impl Files {
    /// Adds a file, compressed as a site would once and for all.
    pub(crate) fn add(&mut self, path: &str, body: &[u8]) -> Result<()> {
        let kind = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "text/html; charset=utf-8",
        };
        let mut small = Vec::new();
        brotli::CompressorWriter::new(&mut small, 4096, 11, 22).write_all(body)?;
        self.0.insert(path.to_owned(), (kind, small.into()));
        Ok(())
    }
}

/// Serves files from a thread of its own until the program ends.
pub(crate) fn serve(files: Files) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let files = Arc::new(files.0);
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let files = files.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        let reply = reply(&files, request.uri().path());
                        async { Ok::<_, Infallible>(reply) }
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            #[expect(unreachable_code, reason = "gives the block its type")]
            Ok::<(), std::io::Error>(())
        })
    });
    Ok(address)
}

fn reply(files: &BTreeMap<String, (&'static str, Bytes)>, path: &str) -> Response<Full<Bytes>> {
    let Some((kind, body)) = files.get(path) else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Full::new(body.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
