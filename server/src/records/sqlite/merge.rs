//! The index's file, and the thread that brings it up to date.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use mixus_privacy::ledger::{Hash, Subject};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use super::super::kept::Unavailable;
use super::beside;
use super::forget::wiped;
use super::index::{Gone, Index, Part, put};
use super::opened::{self, After, Failed, connect, move_log, moves_log};
use super::sizes::Sizes;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS near (
        near INTEGER NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL, mark BLOB NOT NULL,
        PRIMARY KEY (near, seq, place)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS upto (place INTEGER NOT NULL, hash BLOB NOT NULL);";

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// To bring in what was taken out of memory: everything up to a place of the log, whose last event has this hash. What
    /// that is, memory says by then: some of it may have been forgotten since.
    Merge(u64, Hash),
    /// To take out what is written down to be forgotten.
    Forget,
}

/// Where the index of a database is.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, "-index")
}

/// Opens the file, and brings it to the state of a database with so many events as far as memory does not do. What does
/// not belong to this database, or cannot be read, is made anew.
pub(super) fn open(
    database: &Path,
    main: &Connection,
    size: u64,
) -> Result<(Index, Connection), Unavailable> {
    let path = path(database);
    match attempt(&path, main, size) {
        Err(error) if is_damage(&error) => {
            tracing::warn!("the index cannot be read and is made anew");
            for name in ["", "-wal", "-shm"] {
                let gone = fs::remove_file(beside(&path, name));
                if let Err(error) = gone
                    && error.kind() != ErrorKind::NotFound
                {
                    return Err(Unavailable(error.to_string()));
                }
            }
            Ok(attempt(&path, main, size)?)
        }
        done => Ok(done?),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

fn attempt(path: &Path, main: &Connection, size: u64) -> rusqlite::Result<(Index, Connection)> {
    let mut file = opened::open(path, true)?;
    file.execute_batch(SCHEMA)?;
    if let Err(error) = move_log(&file)
        && After::of(&error) == After::Unsure
    {
        return Err(error);
    }
    // It may lag behind: what is not on the disk yet is found in the rows.
    file.execute_batch("PRAGMA synchronous = NORMAL;")?;
    let known: Option<(u64, Hash)> = file
        .query_row("SELECT place, hash FROM upto", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let mut from = 0;
    if let Some((place, hash)) = known {
        if hash_before(main, place)? == Some(hash) {
            from = place;
        } else {
            tracing::warn!("the index is of another database and is made anew");
            file.execute_batch("DELETE FROM near; DELETE FROM upto;")?;
        }
    }
    let sizes = Sizes::of(path);
    let index = Index::default();
    let mut part = Part::new();
    {
        let mut statement = main.prepare(
            "SELECT place, sub, dev, seq, hash, acct FROM event WHERE place >= ? AND length(sub) = 20 ORDER BY place",
        )?;
        let mut rows = statement.query([from])?;
        while let Some(row) = rows.next()? {
            let (place, hash): (u64, Hash) = (row.get(0)?, row.get(4)?);
            let acct: String = row.get(5)?;
            let about = (&Subject(row.get(1)?), row.get(2)?, row.get(3)?);
            put(&mut part, place, about, &hash, &acct);
            if part.len() >= sizes.together.1 {
                merge(&mut file, &part, (place + 1, hash), sizes)?;
                part.clear();
            }
        }
    }
    index.add(part);
    if let Some(hash) = hash_before(main, size)?
        && index.waiting() >= sizes.enough(size)
    {
        index.take();
        merge(&mut file, &index.merging(), (size, hash), sizes)?;
        index.merged();
    }
    Ok((index, file))
}

/// The hash of the event before a place.
fn hash_before(main: &Connection, place: u64) -> rusqlite::Result<Option<Hash>> {
    main.query_row("SELECT hash FROM event WHERE place = ? - 1", [place], |row| row.get(0))
        .optional()
}

/// Brings a part into the file, in its order, which touches every page once. A part of it that is there already, since
/// a process ended on the way, does no harm.
fn merge(
    file: &mut Connection,
    part: &Part,
    (upto, hash): (u64, Hash),
    sizes: Sizes,
) -> rusqlite::Result<()> {
    let mut entries = part.iter().peekable();
    while entries.peek().is_some() {
        let transaction = file.transaction()?;
        {
            let mut statement =
                transaction.prepare_cached("INSERT OR IGNORE INTO near VALUES (?, ?, ?, ?)")?;
            for ((near, seq, place), mark) in entries.by_ref().take(sizes.slice) {
                statement.execute(params![near, seq, place, mark.0])?;
            }
        }
        transaction.commit()?;
    }
    let transaction = file.transaction()?;
    transaction.execute("DELETE FROM upto", [])?;
    transaction.execute("INSERT INTO upto VALUES (?, ?)", params![upto, hash])?;
    transaction.commit()
}

/// Takes out what is written down in the database to be forgotten, and strikes that out there.
fn forget(index: &Index, file: &mut Connection, main: &mut Connection) -> rusqlite::Result<()> {
    let gone: Vec<Gone> = {
        let mut statement = main.prepare_cached("SELECT near, rest, before FROM forget")?;
        let rows = statement.query_map([], |row| {
            Ok(Gone {
                near: row.get(0)?,
                rest: row.get(1)?,
                before: row.get(2)?,
            })
        })?;
        rows.collect::<Result<_, _>>()?
    };
    if gone.is_empty() {
        return Ok(());
    }
    index.forget(&gone);
    // What is struck out below must be gone for good here.
    file.execute_batch("PRAGMA synchronous = FULL;")?;
    let transaction = file.transaction()?;
    wiped(&transaction, || {
        for Gone { near, rest, before } in &gone {
            transaction
                .prepare_cached("DELETE FROM near WHERE near = ? AND substr(mark, 1, 12) = ? AND place < ?")?
                .execute(params![near, rest, before])?;
        }
        Ok(())
    })?;
    transaction.commit()?;
    // The pages still stand in the write-ahead log as they were. Who reads them now puts that off until the next time.
    move_log(file)?;
    file.execute_batch("PRAGMA synchronous = NORMAL;")?;
    // The writer may commit meanwhile: a transaction that has begun to read could not write any more.
    let transaction = main.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Gone { near, rest, before } in &gone {
        // It may have been asked for again meanwhile, for more.
        transaction
            .prepare_cached("DELETE FROM forget WHERE near = ? AND rest = ? AND before = ?")?
            .execute(params![near, rest, before])?;
    }
    transaction.commit()
}

/// Starts the thread. It ends with the index, or when nobody can ask it any more.
pub(super) fn start(
    database: &Path,
    index: &Arc<Index>,
    mut file: Connection,
    failed: &Failed,
) -> Result<(Sender<Job>, JoinHandle<()>), Unavailable> {
    let (sender, jobs): (_, Receiver<Job>) = channel();
    let mut main = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    main.execute_batch("PRAGMA synchronous = FULL;")?;
    let sizes = Sizes::of(database);
    moves_log(&mut file, sizes.index_pages, failed)?;
    let failed = failed.clone();
    let index: Weak<Index> = Arc::downgrade(index);
    let work = move || {
        while let Ok(job) = jobs.recv() {
            let Some(index) = index.upgrade() else { return };
            let done = match job {
                Job::Merge(upto, hash) => {
                    let part = index.merging();
                    // What cannot be written stays in memory, and is merged with what comes after it.
                    let done = merge(&mut file, &part, (upto, hash), sizes);
                    if done.is_err() {
                        index.put_back();
                    } else {
                        index.merged();
                    }
                    done
                }
                Job::Forget => forget(&index, &mut file, &mut main),
            };
            if let Err(error) = done {
                tracing::error!(error = %error, "index");
                if After::of(&error) == After::Unsure {
                    failed.is();
                }
            }
        }
    };
    let thread = thread::Builder::new().name("mixus-index".into()).spawn(work);
    let thread = thread.map_err(|error| Unavailable(error.to_string()))?;
    // What was to be forgotten when a process ended.
    let _ = sender.send(Job::Forget);
    Ok((sender, thread))
}
