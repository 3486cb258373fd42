//! The one who writes, in this process: judges a group, commits it in one round trip, and only then answers.
//!
//! A commit holds only if the log still ends where it was thought to end. If it does not, because another process has
//! gone on with it, the group is judged again while the log's end is held, and so are the next ones for a while.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use mixus_privacy::ledger::{Kind, Subject};
use tokio::sync::mpsc;
use tokio_postgres::Row;

use super::super::answering::Answered;
use super::super::kept::{Answer, Tip, Unavailable};
use super::super::store::Around;
use super::address::Address;
use super::chains::Chains;
use super::ear::Ear;
use super::edge::{Edge, Head, MOST_SINCE};
use super::forget;
use super::group::{Group, Judged, Read};
use super::line::Line;
use super::trouble::Trouble;

/// How long a group is tried before whoever sent it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// A database that does not answer for so long has gone.
const STUCK: Duration = Duration::from_secs(10);
/// As many groups hold the log's end after another process was quicker.
const CAREFUL: u32 = 32;
/// As many commits are remembered for groups that were read before them.
const REMEMBERED: usize = 8;

/// What the one who reads ahead has to know.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// All before this place is committed.
    pub committed: Cell<u64>,
    /// How often what was read before was found to be no longer true.
    pub turn: Cell<u64>,
    /// Reading ahead is of no use.
    pub careful: Cell<bool>,
}

#[derive(Debug)]
pub(super) struct Writer {
    address: Address,
    line: Option<Rc<Line>>,
    edge: Edge,
    tip: Arc<RwLock<Arc<Tip>>>,
    around: Around,
    ear: Arc<Ear>,
    course: Rc<Course>,
    answering: mpsc::UnboundedSender<Answered>,
    /// What was committed, up to which place.
    done: VecDeque<(u64, Chains)>,
    /// What was committed before this place is not remembered any more.
    since: u64,
    /// As many groups still hold the log's end.
    careful: u32,
    /// The database did not answer the last time.
    down: bool,
}

/// Answers for every event of a group, and whose events were stored.
type Settled = (Vec<Answer>, Vec<(Subject, String)>);

impl Writer {
    pub(super) fn new(
        address: Address,
        (line, edge): (Line, Edge),
        tip: Arc<RwLock<Arc<Tip>>>,
        around: Around,
        answering: mpsc::UnboundedSender<Answered>,
        ear: Arc<Ear>,
    ) -> Writer {
        let writer = Writer {
            address,
            line: Some(Rc::new(line)),
            since: edge.log.size(),
            edge,
            tip,
            around,
            ear,
            course: Rc::default(),
            answering,
            done: VecDeque::new(),
            careful: 0,
            down: false,
        };
        writer.publish();
        writer
    }

    pub(super) fn course(&self) -> Rc<Course> {
        Rc::clone(&self.course)
    }

    /// Commits a group, and only then answers.
    pub(super) async fn settle(&mut self, mut group: Group) {
        let begin = Instant::now();
        let settled = self.persist(&mut group).await;
        let metrics = &self.around.metrics;
        metrics.commit.observe(begin.elapsed().as_secs_f64());
        metrics
            .together
            .observe(group.events().iter().fold(0.0, |count, _| count + 1.0));
        let (answers, touched) = match settled {
            Ok((answers, touched)) => (Ok(group.each(answers)), touched),
            Err(error) => (Err(error), Vec::new()),
        };
        if !touched.is_empty() {
            self.ear.say(self.edge.log.size());
        }
        let _ = self.answering.send(Answered {
            together: group.appends,
            answers,
            touched,
        });
    }

    /// Tries until it is known what became of a group.
    async fn persist(&mut self, group: &mut Group) -> Result<Settled, Unavailable> {
        let until = Instant::now() + if self.down { Duration::ZERO } else { PATIENCE };
        let mut pause = Duration::from_millis(10);
        // An erasure changes rows that are there: nobody may come in between.
        let mut hold = self.careful > 0 || group.events().iter().any(|it| it.kind == Kind::Erase);
        loop {
            let attempt = async { if hold { self.hold(group).await } else { self.quick(group).await } };
            let done = tokio::time::timeout(STUCK, attempt).await;
            let trouble = match done.unwrap_or_else(|_| Err(Trouble::stuck())) {
                Ok(settled) => {
                    self.down = false;
                    self.careful = self.careful.saturating_sub(1);
                    self.course.careful.set(self.careful > 0);
                    return Ok(settled);
                }
                Err(trouble) => trouble,
            };
            let lost = matches!(trouble, Trouble::Lost(_));
            if lost {
                // What was asked last may have been done: it will be found. Nor may the next group ask over this line.
                self.line = None;
            }
            if matches!(trouble, Trouble::Refused(_)) || Instant::now() >= until {
                self.around.metrics.failures.inc();
                self.down = lost;
                return Err(trouble.into());
            }
            if lost {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
            } else {
                self.careful = CAREFUL;
            }
            hold = true;
        }
    }

    async fn line(&mut self) -> Result<Rc<Line>, Trouble> {
        if let Some(line) = &self.line {
            return Ok(Rc::clone(line));
        }
        let line = Rc::new(Line::open(&self.address).await?);
        self.line = Some(Rc::clone(&line));
        Ok(line)
    }

    /// One round trip, if what surrounds the group was read before.
    async fn quick(&mut self, group: &mut Group) -> Result<Settled, Trouble> {
        let line = self.line().await?;
        let read = group.read.take();
        let events = group.events();
        let is_true = |it: &Read| it.turn == self.course.turn.get() && it.from >= self.since;
        let (from, mut chains) = match read.filter(is_true) {
            Some(read) => (read.from, read.chains),
            None => (self.edge.log.size(), line.around(&events).await?),
        };
        for (_, done) in self.done.iter().filter(|(end, _)| *end > from) {
            chains.absorb(done);
        }
        let judged = Judged::of(&events, chains, self.edge.log.clone(), self.time());
        if judged.is_beyond() || !judged.stored.is_empty() && !line.append(self.edge.head, &judged).await? {
            return Err(Trouble::Moved);
        }
        Ok(self.take(vec![judged]))
    }

    /// With the log's end held: nobody else goes on with it meanwhile.
    async fn hold(&mut self, group: &Group) -> Result<Settled, Trouble> {
        let line = self.line().await?;
        let done = self.held(&line, group).await;
        if done.is_err() && line.client.batch_execute("ROLLBACK").await.is_err() {
            self.line = None;
        }
        done
    }

    async fn held(&mut self, line: &Line, group: &Group) -> Result<Settled, Trouble> {
        let events = group.events();
        let size = self.edge.log.size().cast_signed();
        let ((), head, rows, mut chains) = tokio::try_join!(
            async { Ok(line.client.batch_execute("BEGIN").await?) },
            async { Ok(line.client.query_one(&line.statements.hold, &[]).await?) },
            async { Ok(line.client.query(&line.statements.since, &[&size, &MOST_SINCE]).await?) },
            line.around(&events),
        )?;
        self.follow(line, Head::read(&head)?, rows).await?;
        let (mut head, mut log) = (self.edge.head, self.edge.log.clone());
        let (mut rest, mut parts) = (&events[..], Vec::new());
        loop {
            let judged = Judged::of(rest, chains, log, self.time());
            rest = rest.get(judged.answers.len()..).unwrap_or_default();
            if !judged.stored.is_empty() && !line.append(head, &judged).await? {
                return Err(Trouble::Refused(Unavailable("the log's end was not held".into())));
            }
            if let Some((sub, acct, place)) = &judged.erase {
                forget::erase(line, sub, acct, *place).await?;
            }
            log = judged.log.clone();
            head.size = log.size();
            parts.push(judged);
            if rest.is_empty() {
                break;
            }
            // An erasure was among them: what is known is another now.
            chains = line.around(rest).await?;
        }
        line.client.batch_execute("COMMIT").await?;
        Ok(self.take(parts))
    }

    /// Clocks of several processes differ; time in the log never goes back.
    fn time(&self) -> u64 {
        (self.around.clock)().max(self.edge.head.taken)
    }

    /// What was judged is committed.
    fn take(&mut self, parts: Vec<Judged<'_>>) -> Settled {
        let (mut answers, mut touched) = (Vec::new(), Vec::new());
        for judged in parts {
            touched.extend(judged.stored.iter().map(|it| (it.sub, it.acct.clone())));
            answers.extend(judged.answers);
            if judged.stored.is_empty() {
                continue;
            }
            if judged.erase.is_some() {
                self.turn();
            }
            self.edge.go(judged.log, judged.taken, judged.full);
            self.done.push_back((self.edge.log.size(), judged.chains));
            if self.done.len() > REMEMBERED
                && let Some((end, _)) = self.done.pop_front()
            {
                self.since = self.since.max(end);
            }
        }
        if !touched.is_empty() {
            self.publish();
        }
        (answers, touched)
    }

    /// What was read until now is no longer true.
    fn turn(&self) {
        self.course.turn.set(self.course.turn.get() + 1);
    }

    fn publish(&self) {
        self.course.committed.set(self.edge.log.size());
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = self.edge.tip();
    }

    /// Looks whether other processes have gone on with the log.
    pub(super) async fn look(&mut self) -> Result<(), Trouble> {
        let line = self.line().await?;
        let size = self.edge.log.size().cast_signed();
        let looked =
            tokio::try_join!(async { line.client.query_one(&line.statements.head, &[]).await }, async {
                line.client.query(&line.statements.since, &[&size, &MOST_SINCE]).await
            },);
        let done = match looked {
            // Rows may tell of more than the head, which was read before them.
            Ok((head, rows)) => match Head::read(&head) {
                Ok(head) => self.follow(&line, head, rows).await,
                Err(trouble) => Err(trouble),
            },
            Err(error) => Err(error.into()),
        };
        if matches!(done, Err(Trouble::Lost(_))) {
            self.line = None;
        }
        done
    }

    /// Goes on with the log as other processes did.
    async fn follow(&mut self, line: &Line, head: Head, mut rows: Vec<Row>) -> Result<(), Trouble> {
        if rows.is_empty() && head == self.edge.head {
            return Ok(());
        }
        self.turn();
        loop {
            let touched = self.edge.follow(&rows)?;
            self.publish();
            (self.around.news)(&touched);
            if rows.len() < usize::try_from(MOST_SINCE).unwrap_or(0) {
                break;
            }
            let size = self.edge.log.size().cast_signed();
            rows = line.client.query(&line.statements.since, &[&size, &MOST_SINCE]).await?;
        }
        if self.edge.log.size() < head.size {
            return Err(Trouble::Refused(Unavailable("the log is shorter than its head says".into())));
        }
        self.edge.head.epoch = head.epoch;
        Ok(())
    }

    /// Whether it can write: the log's end can be held for a moment.
    pub(super) async fn ready(&mut self) -> Result<(), Unavailable> {
        let line = self.line().await?;
        let held = line.client.query_one(&line.statements.hold, &[]).await.map_err(Trouble::from);
        if matches!(held, Err(Trouble::Lost(_))) {
            self.line = None;
        }
        held?;
        Ok(())
    }
}
