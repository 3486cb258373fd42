//! What is sent for an upload, on its way to the disk. It goes on when who asked has gone, to keep what has arrived.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::checksum::Checksum;
use super::held::Held;
use super::state::State;
use super::trouble::Trouble;
use super::{Uploads, run};

/// So much is gathered before it is written.
const PIECE: usize = 256 * 1024;
/// So much is written, or so long it is gone on, until it is made sure of: a crash takes no more than that.
const SURE: u64 = 8 * 1024 * 1024;
const SOON: Duration = Duration::from_secs(2);
/// How often it is looked whether somebody else wants the upload, and whether anything still comes.
const LOOK: Duration = Duration::from_millis(50);

/// How long one waits for what is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until more of it comes.
    pub idle: Duration,
    /// Until it is all there.
    pub whole: Duration,
}

/// Why no more was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was all there.
    Whole,
    /// The connection broke.
    Broken,
    /// There is more of it than the upload has room for.
    TooLong,
    /// It adds up to something else.
    Checksum,
    /// Somebody else goes on with the upload.
    Taken,
    /// It did not come in time.
    Slow,
    /// The process is to end.
    Ending,
}

/// A body on its way into an upload.
#[derive(Debug)]
pub(super) struct Receiving {
    pub uploads: Arc<Uploads>,
    pub held: Held,
    pub body: Body,
    pub checksum: Option<Checksum>,
    pub patience: Patience,
    /// Whether the process is to end.
    pub ending: watch::Receiver<bool>,
}

/// What is at work on the disk.
struct Work {
    uploads: Arc<Uploads>,
    held: Held,
    checksum: Option<Checksum>,
    sure: Instant,
}

impl Receiving {
    /// Takes in what comes; the upload as it is then, for good, and why there is no more.
    pub(super) async fn run(self) -> Result<(Held, Ended), Trouble> {
        // In a task of its own: whoever asked may be gone before the last of what they sent is written.
        let running = tokio::spawn(self.receive());
        running.await.map_err(|error| Trouble::Failed(io::Error::other(error)))?
    }

    async fn receive(self) -> Result<(Held, Ended), Trouble> {
        let Receiving {
            uploads,
            held,
            mut body,
            checksum,
            patience,
            mut ending,
        } = self;
        let begin = Instant::now();
        let mut work = Work {
            uploads,
            held,
            checksum,
            sure: begin,
        };
        let mut heard = begin;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                _ = look.tick() => {
                    if work.held.is_wanted()? {
                        break Ended::Taken;
                    }
                    if heard.elapsed() > patience.idle || begin.elapsed() > patience.whole {
                        break Ended::Slow;
                    }
                    if work.is_due() {
                        work = work.commit().await?;
                    }
                    continue;
                }
                () = told(&mut ending) => break Ended::Ending,
            };
            heard = Instant::now();
            let mut pieces = Pieces::default();
            let mut ended = pieces.take(frame);
            // What is there already is written with it.
            while ended.is_none() && pieces.length < PIECE {
                match body.frame().now_or_never() {
                    Some(frame) => ended = pieces.take(frame),
                    None => break,
                }
            }
            if pieces.length as u64 > work.held.state().length - work.held.at() {
                break Ended::TooLong;
            }
            work = work.write(pieces).await?;
            if let Some(ended) = ended {
                break ended;
            }
        };
        work.end(ended).await
    }
}

/// Waits until the process is to end.
async fn told(ending: &mut watch::Receiver<bool>) {
    // It only ends with this.
    let _ = ending.wait_for(|it| *it).await;
}

/// What has come.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Bytes>,
    length: usize,
}

impl Pieces {
    fn take(&mut self, frame: Option<Result<Frame<Bytes>, axum::Error>>) -> Option<Ended> {
        match frame {
            None => Some(Ended::Whole),
            Some(Err(_)) => Some(Ended::Broken),
            Some(Ok(frame)) => {
                // What is no data is a trailer, which says nothing here.
                if let Ok(data) = frame.into_data() {
                    self.length += data.len();
                    self.pieces.push(data);
                }
                None
            }
        }
    }
}

impl Work {
    fn is_due(&self) -> bool {
        let unsure = self.held.at() - self.held.state().offset;
        let is_due = unsure >= SURE || (unsure > 0 && self.sure.elapsed() > SOON);
        // What may have to be dropped is not made sure of.
        is_due && self.checksum.is_none()
    }

    async fn write(mut self, pieces: Pieces) -> Result<Work, Trouble> {
        run(move || {
            for piece in &pieces.pieces {
                if let Some(checksum) = &mut self.checksum {
                    checksum.add(piece);
                }
                self.held.write(piece)?;
            }
            if self.is_due() { self.committed() } else { Ok(self) }
        })
        .await?
    }

    async fn commit(self) -> Result<Work, Trouble> {
        run(move || self.committed()).await?
    }

    fn committed(mut self) -> Result<Work, Trouble> {
        let before: State = self.held.state();
        self.held.commit(self.uploads.now())?;
        let after = self.held.state();
        self.uploads.counted.received.inc_by(after.offset - before.offset);
        if after.is_finished() && !before.is_finished() {
            self.uploads.finished(&self.held);
        }
        self.sure = Instant::now();
        Ok(self)
    }

    /// Keeps what can be kept.
    async fn end(self, ended: Ended) -> Result<(Held, Ended), Trouble> {
        let (ended, is_kept) = match (ended, &self.checksum) {
            (Ended::Whole, Some(checksum)) if !checksum.is_right() => (Ended::Checksum, false),
            (Ended::Whole, _) => (ended, true),
            // Half of what has a sum cannot be held against it; and who sends too much is not believed.
            (_, Some(_)) | (Ended::TooLong, None) => (ended, false),
            (_, None) => (ended, true),
        };
        let work = if is_kept { self.commit().await? } else { self };
        Ok((work.held, ended))
    }
}
