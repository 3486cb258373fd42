//! The one who writes: takes what waits, commits it together, and only then answers.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use mixus_privacy::ledger::{Hash, Kind, Log, Subject, Tile, leaf};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::mpsc;

use super::super::answering::{self, Answered};
use super::super::kept::{Answer, Append, Incoming, Known, Place, Tip, Unavailable, judge};
use super::super::store::Around;
use super::index::{Index, Part, near, put};
use super::merge::{Job, enough};
use super::{Reader, Work, forget, queries};

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;
/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;

/// The writer's own: the log as it is on the disk.
pub(super) struct Writer {
    log: Log,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
    tip: Arc<RwLock<Arc<Tip>>>,
    index: Arc<Index>,
    jobs: Sender<Job>,
    answering: mpsc::UnboundedSender<Answered>,
    around: Around,
}

/// A group of events on its way into the store.
#[derive(Default)]
struct Group {
    answers: Vec<Vec<Answer>>,
    /// What is found of it by name.
    part: Part,
    full: HashMap<(u32, u64), Tile>,
    touched: Vec<(Subject, String)>,
    /// The hash of its last event.
    last: Option<Hash>,
    erases: bool,
}

impl Writer {
    pub(super) fn new(
        log: Log,
        tip: Arc<RwLock<Arc<Tip>>>,
        index: Arc<Index>,
        jobs: Sender<Job>,
        around: Around,
    ) -> Writer {
        let answering = answering::start(Arc::clone(&around.news));
        Writer {
            log,
            recent: VecDeque::new(),
            tip,
            index,
            jobs,
            answering,
            around,
        }
    }

    /// Works until nobody is left who could ask for anything.
    pub(super) fn run(mut self, mut store: Reader, mut work: mpsc::Receiver<Work>) {
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
                    it => other = Some(it),
                }
                if count < MOST_TOGETHER && other.is_none() {
                    now = work.try_recv().ok();
                }
            }
            if !together.is_empty() {
                self.commit(&mut store, together);
            }
            match other {
                Some(Work::Other(task)) => task.run(&mut store.main),
                Some(Work::Purge(before, answer)) => {
                    let done = forget::purge(&mut store.main, &store.file, &self.index, before);
                    // The thread of the index ends with this one.
                    let _ = self.jobs.send(Job::Forget);
                    let _ = answer.send(done.map_err(Unavailable::from));
                }
                Some(Work::Append(_)) | None => {}
            }
            next = work.blocking_recv();
        }
    }

    /// Commits what came together, and only then has it answered.
    fn commit(&mut self, store: &mut Reader, together: Vec<Append>) {
        let before = (self.log.clone(), self.recent.clone());
        let begin = Instant::now();
        let group = self.take(store, &together);
        let metrics = &self.around.metrics;
        metrics.commit.observe(begin.elapsed().as_secs_f64());
        metrics
            .together
            .observe(together.iter().flat_map(|it| &it.events).fold(0.0, |count, _| count + 1.0));
        let mut touched = Vec::new();
        let answers = match group {
            Err(error) => {
                metrics.failures.inc();
                // As if it had not been: the log in memory must not be ahead of that on the disk.
                (self.log, self.recent) = before;
                Err(error)
            }
            Ok(group) => {
                if let Some(last) = group.last {
                    self.committed(group.part, last, group.erases);
                }
                touched = group.touched;
                Ok(group.answers)
            }
        };
        // Those who wait are woken by one of their own, which costs the writer next to nothing.
        let _ = self.answering.send(Answered {
            together,
            answers,
            touched,
        });
    }

    /// Shows to others what is on the disk now.
    fn committed(&self, part: Part, last: Hash, erases: bool) {
        let size = self.log.size();
        if self.index.add(part).is_some_and(|waiting| waiting >= enough(size)) {
            let _ = self.jobs.send(Job::Merge(self.index.take(), size, last));
        }
        if erases {
            let _ = self.jobs.send(Job::Forget);
        }
        let tip = Tip {
            log: self.log.clone(),
            recent: self.recent.iter().cloned().collect(),
            ..Tip::default()
        };
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
    }

    fn take(&mut self, store: &mut Reader, together: &[Append]) -> Result<Group, Unavailable> {
        let (main, file) = (&mut store.main, &store.file);
        let transaction = main.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let taken = (self.around.clock)();
        let mut group = Group::default();
        for append in together {
            let mut these = Vec::new();
            for event in &append.events {
                let known = self.known(&transaction, file, &group.part, event)?;
                these.push(match judge(event, &known) {
                    Err(answer) => answer,
                    Ok(fork) => {
                        let index = self.log.size();
                        let place = Place { index, taken };
                        insert(&transaction, event, place)?;
                        if event.kind == Kind::Erase {
                            let whose = (&event.sub, event.acct.as_str());
                            forget::erase(&transaction, file, &self.index, &group.part, whose, place)?;
                            group.erases = true;
                        }
                        let about = (&event.sub, &event.dev, event.seq);
                        put(&mut group.part, index, about, &event.hash, &event.acct);
                        self.log.push(leaf(&event.hash, index, taken), |level, at, tile| {
                            group.full.insert((level, at), tile);
                        });
                        group.touched.push((event.sub, event.acct.clone()));
                        group.last = Some(event.hash);
                        if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                    }
                });
            }
            group.answers.push(these);
        }
        if group.last.is_none() {
            return Ok(group);
        }
        for ((level, at), tile) in std::mem::take(&mut group.full) {
            keep(&transaction, level, at, &tile)?;
            self.recent.push_back((level, at, Arc::new(tile)));
        }
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        transaction.commit()?;
        Ok(group)
    }

    /// What is known of an event's subject, as far as it matters to the event.
    fn known(
        &self,
        transaction: &Transaction<'_>,
        file: &Connection,
        part: &Part,
        event: &Incoming,
    ) -> rusqlite::Result<Known> {
        let mut known = Known::default();
        let near = near(&event.sub);
        let mut found = self.index.find(file, near, (event.seq - 1, event.seq))?;
        let span = (near, event.seq - 1, 0)..=(near, event.seq, u64::MAX);
        found.extend(part.range(span).map(|(key, mark)| (*key, *mark)));
        for ((_, seq, place), mark) in found {
            if !mark.is_of(&event.sub) || !mark.is_by(&event.dev) {
                continue;
            }
            if seq == event.seq {
                let mut statement =
                    transaction.prepare_cached("SELECT hash, taken FROM event WHERE place = ?")?;
                known.same.push(statement.query_row([place], |row| {
                    let taken = row.get(1)?;
                    Ok((row.get(0)?, Place { index: place, taken }))
                })?);
            } else if mark.has(&event.prev) {
                let linked = mark.is_linked().then(|| queries::account_at(transaction, place));
                known.before = Some(linked.transpose()?.flatten().unwrap_or_default());
            }
        }
        let mut statement = transaction.prepare_cached("SELECT 1 FROM erased WHERE sub = ?")?;
        known.erased = statement.exists([event.sub.0])?;
        Ok(known)
    }
}

fn keep(transaction: &Transaction<'_>, level: u32, at: u64, tile: &Tile) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT INTO tile VALUES (?, ?, ?)")?;
    statement.execute(params![level, at, tile.hashes().as_flattened()])?;
    Ok(())
}

fn insert(transaction: &Transaction<'_>, event: &Incoming, place: Place) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    statement.execute(params![
        place.index,
        place.taken,
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
