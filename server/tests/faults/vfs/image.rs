//! What stands on a disk, what was only written so far, and what of that a loss of power leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fastrand::Rng;

/// A change that no sync has made lasting.
#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Arc<[u8]> },
    Cut { length: usize },
}

/// A file: as whoever reads sees it, as it would be after a loss of power, and what lies between the two.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    seen: Arc<Vec<u8>>,
    lasting: Arc<Vec<u8>>,
    pending: Vec<Change>,
}

/// A change of a folder that no sync of it has made lasting.
#[derive(Clone, Debug)]
enum Entry {
    Made(String, usize),
    Gone(String),
}

/// All that a disk holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub files: Vec<File>,
    names: BTreeMap<String, usize>,
    lasting_names: BTreeMap<String, usize>,
    pending_names: Vec<Entry>,
}

fn write(to: &mut Arc<Vec<u8>>, at: usize, bytes: &[u8]) {
    let to = Arc::make_mut(to);
    if to.len() < at + bytes.len() {
        to.resize(at + bytes.len(), 0);
    }
    to[at..at + bytes.len()].copy_from_slice(bytes);
}

fn apply(to: &mut Arc<Vec<u8>>, change: &Change) {
    match change {
        Change::Write { at, bytes } => write(to, *at, bytes),
        Change::Cut { length } => Arc::make_mut(to).resize(*length, 0),
    }
}

impl File {
    pub(crate) fn length(&self) -> usize {
        self.seen.len()
    }

    /// Reads as much as there is; how much that is.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let there = self.seen.get(at..).unwrap_or(&[]);
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        into[count..].fill(0);
        count
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        write(&mut self.seen, at, bytes);
        self.pending.push(Change::Write {
            at,
            bytes: bytes.into(),
        });
    }

    pub(crate) fn cut(&mut self, length: usize) {
        Arc::make_mut(&mut self.seen).resize(length, 0);
        self.pending.push(Change::Cut { length });
    }

    /// What was written is there for good.
    pub(crate) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            apply(&mut self.lasting, &change);
        }
    }

    /// A sync that fails as it does on Linux: what did not reach the disk counts as written from then on, so that no
    /// later sync tries it again.
    pub(crate) fn sync_fails(&mut self, rng: &mut Rng) {
        let lucky = [0.0, 0.5, 1.0][rng.usize(..3)];
        for change in self.pending.drain(..) {
            if rng.f64() < lucky {
                apply(&mut self.lasting, &change);
            }
        }
    }
}

impl Image {
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Every name.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }

    /// Whether a file has a name.
    pub(crate) fn has(&self, file: usize) -> bool {
        self.names.values().any(|it| *it == file)
    }

    /// A new file; one without a name is only seen by who has it.
    pub(crate) fn make(&mut self, name: Option<&str>) -> usize {
        self.files.push(File::default());
        let file = self.files.len() - 1;
        if let Some(name) = name {
            self.names.insert(name.into(), file);
            self.pending_names.push(Entry::Made(name.into(), file));
        }
        file
    }

    /// Whether there was such a name.
    pub(crate) fn delete(&mut self, name: &str) -> bool {
        let found = self.names.remove(name).is_some();
        if found {
            self.pending_names.push(Entry::Gone(name.into()));
        }
        found
    }

    /// The folder's names are there for good.
    pub(crate) fn sync_names(&mut self) {
        self.lasting_names.clone_from(&self.names);
        self.pending_names.clear();
    }

    /// What a loss of power leaves. Of what was not synced, any part may be there, in pieces of a sector or less; where
    /// sectors are `fragile`, a piece that was being written may take the rest of its sector with it.
    pub(crate) fn after_power_loss(&self, rng: &mut Rng, fragile: bool) -> Image {
        let luck = Luck::any(rng, fragile);
        let mut names = self.lasting_names.clone();
        for entry in &self.pending_names {
            if rng.f64() >= luck.kept {
                continue;
            }
            match entry {
                Entry::Made(name, file) => drop(names.insert(name.clone(), *file)),
                Entry::Gone(name) => drop(names.remove(name)),
            }
        }
        let reached: BTreeSet<usize> = names.values().copied().collect();
        let files = self.files.iter().enumerate();
        let files = files
            .map(|(at, file)| if reached.contains(&at) { luck.left_of(file, rng) } else { File::default() });
        Image {
            files: files.collect(),
            lasting_names: names.clone(),
            names,
            pending_names: Vec::new(),
        }
    }
}

/// How a loss of power treats what was on its way.
#[derive(Debug)]
struct Luck {
    /// How much is kept.
    kept: f64,
    /// How much of the rest is torn or garbage, where that can be.
    torn: f64,
    sector: usize,
    fragile: bool,
}

impl Luck {
    fn any(rng: &mut Rng, fragile: bool) -> Luck {
        Luck {
            kept: [0.0, 0.1, 0.5, 0.9, 0.97, 1.0][rng.usize(..6)],
            torn: [0.0, 0.3, 0.9][rng.usize(..3)],
            sector: [512, 4096][rng.usize(..2)],
            fragile,
        }
    }

    fn left_of(&self, file: &File, rng: &mut Rng) -> File {
        let mut left = Arc::clone(&file.lasting);
        for change in &file.pending {
            match change {
                Change::Cut { .. } if rng.f64() < self.kept => apply(&mut left, change),
                Change::Cut { .. } => {}
                Change::Write { at, bytes } => self.sectors(&mut left, *at, bytes, rng),
            }
        }
        // The length may have reached the disk before what it is the length of.
        if left.len() < file.seen.len() && rng.u8(..4) == 0 {
            let from = left.len();
            let left = Arc::make_mut(&mut left);
            left.resize(rng.usize(from..=file.seen.len()), 0);
            if rng.bool() {
                rng.fill(&mut left[from..]);
            }
        }
        File {
            seen: Arc::clone(&left),
            lasting: left,
            pending: Vec::new(),
        }
    }

    fn sectors(&self, left: &mut Arc<Vec<u8>>, at: usize, bytes: &[u8], rng: &mut Rng) {
        let mut from = 0;
        while from < bytes.len() {
            let within = (at + from) % self.sector;
            let to = bytes.len().min(from + self.sector - within);
            let piece = &bytes[from..to];
            if rng.f64() < self.kept {
                write(left, at + from, piece);
            } else if rng.f64() < self.torn {
                self.damage(left, at + from, piece, rng);
            }
            from = to;
        }
    }

    /// A sector that was being written when the power went.
    fn damage(&self, left: &mut Arc<Vec<u8>>, at: usize, piece: &[u8], rng: &mut Rng) {
        if self.fragile {
            // All of it is at stake, as far as the file goes.
            let start = at - at % self.sector;
            let end = (start + self.sector).min(left.len().max(at + piece.len()));
            let mut garbage = vec![0; end - start];
            rng.fill(&mut garbage);
            write(left, start, &garbage);
            return;
        }
        let cut = rng.usize(..=piece.len());
        write(left, at, &piece[..cut]);
        if rng.bool() && cut < piece.len() {
            let mut garbage = vec![0; piece.len() - cut];
            rng.fill(&mut garbage);
            write(left, at + cut, &garbage);
        }
    }
}
