//! Looks through everything that is kept, as one would who trusts nobody: what is proved by whom, and what is not there.
//!
//! Every leaf, every tile and the root are made anew out of the rows. An event has to be the one of its hash, signed by its
//! key, and come after the one that it names. Whoever writes all of it anew, with other events and other roots, is found
//! by what he cannot write anew: a checkpoint that somebody has kept.
//!
//! A body that was erased is no fault, and is counted. Of a row without one the log proves the hash, the place and the
//! time; whose it was is the word of whoever keeps it.

mod chains;
mod fault;
mod row;
mod sqlite;

use std::thread;

use mixus_privacy::ledger::{Checkpoint, Hash, Log, Tile, Tiles, leaf};

use chains::Chains;
pub use fault::{At, Code, Fault, Unreadable};
use row::Looked;
pub use row::{Cells, Row};
pub use sqlite::Database;

/// As many rows are read at once.
const PAGE: usize = 4096;
/// From so many on several threads look at them.
const SHARED: usize = 512;

/// What an audit reads of a store.
pub trait Kept {
    /// The rows from a place on, in its order; not more than so many.
    fn rows(&self, from: i64, most: usize) -> Result<Vec<Row>, Unreadable>;
    /// The hashes of a tile, one behind the other.
    fn tile(&self, level: i64, at: i64) -> Result<Option<Vec<u8>>, Unreadable>;
    /// The level and place of the tiles that come after one, in their order; not more than so many.
    fn tiles(&self, after: (i64, i64), most: usize) -> Result<Vec<(i64, i64)>, Unreadable>;
    /// Documents that events name: the hash of each, and its text.
    fn notices(&self, each: &mut dyn FnMut(&[u8], Option<&str>)) -> Result<(), Unreadable>;
    /// The public half of the key with which the log is signed, if it is here.
    fn key(&self) -> Result<Option<[u8; 32]>, Unreadable>;
}

/// Says whether a signature is one of a key over a text.
pub type IsSigned<'a> = &'a (dyn Fn(&[u8; 32], &str, &[u8; 64]) -> bool + Sync);

/// What an audit is held against.
#[derive(Clone)]
pub struct Against<'a> {
    /// Checkpoints whose signatures were checked.
    pub checkpoints: Vec<Checkpoint>,
    /// The key with which the log has to be signed.
    pub key: Option<[u8; 32]>,
    /// How signatures are checked.
    pub is_signed: IsSigned<'a>,
}

impl Default for Against<'_> {
    fn default() -> Self {
        Against {
            checkpoints: Vec::new(),
            key: None,
            is_signed: &crate::verify::is_signed,
        }
    }
}

impl std::fmt::Debug for Against<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Against")
            .field("checkpoints", &self.checkpoints)
            .finish_non_exhaustive()
    }
}

/// What there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many rows.
    pub events: u64,
    /// How many of them have lost their body.
    pub erased: u64,
    /// How many tiles were compared.
    pub tiles: u64,
    /// How many documents.
    pub notices: u64,
    /// How many of the checkpoints were met.
    pub checkpoints: u64,
    /// The root, if it can be told.
    pub root: Option<Hash>,
    /// How many faults there are.
    pub faults: u64,
}

/// The right edge of a log holds what its root is made of.
struct Nowhere;

impl Tiles for Nowhere {
    fn tile(&mut self, _: u32, _: u64) -> Option<Tile> {
        None
    }
}

/// Looks through a store and tells of every fault.
pub fn audit(
    kept: &dyn Kept,
    against: &Against<'_>,
    tell: &mut dyn FnMut(&Fault),
) -> Result<Summary, Unreadable> {
    let mut auditor = Auditor {
        kept,
        against,
        tell,
        log: Some(Log::default()),
        chains: Chains::default(),
        next: 0,
        taken: 0,
        summary: Summary::default(),
    };
    auditor.meet();
    auditor.rows()?;
    auditor.tiles()?;
    auditor.beside()?;
    auditor.end();
    Ok(auditor.summary)
}

struct Auditor<'a, 'b> {
    kept: &'a dyn Kept,
    against: &'a Against<'b>,
    tell: &'a mut dyn FnMut(&Fault),
    /// As far as it can be made anew: nothing once a row is missing.
    log: Option<Log>,
    chains: Chains,
    /// The place that comes next.
    next: i64,
    taken: i64,
    summary: Summary,
}

impl Auditor<'_, '_> {
    fn fault(&mut self, code: Code, at: At) {
        self.summary.faults += 1;
        (self.tell)(&Fault { code, at });
    }

    fn rows(&mut self) -> Result<(), Unreadable> {
        let mut from = i64::MIN;
        loop {
            let rows = self.kept.rows(from, PAGE)?;
            for (row, looked) in rows.iter().zip(look(&rows, self.against.is_signed)) {
                self.row(row, looked)?;
            }
            match rows.last().and_then(|last| last.place.checked_add(1)) {
                Some(next) if rows.len() >= PAGE => from = next,
                _ => return Ok(()),
            }
        }
    }

    fn row(&mut self, row: &Row, looked: Result<Looked, Code>) -> Result<(), Unreadable> {
        let at = At::Row(row.place);
        self.summary.events += 1;
        if row.place != self.next {
            let code = if row.place > self.next { Code::Gap } else { Code::Form };
            self.fault(code, at);
            self.log = None;
        }
        self.next = row.place.saturating_add(1);
        let Some(cells) = &row.cells else {
            self.fault(Code::Form, at);
            self.log = None;
            return Ok(());
        };
        if cells.taken < self.taken {
            self.fault(Code::Time, at);
        }
        self.taken = cells.taken;
        self.summary.erased += u64::from(cells.body.is_none());
        match looked {
            Ok(looked) => {
                for code in self.chains.take(&looked) {
                    self.fault(code, at);
                }
            }
            Err(code) => {
                self.fault(code, at);
                self.chains.pass(&cells.hash);
            }
        }
        let hash: Result<Hash, _> = cells.hash.as_slice().try_into();
        if let (Ok(hash), Ok(place), Ok(taken)) = (hash, u64::try_from(row.place), u64::try_from(cells.taken))
        {
            return self.leaf(leaf(&hash, place, taken));
        }
        self.log = None;
        Ok(())
    }

    /// Adds a leaf, and compares every tile that is full with it.
    fn leaf(&mut self, leaf: Hash) -> Result<(), Unreadable> {
        let Some(mut log) = self.log.take() else {
            return Ok(());
        };
        let mut full = Vec::new();
        log.push(leaf, |level, at, tile| full.push((level, at, tile)));
        self.log = Some(log);
        for (level, at, tile) in full {
            let (level, at) = (i64::from(level), at.cast_signed());
            self.summary.tiles += 1;
            if self.kept.tile(level, at)?.as_deref() != Some(tile.hashes().as_flattened()) {
                self.fault(Code::Tile, At::Tile(level, at));
            }
        }
        self.meet();
        Ok(())
    }

    /// Compares the checkpoints of the size that the log has now.
    fn meet(&mut self) {
        let Some(log) = &self.log else { return };
        let size = log.size();
        if self.against.checkpoints.iter().all(|it| it.size != size) {
            return;
        }
        let root = log.root(size, &mut Nowhere);
        for (which, checkpoint) in self.against.checkpoints.iter().enumerate() {
            if checkpoint.size == size {
                self.summary.checkpoints += 1;
                if Some(checkpoint.root) != root {
                    self.fault(Code::Root, At::Checkpoint(which));
                }
            }
        }
    }

    /// There must be no tile that no row asks for.
    fn tiles(&mut self) -> Result<(), Unreadable> {
        let Some(size) = self.log.as_ref().map(Log::size) else {
            return Ok(());
        };
        let full = |level: i64, at: i64| {
            let level = u32::try_from(level).ok()?.checked_add(1)?.checked_mul(8)?;
            (u64::try_from(at).ok()? < size.checked_shr(level)?).then_some(())
        };
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let keys = self.kept.tiles(after, PAGE)?;
            for (level, at) in &keys {
                if full(*level, *at).is_none() {
                    self.fault(Code::Tile, At::Tile(*level, *at));
                }
            }
            match keys.last() {
                Some(last) if keys.len() >= PAGE && *last > after => after = *last,
                _ => return Ok(()),
            }
        }
    }

    /// What is kept beside the log.
    fn beside(&mut self) -> Result<(), Unreadable> {
        let mut bad = Vec::new();
        let notices = &mut self.summary.notices;
        self.kept.notices(&mut |hash, text| {
            if text.is_none_or(|text| mixus_privacy::ledger::hash(text) != hash) {
                bad.push(*notices);
            }
            *notices += 1;
        })?;
        for which in bad {
            self.fault(Code::Notice, At::Notice(which));
        }
        let key = self.kept.key()?;
        if key.is_some_and(|key| self.against.key.is_some_and(|wanted| wanted != key)) {
            self.fault(Code::Key, At::Log);
        }
        Ok(())
    }

    fn end(&mut self) {
        let size = self.next.max(0).cast_unsigned();
        let sizes: Vec<u64> = self.against.checkpoints.iter().map(|it| it.size).collect();
        for (which, wanted) in sizes.into_iter().enumerate() {
            if wanted > size {
                self.fault(Code::Size, At::Checkpoint(which));
            } else if self.log.as_ref().is_none_or(|log| log.size() < wanted) {
                // Not all of its rows are there, so that nothing can be said of it; that they are not was.
                self.fault(Code::Root, At::Checkpoint(which));
            }
        }
        self.summary.root = self.log.as_ref().and_then(|log| log.root(log.size(), &mut Nowhere));
    }
}

/// Looks at each row for itself, which is most of the work.
fn look(rows: &[Row], is_signed: IsSigned<'_>) -> Vec<Result<Looked, Code>> {
    let one = |row: &Row| row.look(is_signed);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if rows.len() < SHARED {
        return rows.iter().map(one).collect();
    }
    thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(threads));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect()
    })
}
