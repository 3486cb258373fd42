//! The one who writes: takes what waits, commits it together, and only then answers.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use mixus_privacy::ledger::{Hash, Kind, Log, Subject, Tile, leaf};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::mpsc;

use super::super::kept::{Answer, Append, Incoming, Known, Place, Tip, Unavailable, judge};
use super::super::store::Around;
use super::opened::{Opened, Readers, give_up};
use super::queries::{Rows, near};
use super::{Task, Work, forget};

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;
/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;

/// The writer's own: the log as it is on the disk.
pub(super) struct Writer {
    path: PathBuf,
    /// None after a failure, until the database was opened anew.
    connection: Option<Connection>,
    readers: Arc<Readers>,
    log: Log,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
    tip: Arc<RwLock<Tip>>,
    around: Around,
}

impl Writer {
    pub(super) fn new(
        path: &Path,
        opened: Opened,
        readers: Arc<Readers>,
        tip: Arc<RwLock<Tip>>,
        around: Around,
    ) -> Writer {
        Writer {
            path: path.into(),
            connection: Some(opened.connection),
            readers,
            log: opened.log,
            recent: VecDeque::new(),
            tip,
            around,
        }
    }

    /// Works until nobody is left who could ask for anything.
    pub(super) fn run(mut self, mut work: mpsc::Receiver<Work>) {
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
                self.commit(together);
            }
            if let Some(task) = other {
                self.run_task(task);
            }
            next = work.blocking_recv();
        }
    }

    fn run_task(&mut self, task: Box<dyn Task>) {
        match self.connected() {
            Ok(mut connection) => {
                let well = task.run(Ok(&mut connection));
                self.used(connection, well);
            }
            Err(error) => drop(task.run(Err(error))),
        }
    }

    /// The connection; opened anew if something has failed with the last one.
    ///
    /// What that has written is not known then: a commit that failed may still be found when the database is opened, and
    /// one that succeeded must be. So the log is read from the disk again, and has to go on from what was said of it.
    fn connected(&mut self) -> Result<Connection, Unavailable> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let Opened { connection, log } = self.readers.closed(|| Opened::open(&self.path, false))?;
        let size = self.log.size();
        let mut tiles = Rows(&connection);
        let root = self.log.root(size, &mut tiles);
        if root.is_none() || root != log.root(size, &mut tiles) {
            return Err(Unavailable("the database has lost what was acknowledged".into()));
        }
        self.log = log;
        self.recent.clear();
        self.publish();
        Ok(connection)
    }

    /// Puts a connection back after it was used, well or not.
    fn used(&mut self, connection: Connection, well: bool) {
        if well {
            self.connection = Some(connection);
        } else {
            self.around.metrics.failures.inc();
            give_up(connection);
        }
    }

    /// From here on, everyone may know of what was committed.
    fn publish(&self) {
        let tip = Tip {
            log: self.log.clone(),
            recent: self.recent.iter().cloned().collect(),
            ..Tip::default()
        };
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = tip;
    }

    /// Commits what came together, and only then answers.
    fn commit(&mut self, together: Vec<Append>) {
        let mut touched = Vec::new();
        let begin = Instant::now();
        let answers = self.connected().and_then(|mut connection| {
            let before = (self.log.clone(), self.recent.clone());
            let answers = self.take(&mut connection, &together, &mut touched);
            self.used(connection, answers.is_ok());
            if answers.is_err() {
                // As if it had not been: the log in memory must not be ahead of that on the disk.
                (self.log, self.recent) = before;
            }
            answers
        });
        self.around.metrics.commit.observe(begin.elapsed().as_secs_f64());
        self.around
            .metrics
            .together
            .observe(together.iter().flat_map(|it| &it.events).fold(0.0, |count, _| count + 1.0));
        if answers.is_ok() {
            self.publish();
        }
        match answers {
            Ok(answers) => {
                for (append, answers) in together.into_iter().zip(answers) {
                    // Whoever asked may have gone; the events are kept all the same.
                    let _ = append.answer.send(Ok(answers));
                }
                (self.around.news)(&touched);
            }
            Err(error) => {
                for append in together {
                    let _ = append.answer.send(Err(error.clone()));
                }
            }
        }
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
        for (level, at, tile) in self.log.edge() {
            if !tile.hashes().is_empty() {
                keep(&transaction, level, at, tile)?;
            }
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
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)")?;
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
    Ok(known)
}
