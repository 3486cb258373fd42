//! The log's end, as this process has it in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use mixus_privacy::ledger::{Log, Subject, Tile, Tiles, leaf};
use tokio_postgres::Row;

use super::super::kept::{Tip, Unavailable};
use super::super::store::TileAt;
use super::line::Line;
use super::trouble::Trouble;

/// As many tiles of the newest commits are held in memory.
const RECENT: usize = 16;
/// As many events of other processes are gone through one by one.
pub(super) const MOST_SINCE: i64 = 4096;

/// The row that whoever writes holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub size: u64,
    /// When the last event was taken in.
    pub taken: u64,
    /// Goes up whenever something changes that is not in the log.
    pub epoch: u64,
}

impl Head {
    pub(super) fn read(row: &Row) -> Result<Head, Trouble> {
        Ok(Head {
            size: number(row, 0)?,
            taken: number(row, 1)?,
            epoch: number(row, 2)?,
        })
    }
}

/// A number that is never negative.
pub(super) fn number(row: &Row, column: usize) -> Result<u64, Trouble> {
    Ok(row.try_get::<_, i64>(column)?.cast_unsigned())
}

/// Bytes of a fixed length.
pub(super) fn bytes<const LENGTH: usize>(row: &Row, column: usize) -> Result<[u8; LENGTH], Trouble> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| refused("a value is not as long as it has to be"))
}

/// A tile from its hashes.
pub(super) fn tile(row: &Row, column: usize) -> Result<Tile, Trouble> {
    let hashes: &[u8] = row.try_get(column)?;
    Ok(Tile::of(hashes.as_chunks::<32>().0.iter().copied()))
}

fn refused(why: &str) -> Trouble {
    Trouble::Refused(Unavailable(why.into()))
}

/// The log as it was when this process last looked or wrote.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub log: Log,
    pub head: Head,
    recent: VecDeque<(u32, u64, Arc<Tile>)>,
}

impl Edge {
    /// Reads it: the events that are in no full tile yet, and the tiles above them.
    pub(super) async fn open(line: &Line, head: Head) -> Result<Edge, Trouble> {
        let (client, statements) = (&line.client, &line.statements);
        let mut leaves = Vec::new();
        let mut count = head.size;
        let from = (count - count % 256).cast_signed();
        // Others may go on meanwhile.
        let most = (count % 256).cast_signed();
        for row in client.query(&statements.since, &[&from, &most]).await? {
            leaves.push(leaf(&bytes(&row, 3)?, number(&row, 0)?, number(&row, 1)?));
        }
        let mut tiles = Read(HashMap::new());
        for level in 0_u32.. {
            count /= 256;
            if count == 0 {
                break;
            }
            let (from, to) = ((count - count % 256).cast_signed(), count.cast_signed());
            for row in client.query(&statements.tiles, &[&i64::from(level), &from, &to]).await? {
                tiles.0.insert((level, number(&row, 0)?), tile(&row, 1)?);
            }
        }
        let log = Log::open(head.size, &leaves, &mut tiles);
        Ok(Edge {
            log: log.ok_or_else(|| refused("the log's tiles do not fit its events"))?,
            head,
            recent: VecDeque::new(),
        })
    }

    /// Adds events that other processes have committed; answers whose they are.
    pub(super) fn follow(&mut self, rows: &[Row]) -> Result<Vec<(Subject, String)>, Trouble> {
        let mut touched = Vec::new();
        for row in rows {
            let (place, taken) = (number(row, 0)?, number(row, 1)?);
            if place != self.log.size() {
                return Err(refused("the log has a gap"));
            }
            let mut full = Vec::new();
            self.log.push(leaf(&bytes(row, 3)?, place, taken), |level, at, tile| {
                full.push((level, at, Arc::new(tile)));
            });
            self.remember(full);
            self.head.size = place + 1;
            self.head.taken = taken;
            // What was erased meanwhile has no name any more.
            if let Ok(sub) = bytes(row, 2) {
                touched.push((Subject(sub), row.try_get(4)?));
            }
        }
        Ok(touched)
    }

    /// Goes on to where a commit has led.
    pub(super) fn go(&mut self, log: Log, taken: u64, full: Vec<(u32, u64, Arc<Tile>)>) {
        self.head.size = log.size();
        self.head.taken = taken;
        self.log = log;
        self.remember(full);
    }

    fn remember(&mut self, full: Vec<(u32, u64, Arc<Tile>)>) {
        self.recent.extend(full);
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    pub(super) fn tip(&self) -> Arc<Tip> {
        Arc::new(Tip {
            log: self.log.clone(),
            recent: self.recent.iter().cloned().collect(),
            ..Tip::default()
        })
    }
}

/// Tiles that were read.
struct Read(HashMap<TileAt, Tile>);

impl Tiles for Read {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        self.0.get(&(level, at)).cloned()
    }
}
