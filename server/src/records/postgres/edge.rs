//! The log's end, as this process has it in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use mixus_privacy::ledger::{Hash, Log, Subject, Tile, Tiles, leaf};
use tokio_postgres::Row;

use super::super::kept::{Tip, Unavailable};
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
    /// Reads it: tops of full tiles, and events that are in none yet.
    pub(super) async fn open(line: &Line, head: Head) -> Result<Edge, Trouble> {
        let mut ends = Ends(HashMap::new());
        let (mut level, mut count) = (0_u32, head.size);
        while count > 0 {
            let from = (count - count % 256).cast_signed();
            let mut hashes: Vec<Hash> = Vec::new();
            if level == 0 {
                for row in line.client.query(&line.statements.since, &[&from, &256_i64]).await? {
                    hashes.push(leaf(&bytes(&row, 3)?, number(&row, 0)?, number(&row, 1)?));
                }
            } else {
                let below = i64::from(level) - 1;
                for row in line.client.query(&line.statements.tops, &[&below, &from]).await? {
                    hashes.push(bytes(&row, 0)?);
                }
            }
            // Others may have gone on meanwhile.
            hashes.truncate(usize::try_from(count % 256).unwrap_or(0));
            ends.0.insert(level, Tile::of(hashes));
            count /= 256;
            level += 1;
        }
        let log = Log::open(head.size, &mut ends)
            .ok_or_else(|| refused("the log's tiles do not fit its events"))?;
        Ok(Edge {
            log,
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

    pub(super) fn tip(&self) -> Tip {
        Tip {
            log: self.log.clone(),
            recent: self.recent.iter().cloned().collect(),
            ..Tip::default()
        }
    }
}

/// The last tile of each level.
struct Ends(HashMap<u32, Tile>);

impl Tiles for Ends {
    fn tile(&mut self, level: u32, _: u64) -> Option<Tile> {
        self.0.get(&level).cloned()
    }
}
