//! The tree of RFC 9162 once more, from all leaves and without the product's own: what it says is judged by this.

use std::collections::BTreeMap;

use mixus_privacy::ledger::Hash;
use sha2::{Digest as _, Sha256};

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The roots over the first 0, 1, 2, … leaves.
pub(crate) fn roots(leaves: &[Hash]) -> Vec<Hash> {
    let mut roots = vec![Sha256::digest([]).into()];
    // Whole trees, the largest first, with their sizes.
    let mut whole: Vec<(u64, Hash)> = Vec::new();
    for leaf in leaves {
        let mut last = (1, *leaf);
        while let Some((size, left)) = whole.pop_if(|it| it.0 == last.0) {
            last = (size * 2, node(&left, &last.1));
        }
        whole.push(last);
        let root = whole.iter().rev().map(|it| it.1).reduce(|right, left| node(&left, &right));
        roots.extend(root);
    }
    roots
}

/// The full tiles over leaves, by level and place: 256 hashes each.
pub(crate) fn tiles(leaves: &[Hash]) -> BTreeMap<(u32, u64), Vec<u8>> {
    let mut tiles = BTreeMap::new();
    let mut hashes = leaves.to_vec();
    for level in 0.. {
        if hashes.is_empty() {
            break;
        }
        let mut above = Vec::new();
        for (at, tile) in (0..).zip(hashes.chunks_exact(256)) {
            tiles.insert((level, at), tile.as_flattened().to_vec());
            above.extend(roots(tile).last());
        }
        hashes = above;
    }
    tiles
}
