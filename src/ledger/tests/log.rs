//! The log's tree.

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::ledger::{Hash, Log, Tile, Tiles, empty, is_consistent, leaf, root_of};

#[derive(Default)]
struct Kept(BTreeMap<(u32, u64), Tile>);

impl Tiles for Kept {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        self.0.get(&(level, at)).cloned()
    }
}

fn grown(leaves: &[Hash]) -> (Log, Kept) {
    let mut kept = Kept::default();
    let mut log = Log::default();
    for leaf in leaves {
        log.push(*leaf, |level, at, tile| {
            kept.0.insert((level, at), tile);
        });
    }
    (log, kept)
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|at| leaf(&[1; 32], at, at)).collect()
}

/// The root by the definition (RFC 9162, 2.1.1), without tiles.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [one] => *one,
        many => {
            let split = many.len().next_power_of_two() / 2;
            let mut hash = Sha256::new();
            hash.update([1]);
            hash.update(by_definition(&many[..split]));
            hash.update(by_definition(&many[split..]));
            hash.finalize().into()
        }
    }
}

/// Roots that certificate logs test with, for leaves that are hashed as they are.
#[test]
fn known_roots() {
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let leaves: Vec<Hash> = inputs
        .iter()
        .map(|input| Sha256::new().chain_update([0]).chain_update(input).finalize().into())
        .collect();
    let (log, mut kept) = grown(&leaves);
    for (size, wanted) in [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ] {
        let root = log.root(size, &mut kept).expect("a root");
        let text: String = root.iter().map(|it| std::format!("{it:02x}")).collect();
        assert_eq!(text, wanted, "{size}");
    }
}

#[test]
fn every_proof_of_small_logs() {
    let leaves = leaves(70);
    let (log, mut kept) = grown(&leaves);
    for size in 1..=70 {
        let root = by_definition(&leaves[..size as usize]);
        assert_eq!(log.root(size, &mut kept), Some(root));
        for index in 0..size {
            let proof = log.inclusion(index, size, &mut kept).expect("a proof");
            let leaf = leaves[index as usize];
            assert_eq!(root_of(&leaf, index, size, &proof), Some(root), "{index} of {size}");
            // At another place, with another length, or of another leaf, it shows nothing.
            assert_ne!(root_of(&leaf, index ^ 1, size, &proof).filter(|_| size > 1), Some(root));
            assert_eq!(root_of(&leaf, size, size, &proof), None);
            assert_ne!(root_of(&[0; 32], index, size, &proof), Some(root));
            if let [_, rest @ ..] = proof.as_slice() {
                assert_ne!(root_of(&leaf, index, size, rest), Some(root));
            }
        }
        for old in 1..=size {
            let proof = log.consistency(old, size, &mut kept).expect("a proof");
            let before = by_definition(&leaves[..old as usize]);
            assert!(is_consistent((old, &before), (size, &root), &proof), "{old} to {size}");
            assert!(!is_consistent((old, &[0; 32]), (size, &root), &proof));
            assert!(!is_consistent((old, &before), (size, &[0; 32]), &proof));
        }
    }
}

#[test]
fn opens_where_it_was() {
    for count in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792] {
        let all = leaves(count + 2);
        let (mut log, mut kept) = grown(&all[..count as usize]);
        let last = &all[(count - count % 256) as usize..count as usize];
        let mut again = Log::open(count, last, &mut kept).expect("a log");
        for leaf in &all[count as usize..] {
            log.push(*leaf, |_, _, _| ());
            again.push(*leaf, |_, _, _| ());
        }
        assert_eq!(again.size(), count + 2);
        assert_eq!(again.edge().collect::<Vec<_>>(), log.edge().collect::<Vec<_>>(), "{count}");
        // What is missing, or not as long as it has to be, makes no log.
        assert!(Log::open(count + 1, last, &mut kept).is_none());
        let missing = kept.0.iter().next_back().map(|(at, _)| *at);
        if let Some(at) = missing.filter(|_| count % 65_536 > 255) {
            kept.0.insert(at, Tile::of([[0; 32]]));
            assert!(Log::open(count, last, &mut kept).is_none(), "{count} {at:?}");
        }
    }
}

/// The tiles of a log of any size whose leaves are all alike, and a full one of each level.
struct Alike(u64, Vec<Tile>);

impl Alike {
    fn of(size: u64) -> Alike {
        let mut hash: Hash = [1; 32];
        let full = (0..8).map(|_| {
            let tile = Tile::of([hash; 256]);
            for _ in 0..8 {
                hash = Sha256::new()
                    .chain_update([1])
                    .chain_update(hash)
                    .chain_update(hash)
                    .finalize()
                    .into();
            }
            tile
        });
        Alike(size, full.collect())
    }
}

impl Tiles for Alike {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let there = self.0.checked_shr(8 * level)?.checked_sub(at * 256)?;
        let full = self.1.get(level as usize)?;
        Some(if there < 256 {
            Tile::of(full.hashes().iter().copied().take(there as usize))
        } else {
            full.clone()
        })
    }
}

/// No number of leaves is too large for the arithmetic.
#[test]
fn logs_near_the_end_of_numbers() {
    for size in [
        1 << 48,
        (1 << 56) - 1,
        1 << 56,
        (1 << 56) + 257,
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 1,
        u64::MAX,
    ] {
        let mut tiles = Alike::of(size);
        let log = Log::open(size, &[[1; 32]; 255][..(size % 256) as usize], &mut tiles).expect("a log");
        assert!(log.edge().all(
            |(level, at, tile)| tiles.tile(level, at).as_ref() == Some(tile) || tile.hashes().is_empty()
        ));
        let root = log.root(size, &mut tiles).expect("a root");
        for index in [0, 1, 255, 256, size / 2 - 1, size / 2, size - 2, size - 1] {
            let proof = log.inclusion(index, size, &mut tiles).expect("a proof");
            assert_eq!(root_of(&[1; 32], index, size, &proof), Some(root), "{index} of {size}");
            assert_eq!(root_of(&[1; 32], index, size, &[proof.as_slice(), &[[0; 32]]].concat()), None);
            let old = index + 1;
            let before = log.root(old, &mut tiles).expect("a root");
            let proof = log.consistency(old, size, &mut tiles).expect("a proof");
            assert!(is_consistent((old, &before), (size, &root), &proof), "{old} to {size}");
        }
        assert_eq!(log.inclusion(size, size, &mut tiles), None);
        assert_eq!(root_of(&[1; 32], u64::MAX, u64::MAX, &[]), None);
        assert_eq!(
            log.root(size.wrapping_add(1).max(1), &mut tiles).filter(|_| size < u64::MAX),
            None
        );
        let many = [[0; 32]; 300];
        assert_eq!(root_of(&[1; 32], size - 1, size, &many), None);
        assert!(!is_consistent((1, &[1; 32]), (size, &root), &many));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn proofs_across_tiles(size in 200_u64..70_000, a in any::<u64>(), b in any::<u64>()) {
        let leaves = leaves(size);
        let (log, mut kept) = grown(&leaves);
        let root = by_definition(&leaves);
        prop_assert_eq!(log.root(size, &mut kept), Some(root));
        let index = a % size;
        let proof = log.inclusion(index, size, &mut kept).expect("a proof");
        prop_assert_eq!(root_of(&leaves[index as usize], index, size, &proof), Some(root));
        let old = 1 + b % size;
        let before = by_definition(&leaves[..old as usize]);
        prop_assert_eq!(log.root(old, &mut kept), Some(before));
        let proof = log.consistency(old, size, &mut kept).expect("a proof");
        prop_assert!(is_consistent((old, &before), (size, &root), &proof));
    }
}
