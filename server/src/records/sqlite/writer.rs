//! The one who writes: takes what waits, commits it together, and only then answers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use mixus_privacy::ledger::{Hash, Kind, Log, Subject, Tile, leaf};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tokio::sync::mpsc;

use super::super::answering::{self, Answered};
use super::super::kept::{Answer, Append, Incoming, Known, Place, Tip, Unavailable, judge};
use super::super::store::Around;
use super::index::{Index, Part, near, put};
use super::merge::Job;
use super::opened::{After, How, NotOpen, Opened, Readers};
use super::{Task, Work, forget, queries};

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;
/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;

/// The writer's own: the log as it is on the disk.
pub(super) struct Writer {
    /// Nothing after a failure, until the database was opened anew.
    opened: Option<Opened>,
    /// How it is opened then.
    how: How,
    readers: Arc<Readers>,
    log: Log,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
    tip: Arc<RwLock<Arc<Tip>>>,
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
        opened: Opened,
        log: Log,
        readers: Arc<Readers>,
        tip: Arc<RwLock<Arc<Tip>>>,
        around: Around,
    ) -> Writer {
        let answering = answering::start(Arc::clone(&around.news));
        Writer {
            opened: Some(opened),
            how: How::Again,
            readers,
            log,
            recent: VecDeque::new(),
            tip,
            answering,
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
                self.other(task);
            }
            next = work.blocking_recv();
        }
        if let Some(opened) = self.opened {
            opened.end();
        }
    }

    /// Does what is asked for between two commits.
    fn other(&mut self, task: Box<dyn Task>) {
        match self.opened() {
            Ok(mut opened) => {
                let index = Arc::clone(&opened.index);
                let after = task.run(Ok((&mut opened.store, &index)));
                let _ = opened.jobs.send(Job::Forget);
                self.used(opened, after);
            }
            Err(error) => {
                let _ = task.run(Err(error));
            }
        }
    }

    /// The open database; opened anew if something has failed with it.
    ///
    /// What was written last is not known then: a commit that failed may still be found when the database is opened, and
    /// one that succeeded must be. So the log is read from the disk again, and has to go on from what was said of it.
    fn opened(&mut self) -> Result<Opened, Unavailable> {
        match self.opened.take() {
            Some(opened) if !opened.failed.is_so() => return Ok(opened),
            Some(failed) => {
                self.how = How::Unsure;
                failed.close();
            }
            None => {}
        }
        let (opened, log) = self.readers.reopen(self.how).map_err(|NotOpen(after, why)| {
            if after == After::Unsure {
                self.how = How::Unsure;
            }
            why
        })?;
        self.how = How::Again;
        let size = self.log.size();
        let mut tiles = queries::Rows(&opened.store.main);
        let root = self.log.root(size, &mut tiles);
        if root.is_none() || root != log.root(size, &mut tiles) {
            opened.close();
            return Err(Unavailable("the database has lost what was acknowledged".into()));
        }
        self.log = log;
        self.recent.clear();
        self.publish();
        Ok(opened)
    }

    /// Puts an open database back after it was used, if that went well.
    fn used(&mut self, opened: Opened, after: After) {
        if after == After::Well {
            self.opened = Some(opened);
            return;
        }
        if after == After::Unsure {
            self.how = How::Unsure;
        }
        self.around.metrics.failures.inc();
        opened.close();
    }

    /// Commits what came together, and only then has it answered.
    fn commit(&mut self, together: Vec<Append>) {
        let begin = Instant::now();
        let group = self.opened().and_then(|mut opened| {
            let before = (self.log.clone(), self.recent.clone());
            let group = self.take(&mut opened, &together);
            let mut after = group.as_ref().map_or_else(After::of, |_| After::Well);
            let group = group.map_err(Unavailable::from).and_then(|mut group| {
                opened.is_there().inspect_err(|_| after = After::Unsure)?;
                self.committed(&opened, &mut group);
                Ok(group)
            });
            if group.is_err() {
                // As if it had not been: the log in memory must not be ahead of that on the disk.
                (self.log, self.recent) = before;
            }
            self.used(opened, after);
            group
        });
        let metrics = &self.around.metrics;
        metrics.commit.observe(begin.elapsed().as_secs_f64());
        metrics
            .together
            .observe(together.iter().flat_map(|it| &it.events).fold(0.0, |count, _| count + 1.0));
        let (answers, touched) = match group {
            Ok(group) => (Ok(group.answers), group.touched),
            Err(error) => (Err(error), Vec::new()),
        };
        // Those who wait are woken by one of their own, which costs the writer next to nothing.
        let _ = self.answering.send(Answered {
            together,
            answers,
            touched,
        });
    }

    /// Shows to others what is on the disk now.
    fn committed(&self, opened: &Opened, group: &mut Group) {
        let Some(last) = group.last else { return };
        let (size, index) = (self.log.size(), &opened.index);
        let waiting = index.add(std::mem::take(&mut group.part));
        if waiting.is_some_and(|waiting| waiting >= opened.sizes.enough(size)) {
            index.take();
            let _ = opened.jobs.send(Job::Merge(size, last));
        }
        if group.erases {
            let _ = opened.jobs.send(Job::Forget);
        }
        self.publish();
    }

    fn publish(&self) {
        let tip = Tip {
            log: self.log.clone(),
            recent: self.recent.iter().cloned().collect(),
            ..Tip::default()
        };
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
    }

    fn take(&mut self, opened: &mut Opened, together: &[Append]) -> rusqlite::Result<Group> {
        let (main, file, index) = (&mut opened.store.main, &opened.store.file, &opened.index);
        let transaction = main.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // A clock may be set back; the log's time does not run back.
        let taken = (self.around.clock)().max(opened.taken);
        let mut group = Group::default();
        for append in together {
            let mut these = Vec::new();
            for event in &append.events {
                let known = known(&transaction, (file, index), &group.part, event)?;
                these.push(match judge(event, &known) {
                    Err(answer) => answer,
                    Ok(fork) => {
                        let at = self.log.size();
                        let place = Place { index: at, taken };
                        insert(&transaction, event, place)?;
                        if let Some(token) = &event.token {
                            forget::spend(&transaction, token)?;
                        }
                        if event.kind == Kind::Erase {
                            let whose = (&event.sub, event.acct.as_str());
                            let with = (file, index.as_ref(), &group.part);
                            forget::erase(&transaction, with, whose, place)?;
                            // The index may have struck it out before it hears of this group.
                            let near = near(&event.sub);
                            group.part.retain(|key, mark| key.0 != near || !mark.is_of(&event.sub));
                            group.erases = true;
                        }
                        let about = (&event.sub, event.dev, event.seq);
                        put(&mut group.part, at, about, &event.hash, &event.acct);
                        self.log.push(leaf(&event.hash, at, taken), |level, at, tile| {
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
        opened.taken = taken;
        Ok(group)
    }
}

/// What is known of an event's subject, as far as it matters to the event.
fn known(
    transaction: &Transaction<'_>,
    (file, index): (&Connection, &Index),
    part: &Part,
    event: &Incoming,
) -> rusqlite::Result<Known> {
    let mut known = Known::default();
    let near = near(&event.sub);
    let mut found = index.find(file, near, (event.seq - 1, event.seq))?;
    let span = (near, event.seq - 1, 0)..=(near, event.seq, u64::MAX);
    found.extend(part.range(span).map(|(key, mark)| (*key, *mark)));
    for ((_, seq, place), mark) in found {
        if !mark.is_of(&event.sub) || !mark.is_by(event.dev) {
            continue;
        }
        if seq == event.seq {
            // What was erased just now has no name any more, though it is still found by it.
            let mut statement =
                transaction.prepare_cached("SELECT hash, taken FROM event WHERE place = ? AND sub = ?")?;
            let row = statement.query_row(params![place, event.sub.0], |row| {
                let taken = row.get(1)?;
                Ok((row.get(0)?, Place { index: place, taken }))
            });
            known.same.extend(row.optional()?);
        } else if mark.has(&event.prev) {
            let linked = mark.is_linked().then(|| queries::account_at(transaction, place));
            known.before = Some(linked.transpose()?.flatten().unwrap_or_default());
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
