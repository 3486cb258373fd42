//! The one who writes: takes what waits, commits it together, and only then answers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use mixus_privacy::ledger::{Hash, Kind, Log, Subject, Tile, leaf};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::mpsc;

use super::super::kept::{Answer, Append, Incoming, Known, Place, Tip, Unavailable, judge};
use super::super::store::{Around, News};
use super::queries::near;
use super::{Work, forget};

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;
/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;

/// The writer's own: the log as it is on the disk.
pub(super) struct Writer {
    log: Log,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
    tip: Arc<RwLock<Arc<Tip>>>,
    answering: mpsc::UnboundedSender<Answered>,
    around: Around,
}

/// A commit that is over, with those who wait for it.
#[derive(Debug)]
struct Answered {
    together: Vec<Append>,
    answers: Result<Vec<Vec<Answer>>, Unavailable>,
    touched: Vec<(Subject, String)>,
}

/// Tells everyone what became of their events.
async fn answer(mut commits: mpsc::UnboundedReceiver<Answered>, news: News) {
    while let Some(commit) = commits.recv().await {
        let Answered {
            together,
            answers,
            touched,
        } = commit;
        match answers {
            Ok(answers) => {
                for (append, answers) in together.into_iter().zip(answers) {
                    // Whoever asked may have gone; the events are kept all the same.
                    let _ = append.answer.send(Ok(answers));
                }
                news(&touched);
            }
            Err(error) => {
                for append in together {
                    let _ = append.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

impl Writer {
    pub(super) fn new(log: Log, tip: Arc<RwLock<Arc<Tip>>>, around: Around) -> Writer {
        let (answering, commits) = mpsc::unbounded_channel();
        tokio::spawn(answer(commits, Arc::clone(&around.news)));
        Writer {
            log,
            recent: VecDeque::new(),
            tip,
            answering,
            around,
        }
    }

    /// Works until nobody is left who could ask for anything.
    pub(super) fn run(mut self, mut connection: Connection, mut work: mpsc::Receiver<Work>) {
        let mut next = work.blocking_recv();
        while let Some(first) = next.take() {
            let mut together = Vec::new();
            let mut count = 0;
            let mut other = None;
            let mut now = Some(first);
            while let Some(item) = now.take() {
                match item {
                    Work::Append(append) => {
                        count += append.events.len();
                        together.push(append);
                    }
                    Work::Other(task) => other = Some(task),
                }
                if count < MOST_TOGETHER && other.is_none() {
                    now = work.try_recv().ok();
                }
            }
            if !together.is_empty() {
                self.commit(&mut connection, together);
            }
            if let Some(task) = other {
                task.run(&mut connection);
            }
            next = work.blocking_recv();
        }
    }

    /// Commits what came together, and only then has it answered.
    fn commit(&mut self, connection: &mut Connection, together: Vec<Append>) {
        let before = (self.log.clone(), self.recent.clone());
        let mut touched = Vec::new();
        let begin = Instant::now();
        let answers = self.take(connection, &together, &mut touched);
        let metrics = &self.around.metrics;
        metrics.commit.observe(begin.elapsed().as_secs_f64());
        metrics
            .together
            .observe(together.iter().flat_map(|it| &it.events).fold(0.0, |count, _| count + 1.0));
        if answers.is_err() {
            metrics.failures.inc();
            // As if it had not been: the log in memory must not be ahead of that on the disk.
            (self.log, self.recent) = before;
        } else if !touched.is_empty() {
            let tip = Tip {
                log: self.log.clone(),
                recent: self.recent.iter().cloned().collect(),
                ..Tip::default()
            };
            *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
        }
        // Those who wait are woken by one of their own, which costs the writer next to nothing.
        let _ = self.answering.send(Answered {
            together,
            answers,
            touched,
        });
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        together: &[Append],
        touched: &mut Vec<(Subject, String)>,
    ) -> Result<Vec<Vec<Answer>>, Unavailable> {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let taken = (self.around.clock)();
        let mut full = HashMap::new();
        let mut answers = Vec::new();
        for append in together {
            let mut these = Vec::new();
            for event in &append.events {
                let known = known(&transaction, event)?;
                these.push(match judge(event, &known) {
                    Err(answer) => answer,
                    Ok(fork) => {
                        let place = Place {
                            index: self.log.size(),
                            taken,
                        };
                        insert(&transaction, event, place)?;
                        self.log.push(leaf(&event.hash, place.index, taken), |level, at, tile| {
                            full.insert((level, at), tile);
                        });
                        if let Some(token) = &event.token {
                            forget::spend(&transaction, token)?;
                        }
                        if event.kind == Kind::Erase {
                            forget::erase(&transaction, &event.sub, &event.acct, place)?;
                        }
                        touched.push((event.sub, event.acct.clone()));
                        if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                    }
                });
            }
            answers.push(these);
        }
        if touched.is_empty() {
            return Ok(answers);
        }
        for ((level, at), tile) in full {
            keep(&transaction, level, at, &tile)?;
            self.recent.push_back((level, at, Arc::new(tile)));
        }
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        transaction.commit()?;
        Ok(answers)
    }
}

fn keep(transaction: &Transaction<'_>, level: u32, at: u64, tile: &Tile) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT INTO tile VALUES (?, ?, ?)")?;
    statement.execute(params![level, at, tile.hashes().as_flattened()])?;
    Ok(())
}

fn insert(transaction: &Transaction<'_>, event: &Incoming, place: Place) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    statement.execute(params![
        place.index,
        place.taken,
        near(&event.sub),
        event.sub.0,
        event.dev,
        event.seq,
        event.hash,
        event.hlc.cast_signed(),
        event.acct,
        event.body
    ])?;
    Ok(())
}

/// What is known of an event's subject, as far as it matters to the event.
fn known(transaction: &Transaction<'_>, event: &Incoming) -> rusqlite::Result<Known> {
    let mut known = Known::default();
    let mut statement = transaction.prepare_cached(
        "SELECT seq, dev, hash, place, taken, acct FROM event WHERE near = ?3 AND near <> 0 AND sub = ?1 AND seq BETWEEN ?2 - 1 AND ?2",
    )?;
    let mut rows = statement.query(params![event.sub.0, event.seq, near(&event.sub)])?;
    while let Some(row) = rows.next()? {
        let (seq, dev, hash): (u64, [u8; 8], Hash) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if dev != event.dev {
            continue;
        }
        if seq == event.seq {
            known.same.push((
                hash,
                Place {
                    index: row.get(3)?,
                    taken: row.get(4)?,
                },
            ));
        } else if hash == event.prev {
            known.before = Some(row.get(5)?);
        }
    }
    let mut statement = transaction.prepare_cached("SELECT 1 FROM erased WHERE sub = ?")?;
    known.erased = statement.exists([event.sub.0])?;
    if let Some(token) = &event.token {
        let mut statement = transaction.prepare_cached("SELECT 1 FROM spent WHERE token = ?")?;
        known.spent = statement.exists([token.hash])?;
    }
    Ok(known)
}
