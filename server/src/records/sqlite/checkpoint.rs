//! What was committed moves from the write-ahead log into the database, beside the writer, who would otherwise stand
//! still for as long as that takes.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use super::super::kept::Unavailable;
use super::connect;

/// From so many pages on it is worth while.
const PAGES: i32 = 4096;
/// From so many on the writer waits for it: the log must not grow for ever.
const TOO_MANY: i32 = 32_768;

/// Starts the thread, and has the writer's connection tell it how long the log is. It ends with that connection.
pub(super) fn start(database: &Path, writer: &mut Connection) -> Result<(), Unavailable> {
    let (sender, receiver): (SyncSender<()>, Receiver<()>) = sync_channel(1);
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let work = move || {
        while receiver.recv().is_ok() {
            move_over(&connection);
        }
    };
    let thread = thread::Builder::new().name("mixus-checkpoint".into()).spawn(work);
    thread.map_err(|error| Unavailable(error.to_string()))?;
    let mut asked = 0;
    writer.wal_hook(Some(move |wal: &mut Wal, pages| {
        // It has begun anew.
        if pages < asked {
            asked = 0;
        }
        if pages >= TOO_MANY {
            // Little is left to be moved, since the thread is never far behind; with that the log begins anew.
            let _ = wal.checkpoint();
        } else if pages - asked >= PAGES {
            asked = pages;
            if let Err(TrySendError::Disconnected(())) = sender.try_send(()) {
                let _ = wal.checkpoint();
            }
        }
        Ok(())
    }))?;
    Ok(())
}

/// As much as nobody reads any more. What fails is tried again after the next commit.
fn move_over(connection: &Connection) {
    let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = moved {
        tracing::warn!(error = %error, "checkpoint");
    }
}
