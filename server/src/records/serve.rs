//! Listening: what a router alone does not do. Nobody can hold on to a connection without using it, and an end is one that
//! comes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower_service::Service as _;

use super::{Patience, Records};

/// As long a header may be, with what is read of a body at once: a subject's path and signature are 300 bytes.
const BUFFER: usize = 64 * 1024;
/// When there are no more files to open, others have to be closed first.
const PAUSE: Duration = Duration::from_millis(100);

impl Records {
    /// Serves a router, which holds [`Records::router`], until told to end. Then those who wait for news are answered at once,
    /// and what is being answered still is, within the time that the settings have for it.
    pub async fn serve(
        &self,
        listener: TcpListener,
        router: Router,
        end: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.0.settings.connections));
        let mut end = pin!(end);
        loop {
            // Those for whom there is no place wait in the system's own queue.
            let place = tokio::select! {
                () = &mut end => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let accepted = tokio::select! {
                () = &mut end => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let records = self.clone();
            let connection =
                graceful.watch(connection(stream, peer, router.clone(), self.0.settings.patience));
            tokio::spawn(async move {
                let open = &records.0.metrics.connections;
                open.inc();
                // Whatever it ends with is between the two of them.
                let _ = connection.await;
                open.dec();
                drop(place);
            });
        }
        drop(listener);
        self.end();
        if tokio::time::timeout(self.0.settings.patience.end, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("connections were cut off");
        }
        Ok(())
    }

    /// Answers at once those who wait for news, and all that ask for it from now on. For whoever serves the router without
    /// [`Records::serve`], before they wait for connections to end.
    pub fn end(&self) {
        self.0.ended.send_replace(true);
    }
}

/// One connection, with the requests on it one after the other.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
) -> impl GracefulConnection<Error = hyper::Error, Output = hyper::Result<()>> + Send {
    // An answer is written whole: waiting for more only makes it late.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience.answer));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
