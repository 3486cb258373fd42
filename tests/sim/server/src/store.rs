//! Events in memory, as the real stores keep them.

use std::collections::{BTreeMap, BTreeSet};

use mixus_privacy::ledger::{Hash, Kind, Log, Subject, Tile, Tiles, leaf};
use mixus_privacy::sync::{Answer, Incoming, Known, Last, Place, judge};

/// An event that was taken in.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place, and when.
    pub place: Place,
    /// Whose it is.
    pub sub: Subject,
    /// The device.
    pub dev: [u8; 8],
    /// The place in the device's chain.
    pub seq: u64,
    /// The event's hash.
    pub hash: Hash,
    /// For which account; empty for none.
    pub acct: String,
    /// The event; nothing once it was erased.
    pub body: Option<String>,
}

/// Everything that was taken in. A copy is a backup.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// By place.
    pub rows: Vec<Row>,
    /// The log over them.
    pub log: Log,
    tiles: BTreeMap<(u32, u64), Tile>,
    near: BTreeMap<(Subject, u64), Vec<usize>>,
    erased: BTreeSet<Subject>,
    spent: BTreeSet<Hash>,
    /// Documents that events name, by their hashes.
    pub notices: BTreeMap<Hash, String>,
}

/// The full tiles.
struct Full<'s>(&'s Store);

impl Tiles for Full<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        self.0.tiles.get(&(level, at)).cloned()
    }
}

impl Store {
    /// Takes in a batch at a time, in seconds since 1970: all of it is durable when this returns.
    pub fn append(&mut self, events: &[Incoming], taken: u64) -> Vec<Answer> {
        // The log's time does not run back.
        let taken = self.rows.last().map_or(taken, |row| taken.max(row.place.taken));
        let mut answers = Vec::new();
        for event in events {
            let known = self.known(event);
            answers.push(match judge(event, &known) {
                Err(answer) => answer,
                Ok(fork) => {
                    let place = self.insert(event, taken);
                    if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                }
            });
        }
        answers
    }

    fn known(&self, event: &Incoming) -> Known {
        let mut known = Known {
            erased: self.erased.contains(&event.sub),
            spent: event.token.is_some_and(|token| self.spent.contains(&token.hash)),
            ..Known::default()
        };
        for seq in event.seq.saturating_sub(1)..=event.seq {
            for at in self.near.get(&(event.sub, seq)).into_iter().flatten() {
                let Some(row) = self.rows.get(*at).filter(|row| row.dev == event.dev) else {
                    continue;
                };
                if seq == event.seq {
                    known.same.push((row.hash, row.place));
                } else if row.hash == event.prev {
                    known.before = Some(row.acct.clone());
                }
            }
        }
        known
    }

    fn insert(&mut self, event: &Incoming, taken: u64) -> Place {
        let place = Place {
            index: self.log.size(),
            taken,
        };
        self.spent.extend(event.token.map(|token| token.hash));
        if event.kind == Kind::Erase {
            self.erase(&event.sub, &event.acct);
        }
        self.near.entry((event.sub, event.seq)).or_default().push(self.rows.len());
        self.rows.push(Row {
            place,
            sub: event.sub,
            dev: event.dev,
            seq: event.seq,
            hash: event.hash,
            acct: event.acct.clone(),
            body: Some(event.body.clone()),
        });
        let tiles = &mut self.tiles;
        self.log.push(leaf(&event.hash, place.index, taken), |level, at, tile| {
            tiles.insert((level, at), tile);
        });
        place
    }

    /// Takes away all of a subject, and the bodies of its account.
    fn erase(&mut self, sub: &Subject, acct: &str) {
        self.erased.insert(*sub);
        self.near.retain(|(of, _), _| of != sub);
        for row in self.rows.iter_mut().filter(|row| row.sub == *sub) {
            row.sub = Subject([0; 20]);
            row.dev = [0; 8];
            row.seq = 0;
            row.acct = String::new();
            row.body = None;
        }
        let last: BTreeMap<(Subject, [u8; 8]), u64> =
            self.rows.iter().fold(BTreeMap::new(), |mut last, row| {
                let seq = last.entry((row.sub, row.dev)).or_insert(0);
                *seq = row.seq.max(*seq);
                last
            });
        for row in self.rows.iter_mut().filter(|row| !acct.is_empty() && row.acct == acct) {
            row.body = None;
            if last.get(&(row.sub, row.dev)).is_some_and(|last| *last > row.seq) {
                row.acct = String::new();
            }
        }
    }

    /// Makes the log longer by events of nobody, so that it does not begin at nothing.
    pub fn fill(&mut self, count: u64, taken: u64) {
        let tiles = &mut self.tiles;
        for _ in 0..count {
            let index = self.log.size();
            let hash = leaf(&[0; 32], index, taken);
            self.log.push(leaf(&hash, index, taken), |level, at, tile| {
                tiles.insert((level, at), tile);
            });
        }
    }

    /// The events of a subject, and of the account if it speaks for one, from a place on.
    pub fn events(&self, sub: &Subject, acct: &str, after: u64, most: usize) -> Vec<&Row> {
        let own = |row: &&Row| row.sub == *sub || !acct.is_empty() && row.acct == acct;
        let from = |row: &&Row| row.place.index >= after;
        self.rows.iter().filter(from).filter(own).take(most).collect()
    }

    /// The account for which a subject decides now; empty for none.
    pub fn account(&self, sub: &Subject) -> &str {
        let rows = self.rows.iter().filter(|row| row.sub == *sub);
        rows.max_by_key(|row| row.seq).map_or("", |row| row.acct.as_str())
    }

    /// Whether the last event that somebody knows is in this log.
    pub fn fits(&self, last: Last) -> bool {
        last.fits(&self.log, &mut Full(self)).unwrap_or(false)
    }

    /// The root of the log as it was with `size` leaves.
    pub fn root(&self, size: u64) -> Option<Hash> {
        self.log.root(size, &mut Full(self))
    }

    /// The proof that a leaf is in the log.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        self.log.inclusion(index, size, &mut Full(self))
    }

    /// The proof that the log has only grown.
    pub fn consistency(&self, from: u64, to: u64) -> Option<Vec<Hash>> {
        self.log.consistency(from, to, &mut Full(self))
    }
}
