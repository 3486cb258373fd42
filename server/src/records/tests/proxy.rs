//! A way to the database that breaks off, or keeps an answer back, where it is told to.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What becomes of the message at which the way breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It does not arrive.
    Before,
    /// Half of it arrives.
    Within,
    /// It does not arrive, and the database does not hear that nobody is there any more.
    Unheard,
}

#[derive(Debug)]
pub(super) struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Messages until the way breaks off; negative for never.
    left: AtomicI64,
    cut: Mutex<Option<Cut>>,
    broken: Notify,
    was: AtomicBool,
    /// The connection over which the next question goes is to be kept waiting.
    keep: AtomicBool,
    kept: watch::Sender<bool>,
}

impl Proxy {
    pub(super) async fn start(to: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State::default());
        state.left.store(-1, Ordering::SeqCst);
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, to, Arc::clone(&shared)));
            }
        });
        Proxy { port, state }
    }

    /// Breaks off at the message after so many, once, and everything that runs over it with that.
    pub(super) fn arm(&self, after: u64, cut: Cut) {
        self.state.was.store(false, Ordering::SeqCst);
        *self.state.cut.lock().expect("a cut") = Some(cut);
        self.state.left.store(after.cast_signed(), Ordering::SeqCst);
    }

    /// Lets everything pass from here on. Whether it had broken off.
    pub(super) fn disarm(&self) -> bool {
        self.state.left.store(-1, Ordering::SeqCst);
        self.state.was.load(Ordering::SeqCst)
    }

    /// Keeps back what is answered over the connection over which the next question goes.
    pub(super) fn keep_next(&self) {
        self.state.kept.send_replace(true);
        self.state.keep.store(true, Ordering::SeqCst);
    }

    /// Lets it go.
    pub(super) fn let_go(&self) {
        self.state.kept.send_replace(false);
    }
}

impl State {
    /// What is to be done with a message.
    fn at_message(&self) -> Option<Cut> {
        if self.left.load(Ordering::SeqCst) < 0 || self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return None;
        }
        self.was.store(true, Ordering::SeqCst);
        *self.cut.lock().expect("a cut")
    }
}

async fn carry(client: TcpStream, to: u16, state: Arc<State>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Until the way breaks off, or one of the two ends it.
    let broken = state.broken.notified();
    let waits = AtomicBool::new(false);
    let up = pass(from_client, to_server, true, &waits, &state);
    let down = pass(from_server, to_client, false, &waits, &state);
    tokio::select! {
        () = broken => {}
        () = up => {}
        () = down => {}
    }
    if *state.cut.lock().expect("a cut") == Some(Cut::Unheard) {
        // The database is still there, and thinks so of the other side.
        std::future::pending::<()>().await;
    }
}

/// Passes messages of the database's protocol on, one by one. The first from a client has no kind.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, up: bool, waits: &AtomicBool, state: &State) {
    let mut first = up;
    loop {
        let kind = usize::from(!std::mem::take(&mut first));
        let mut message = vec![0; kind + 4];
        if from.read_exact(&mut message).await.is_err() {
            return;
        }
        let length = message[kind..].try_into().map_or(4, u32::from_be_bytes) as usize;
        message.resize(kind + length, 0);
        if from.read_exact(&mut message[kind + 4..]).await.is_err() {
            return;
        }
        if up && state.keep.swap(false, Ordering::SeqCst) {
            waits.store(true, Ordering::SeqCst);
        }
        if !up && waits.load(Ordering::SeqCst) {
            // Who never lets go has ended.
            let _ = state.kept.subscribe().wait_for(|kept| !kept).await;
            waits.store(false, Ordering::SeqCst);
        }
        let cut = state.at_message();
        if cut == Some(Cut::Within) {
            message.truncate(message.len() / 2);
        }
        if matches!(cut, None | Some(Cut::Within)) && to.write_all(&message).await.is_err() {
            return;
        }
        if cut.is_some() {
            state.broken.notify_waiters();
            return;
        }
    }
}
