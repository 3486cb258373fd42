//! A log that is too large for one level of tiles, and has nothing left in it but hashes.

use std::collections::BTreeMap;

use mixus_privacy::ledger::{Log, Tile, Tiles, leaf};
use mixus_privacy_server::audit::{Against, At, Cells, Code, Fault, Kept, Row, Unreadable, audit};

const SIZE: i64 = 66_000;

#[derive(Clone)]
struct Memory {
    rows: Vec<Row>,
    tiles: BTreeMap<(i64, i64), Vec<u8>>,
}

impl Kept for Memory {
    fn rows(&self, from: i64, most: usize) -> Result<Vec<Row>, Unreadable> {
        let at = usize::try_from(from.max(0)).expect("small");
        Ok(self.rows.iter().skip(at).take(most).cloned().collect())
    }

    fn tile(&self, level: i64, at: i64) -> Result<Option<Vec<u8>>, Unreadable> {
        Ok(self.tiles.get(&(level, at)).cloned())
    }

    fn tiles(&self, after: (i64, i64), most: usize) -> Result<Vec<(i64, i64)>, Unreadable> {
        Ok(self.tiles.keys().filter(|it| **it > after).take(most).copied().collect())
    }

    fn notices(&self, _: &mut dyn FnMut(&[u8], Option<&str>)) -> Result<(), Unreadable> {
        Ok(())
    }

    fn key(&self) -> Result<Option<[u8; 32]>, Unreadable> {
        Ok(None)
    }
}

impl Tiles for Memory {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let hashes = self.tiles.get(&(level.into(), at.cast_signed()))?;
        Some(Tile::of(hashes.as_chunks::<32>().0.iter().copied()))
    }
}

fn memory() -> (Memory, Log) {
    let (mut rows, mut tiles, mut log) = (Vec::new(), BTreeMap::new(), Log::default());
    for place in 0..SIZE {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&place.to_be_bytes());
        log.push(leaf(&hash, place.cast_unsigned(), 7), |level, at, tile| {
            tiles.insert((level.into(), at.cast_signed()), tile.hashes().as_flattened().to_vec());
        });
        let cells = Cells {
            taken: 7,
            sub: Vec::new(),
            dev: Vec::new(),
            seq: 0,
            hash: hash.to_vec(),
            hlc: 0,
            acct: String::new(),
            body: None,
        };
        rows.push(Row {
            place,
            cells: Some(cells),
        });
    }
    (Memory { rows, tiles }, log)
}

fn faults(kept: &Memory) -> Vec<Fault> {
    let mut faults = Vec::new();
    audit(kept, &Against::default(), &mut |fault| faults.push(*fault)).expect("read");
    faults
}

#[test]
fn every_level_is_made_anew() {
    let (mut kept, log) = memory();
    let summary = audit(&kept, &Against::default(), &mut |fault| panic!("{fault}")).expect("read");
    let root = log.root(log.size(), &mut kept);
    assert_eq!((summary.events, summary.erased, summary.tiles), (66_000, 66_000, 257 + 1));
    assert_eq!(summary.root, root);
    assert!(root.is_some());
    let tile = |level, at| {
        [Fault {
            code: Code::Tile,
            at: At::Tile(level, at),
        }]
    };
    for (level, at) in [(0, 255), (1, 0)] {
        let mut bad = kept.clone();
        bad.tiles.get_mut(&(level, at)).expect("a tile")[31] ^= 1;
        assert_eq!(faults(&bad), tile(level, at));
        bad.tiles.remove(&(level, at));
        assert_eq!(faults(&bad), tile(level, at));
    }
    let many = [(-1, 0), (0, -1), (0, 257), (1, 1), (2, 0), (i64::MAX, i64::MAX)];
    let mut bad = kept.clone();
    bad.tiles.extend(many.map(|at| (at, vec![0; 32])));
    assert_eq!(faults(&bad), many.map(|(level, at)| tile(level, at)).concat());
    // A row that is another makes three others of what is made of it.
    kept.rows[1000].cells.as_mut().expect("cells").hash[0] ^= 1;
    assert_eq!(faults(&kept), [tile(0, 3), tile(1, 0)].concat());
}
