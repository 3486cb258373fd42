//! The log's tree: RFC 9162, section 2.1, with SHA-256.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::event::Hash;

/// How many levels of the tree one tile holds.
const HEIGHT: u32 = 8;
/// And how many hashes.
const WIDTH: u64 = 1 << HEIGHT;

/// What a leaf is made of: the event's hash, its place in the log (u64, big-endian) and when it was taken
/// in (u64, big-endian, seconds since 1970).
pub fn leaf(event: &Hash, index: u64, taken: u64) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(event);
    hash.update(index.to_be_bytes());
    hash.update(taken.to_be_bytes());
    hash.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// Where a tree over more than one leaf is split: the greatest power of two below their number (RFC 9162, 2.1.1).
const fn split(from: u64, to: u64) -> u64 {
    let most = to.saturating_sub(from).saturating_sub(1);
    from + (1 << if most == 0 { 0 } else { most.ilog2() })
}

/// The root of the empty tree.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// 256 neighbours of one level of the tree, or so many of them as there are, and what they add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile([Vec<Hash>; HEIGHT as usize + 1]);

impl Tile {
    /// A tile from its hashes, as they are stored.
    pub fn of(hashes: impl IntoIterator<Item = Hash>) -> Tile {
        let mut tile = Tile::default();
        for hash in hashes {
            tile.push(hash);
        }
        tile
    }

    /// The hashes of its lowest level.
    pub fn hashes(&self) -> &[Hash] {
        let [lowest, ..] = &self.0;
        lowest
    }

    /// Adds a hash. The tile's own, once it is full.
    fn push(&mut self, hash: Hash) -> Option<Hash> {
        let mut hash = hash;
        let mut carries = true;
        for level in &mut self.0 {
            if !carries {
                break;
            }
            level.push(hash);
            carries = level.len() % 2 == 0;
            if let [.., left, right] = level.as_slice()
                && carries
            {
                hash = node(left, right);
            }
        }
        self.top()
    }

    /// What all of its hashes add up to, once it is full.
    pub fn top(&self) -> Option<Hash> {
        let [.., top] = &self.0;
        top.first().copied()
    }

    fn node(&self, height: u32, at: u64) -> Option<Hash> {
        self.0.get(height as usize)?.get(usize::try_from(at).ok()?).copied()
    }
}

/// Where tiles come from that are not at hand.
pub trait Tiles {
    /// The tile of this level (0 for leaves) at this place.
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile>;
}

/// Tiles that are all in memory.
impl Tiles for BTreeMap<(u32, u64), Tile> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        self.get(&(level, at)).cloned()
    }
}

/// A log that grows. It holds the right edge of the tree; the rest is with whoever keeps it. A copy
/// shares what it holds, until one of the two grows.
#[derive(Clone, Debug, Default)]
pub struct Log {
    size: u64,
    /// The last tile of each level, which is never full.
    edge: Vec<Arc<Tile>>,
}

impl Log {
    /// A log of `size` leaves out of those after the last full tile, and of the full tiles: nothing else of a tree has to
    /// be kept. `None` if one is missing or not as long as it has to be.
    pub fn open<T: Tiles + ?Sized>(size: u64, leaves: &[Hash], tiles: &mut T) -> Option<Log> {
        if leaves.len() as u64 != size % WIDTH {
            return None;
        }
        let mut edge = Vec::new();
        let mut hashes = leaves.to_vec();
        let mut count = size;
        for level in 0.. {
            if count == 0 {
                break;
            }
            edge.push(Arc::new(Tile::of(hashes)));
            // The next level has one hash for each tile of this one that is full.
            count /= WIDTH;
            let tops = (count - count % WIDTH..count).map(|at| tiles.tile(level, at)?.top());
            hashes = tops.collect::<Option<_>>()?;
        }
        Some(Log { size, edge })
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The tiles that are not full yet, with their level and place.
    pub fn edge(&self) -> impl Iterator<Item = (u32, u64, &Tile)> {
        (0..)
            .zip(&self.edge)
            .map(|(level, tile)| (level, self.full(level), tile.as_ref()))
    }

    /// How many full tiles a level has.
    fn full(&self, level: u32) -> u64 {
        // From 2^56 leaves on the highest level is one that no shift reaches.
        self.size.checked_shr(HEIGHT * (level + 1)).unwrap_or(0)
    }

    /// Adds a leaf. `full` gets every tile that is complete with it, with its level and place.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(u32, u64, Tile)) {
        let mut hash = leaf;
        for (level, at) in (0_u32..).zip(0..) {
            if self.edge.len() <= at {
                self.edge.push(Arc::default());
            }
            let Some(tile) = self.edge.get_mut(at) else {
                break;
            };
            let tile = Arc::make_mut(tile);
            let Some(top) = tile.push(hash) else { break };
            let tile = core::mem::take(tile);
            full(level, self.full(level), tile);
            hash = top;
        }
        self.size += 1;
    }

    /// The leaf at a place.
    pub fn leaf<T: Tiles + ?Sized>(&self, index: u64, tiles: &mut T) -> Option<Hash> {
        self.node(0, index, tiles)
    }

    /// The root over the first `size` leaves.
    pub fn root<T: Tiles + ?Sized>(&self, size: u64, tiles: &mut T) -> Option<Hash> {
        if size == 0 { Some(empty()) } else { self.range(0, size, tiles) }
    }

    /// The root over some leaves, whose number rounded down to a power of two divides their start.
    fn range<T: Tiles + ?Sized>(&self, from: u64, to: u64, tiles: &mut T) -> Option<Hash> {
        let count = to.checked_sub(from).filter(|count| *count > 0)?;
        if count.is_power_of_two() {
            return self.node(count.trailing_zeros(), from, tiles);
        }
        let split = split(from, to);
        Some(node(&self.range(from, split, tiles)?, &self.range(split, to, tiles)?))
    }

    /// The node over `1 << height` leaves from `from` on.
    fn node<T: Tiles + ?Sized>(&self, height: u32, from: u64, tiles: &mut T) -> Option<Hash> {
        if self.size.checked_sub(from)? < 1 << height {
            return None;
        }
        let (level, within) = (height / HEIGHT, height % HEIGHT);
        let place = from >> height;
        let (at, inside) = (place >> (HEIGHT - within), place & ((1 << (HEIGHT - within)) - 1));
        if at == self.full(level) {
            return self.edge.get(level as usize)?.node(within, inside);
        }
        tiles.tile(level, at)?.node(within, inside)
    }

    /// The proof that a leaf is in the tree of the first `size` leaves (RFC 9162, 2.1.3.1).
    pub fn inclusion<T: Tiles + ?Sized>(&self, index: u64, size: u64, tiles: &mut T) -> Option<Vec<Hash>> {
        if index >= size || size > self.size {
            return None;
        }
        let mut proof = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let split = split(from, to);
            if index < split {
                proof.push(self.range(split, to, tiles)?);
                to = split;
            } else {
                proof.push(self.range(from, split, tiles)?);
                from = split;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the tree of the first `old` leaves became that of the first `new` by nothing but
    /// adding (RFC 9162, 2.1.4.1).
    pub fn consistency<T: Tiles + ?Sized>(&self, old: u64, new: u64, tiles: &mut T) -> Option<Vec<Hash>> {
        if old == 0 || old > new || new > self.size {
            return None;
        }
        let mut proof = Vec::new();
        let (mut from, mut to, mut whole) = (0, new, true);
        while old != to {
            let split = split(from, to);
            if old <= split {
                proof.push(self.range(split, to, tiles)?);
                to = split;
            } else {
                proof.push(self.range(from, split, tiles)?);
                from = split;
                whole = false;
            }
        }
        if !whole {
            proof.push(self.range(from, to, tiles)?);
        }
        proof.reverse();
        Some(proof)
    }
}

/// The root that a proof leads to from a leaf (RFC 9162, 2.1.3.2); `None` if it cannot be one.
pub fn root_of(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            hash = node(sibling, &hash);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Whether a proof shows that the tree with the root `new` grew out of that with the root `old` (RFC 9162,
/// 2.1.4.2).
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    consistent(old, new, proof).is_some()
}

fn consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> Option<()> {
    let ((from, old), (to, new)) = (old, new);
    if from == to {
        return (old == new && proof.is_empty()).then_some(());
    }
    if from == 0 || from > to {
        return None;
    }
    let mut rest = proof.iter();
    let start = if from.is_power_of_two() { old } else { rest.next()? };
    let (mut at, mut last) = (from - 1, to - 1);
    while at % 2 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut left, mut right) = (*start, *start);
    for sibling in rest {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            left = node(sibling, &left);
            right = node(sibling, &right);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            right = node(&right, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0 && left == *old && right == *new).then_some(())
}
