//! What networks do to requests: a proxy between a browser and the real server.
//!
//! It stands where the server would be, so that the browser knows nothing of it, and does something wrong to a number
//! of the requests that hand in events. Everything else goes through.

mod serve;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::PATIENCE;
use serve::serve;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before the body was read.
    ResetEarly,
    /// It is reset after the server has kept the events, and before it says so.
    ResetLate,
    /// Half of the reply arrives.
    HalfReply,
    /// Everything arrives, some bytes at a time, in both directions.
    Trickle,
    /// The server asks for patience: 429 or 503, with `Retry-After` in seconds or as a date.
    Patience,
    /// Nobody listens, as when a name leads nowhere.
    Refused,
    /// Somebody else answers, friendly, with a page to sign in.
    Portal,
    /// The request is sent elsewhere.
    Redirect,
    /// The answer is of another kind than it should be.
    WrongKind,
    /// The request arrives twice.
    Twice,
    /// The answer has no end.
    Huge,
    /// There is no answer, ever.
    Stall,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Fault; 12] = [
        Fault::ResetEarly,
        Fault::ResetLate,
        Fault::HalfReply,
        Fault::Trickle,
        Fault::Patience,
        Fault::Refused,
        Fault::Portal,
        Fault::Redirect,
        Fault::WrongKind,
        Fault::Twice,
        Fault::Huge,
        Fault::Stall,
    ];

    /// Whether the request gets its answer all the same, so that none follows it.
    pub const fn is_harmless(self) -> bool {
        matches!(self, Fault::Trickle | Fault::Twice)
    }

    /// As many forms does it have, one a request.
    pub const fn variants(self) -> usize {
        match self {
            Fault::Patience => 2,
            Fault::Redirect => 3,
            Fault::WrongKind => 4,
            _ => 1,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What is refused for good, whatever else is sent with it.
#[derive(Clone, Copy, Debug)]
pub struct Poison {
    /// What is in it.
    pub text: &'static str,
    /// The status, with its reason: `413 Content Too Large`.
    pub status: &'static str,
    /// What else the answer says: the server's own is JSON with a code.
    pub body: &'static str,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Option<Fault>,
    left: usize,
    met: usize,
    poison: Option<Poison>,
    posts: usize,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    plan: Mutex<Plan>,
    news: Notify,
}

impl Shared {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next request that hands something in.
    fn next(&self) -> Option<(Fault, usize)> {
        let mut plan = self.plan();
        plan.posts += 1;
        plan.left = plan.left.checked_sub(1)?;
        plan.met += 1;
        let met = (plan.fault?, plan.met);
        drop(plan);
        self.news.notify_waiters();
        Some(met)
    }
}

/// A proxy in front of one server.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it is.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// A proxy that does nothing wrong yet.
    pub async fn start(server: SocketAddr) -> Result<FaultProxy> {
        let shared = Arc::new(Shared {
            server,
            plan: Mutex::default(),
            news: Notify::new(),
        });
        let mut proxy = FaultProxy {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            shared,
            listening: None,
        };
        proxy.listen().await?;
        Ok(proxy)
    }

    async fn listen(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.address = listener.local_addr()?;
        let shared = Arc::clone(&self.shared);
        self.listening = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { serve(&shared, stream).await });
            }
        }));
        Ok(())
    }

    /// From now on something is wrong, with so many requests. With [`Fault::Refused`] it is until [`Self::over`].
    pub async fn wrong(&mut self, fault: Fault, requests: usize) {
        {
            let mut plan = self.shared.plan();
            (plan.fault, plan.left, plan.met) = (Some(fault), requests, 0);
        }
        if fault == Fault::Refused
            && let Some(listening) = self.listening.take()
        {
            listening.abort();
            // The port is closed once the task has gone.
            let _ = listening.await;
        }
    }

    /// Waits until as many requests have met the fault as were to.
    pub async fn met(&self) -> Result<()> {
        let done = async {
            loop {
                let news = self.shared.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if self.shared.plan().left == 0 {
                    return;
                }
                news.await;
            }
        };
        if tokio::time::timeout(PATIENCE, done).await.is_err() {
            bail!("{:?} was not met", self.shared.plan());
        }
        Ok(())
    }

    /// From now on everything is well.
    pub async fn over(&mut self) -> Result<()> {
        self.shared.plan().left = 0;
        if self.listening.is_none() {
            self.listen().await?;
        }
        Ok(())
    }
}

impl FaultProxy {
    /// From now on this is refused, or nothing is any more.
    pub fn poison(&self, poison: Option<Poison>) {
        self.shared.plan().poison = poison;
    }

    /// How many requests have handed something in.
    pub fn posts(&self) -> usize {
        self.shared.plan().posts
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}
