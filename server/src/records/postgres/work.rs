//! The thread of the one who writes, and of the one who reads ahead for it.

use std::rc::Rc;
use std::sync::{Arc, RwLock};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::super::answering;
use super::super::kept::{Append, Tip, Unavailable};
use super::super::store::Around;
use super::address::Address;
use super::ear::Ear;
use super::edge::{Edge, Head};
use super::group::{Group, Read};
use super::line::{Line, connect, shown};
use super::migrate::migrate;
use super::trouble::Trouble;
use super::writer::{Course, Writer};

/// Where it is asked whether one can write.
pub(super) type Ask = oneshot::Sender<Result<(), Unavailable>>;

/// What comes in.
#[derive(Debug)]
pub(super) struct Queues {
    pub appends: mpsc::Receiver<Append>,
    pub asks: mpsc::Receiver<Ask>,
}

/// Starts the thread. It has a runtime of its own, so that it is not kept waiting by those who wait for it.
pub(super) async fn start(
    address: Address,
    queues: Queues,
    tip: Arc<RwLock<Arc<Tip>>>,
    around: Around,
) -> Result<(), Unavailable> {
    let (opened, is_open) = oneshot::channel();
    let failed = |error: std::io::Error| Unavailable(error.to_string());
    let answering = answering::start(Arc::clone(&around.news));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    thread::Builder::new()
        .name("mixus-writer".into())
        .spawn(move || {
            runtime.block_on(async {
                match open(&address).await {
                    Ok((line, edge)) => {
                        let ear = Arc::new(Ear::default());
                        tokio::spawn(Arc::clone(&ear).run(address.clone()));
                        let writer = Writer::new(
                            address.clone(),
                            (line, edge),
                            tip,
                            around,
                            answering,
                            Arc::clone(&ear),
                        );
                        let _ = opened.send(Ok(()));
                        Box::pin(work(writer, &address, &ear, queues)).await;
                    }
                    Err(error) => drop(opened.send(Err(error))),
                }
            });
        })
        .map_err(failed)?;
    is_open.await.map_err(|_| Unavailable("the writer has ended".into()))?
}

/// Makes sure that the database does as it has to, and finds the log's end.
async fn open(address: &Address) -> Result<(Line, Edge), Unavailable> {
    let client = connect(address, None).await?;
    for (name, what) in [("fsync", "a commit"), ("full_page_writes", "a page that was half written")] {
        if shown(&client, name).await.is_some_and(|it| it == "off") {
            return Err(Unavailable(format!("the database has {name} off: {what} may be lost")));
        }
    }
    migrate(&client).await?;
    let line: Line = Line::open(address).await?;
    let row = line.client.query_one(&line.statements.head, &[]).await.map_err(Trouble::from)?;
    let edge = Edge::open(&line, Head::read(&row)?).await?;
    Ok((line, edge))
}

/// Works until nobody is left who could ask for anything.
async fn work(mut writer: Writer, address: &Address, ear: &Ear, queues: Queues) {
    let Queues { appends, mut asks } = queues;
    let (sender, mut groups) = mpsc::channel(1);
    let course = writer.course();
    let write = async {
        loop {
            tokio::select! {
                biased;
                Some(ask) = asks.recv() => drop(ask.send(writer.ready().await)),
                group = groups.recv() => match group {
                    Some(group) => writer.settle(group).await,
                    None => break,
                },
                () = ear.bell.notified() => look(&mut writer).await,
                () = tokio::time::sleep(ear.every()) => look(&mut writer).await,
            }
        }
    };
    tokio::join!(read_ahead(appends, sender, address, course), write);
}

async fn look(writer: &mut Writer) {
    if let Err(trouble) = writer.look().await {
        tracing::warn!(error = %Unavailable::from(trouble), "cannot look after other processes");
    }
}

/// Gathers the next group while the one before it is committed, and reads what surrounds it.
async fn read_ahead(
    mut appends: mpsc::Receiver<Append>,
    groups: mpsc::Sender<Group>,
    address: &Address,
    course: Rc<Course>,
) {
    let mut line: Option<Line> = None;
    while let Ok(place) = groups.reserve().await
        && let Some(mut group) = Group::gather(&mut appends).await
    {
        if !course.careful.get() {
            // Without a connection the one who writes reads for itself.
            if line.as_ref().is_none_or(|it| it.client.is_closed()) {
                line = Line::open(address).await.ok();
            }
            let (from, turn) = (course.committed.get(), course.turn.get());
            if let Some(line) = &line
                && let Ok(chains) = line.around(&group.events()).await
            {
                group.read = Some(Read { from, turn, chains });
            }
        }
        place.send(group);
    }
}
