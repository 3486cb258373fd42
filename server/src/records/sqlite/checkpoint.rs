//! What was committed moves from the write-ahead log into the database, beside the writer, who would otherwise stand
//! still for as long as that takes.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use super::super::kept::Unavailable;
use super::opened::{Failed, connect};
use super::sizes::Sizes;

/// Starts the thread, and has the writer's connection tell it how long the log is. It ends with that connection.
pub(super) fn start(
    database: &Path,
    writer: &mut Connection,
    failed: &Failed,
) -> Result<JoinHandle<()>, Unavailable> {
    let (sender, receiver): (SyncSender<()>, Receiver<()>) = sync_channel(1);
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA synchronous = FULL;")?;
    let beside = failed.clone();
    let work = move || {
        while receiver.recv().is_ok() {
            // As much as nobody reads any more.
            beside.look(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
        }
    };
    let thread = thread::Builder::new().name("mixus-checkpoint".into()).spawn(work);
    let thread = thread.map_err(|error| Unavailable(error.to_string()))?;
    let failed = failed.clone();
    let sizes = Sizes::of(database);
    let mut asked = 0;
    writer.wal_hook(Some(move |wal: &mut Wal, pages| {
        // It has begun anew.
        if pages < asked {
            asked = 0;
        }
        if pages >= sizes.too_many {
            // Little is left to be moved, since the thread is never far behind; with that the log begins anew.
            failed.look(wal.checkpoint());
        } else if pages - asked >= sizes.pages {
            asked = pages;
            if let Err(TrySendError::Disconnected(())) = sender.try_send(()) {
                failed.look(wal.checkpoint());
            }
        }
        Ok(())
    }))?;
    Ok(thread)
}
