//! One who keeps the log, has its key, and writes all of it anew: only what others have kept gives him away.

use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::{Checkpoint, Hash, Log, Tile, Tiles, is_consistent, leaf};
use mixus_privacy_server::audit::{Against, Code, Database};
use rusqlite::{Connection, params};

use crate::{codes, faults, written};

struct Stored<'c>(&'c Connection);

impl Tiles for Stored<'_> {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        let sql = "SELECT hashes FROM tile WHERE level = ? AND at = ?";
        let hashes: Vec<u8> = self.0.query_row(sql, params![level, at], |row| row.get(0)).ok()?;
        Some(Tile::of(hashes.as_chunks::<32>().0.iter().copied()))
    }
}

/// Makes every tile anew out of the rows, as they are now.
fn rebuild(connection: &Connection) -> (Log, Checkpoint) {
    connection.execute_batch("DELETE FROM tile").expect("emptied");
    let mut log = Log::default();
    let mut statement = connection
        .prepare("SELECT hash, place, taken FROM event ORDER BY place")
        .expect("rows");
    let rows = statement.query_map([], |row| Ok(leaf(&row.get::<_, Hash>(0)?, row.get(1)?, row.get(2)?)));
    for leaf in rows.expect("rows") {
        log.push(leaf.expect("a row"), |level, at, tile| {
            let hashes = tile.hashes().as_flattened();
            connection
                .execute("INSERT INTO tile VALUES (?, ?, ?)", params![level, at, hashes])
                .expect("a tile");
        });
    }
    let root = log.root(log.size(), &mut Stored(connection)).expect("a root");
    let checkpoint = Checkpoint {
        origin: "privacy.example/log".into(),
        size: log.size(),
        root,
    };
    (log, checkpoint)
}

#[test]
fn only_an_older_checkpoint_gives_it_away() {
    let written = written();
    let is_signed = written.is_signed();
    let old = written.checkpoint();
    let held = |connection: Connection, checkpoints: &[Checkpoint]| {
        let against = Against {
            checkpoints: checkpoints.to_vec(),
            ..written.against(&*is_signed)
        };
        codes(&faults(&Database::of(connection), &against).1)
    };
    let end = "DELETE FROM event WHERE place = (SELECT max(place) FROM event)";
    let late = "UPDATE event SET taken = taken + 1000000 WHERE place >= 100";
    let new = "INSERT INTO event SELECT place + 1, taken, sub, dev, seq, zeroblob(32), hlc, acct, NULL
               FROM event WHERE place = (SELECT max(place) FROM event)";
    for (says, sql, code) in [
        ("nothing", "", None),
        ("its last event is gone", end, Some(Code::Size)),
        ("it was taken in later", late, Some(Code::Root)),
        ("the same, and it has grown", &format!("{late}; {new}"), Some(Code::Root)),
        ("it has grown", new, None),
        ("its last event is another", &format!("{end}; {new}"), Some(Code::Root)),
    ] {
        let copy = written.copy();
        copy.execute_batch(sql).expect("changed");
        let (log, now) = rebuild(&copy);
        let shown = log
            .consistency(old.size.min(now.size), now.size, &mut Stored(&copy))
            .expect("a proof");
        let consistent = is_consistent((old.size, &old.root), (now.size, &now.root), &shown);
        assert_eq!(consistent, code.is_none(), "{says}");
        let again = || {
            let copy = written.copy();
            copy.execute_batch(sql).expect("changed");
            rebuild(&copy);
            copy
        };
        assert_eq!(held(again(), &[]), [], "{says}");
        assert_eq!(held(again(), std::slice::from_ref(&now)), [], "{says}");
        let wanted: Vec<Code> = code.into_iter().collect();
        assert_eq!(held(again(), std::slice::from_ref(&old)), wanted, "{says}");
        assert_eq!(held(again(), &[now, old.clone()]), wanted, "{says}");
    }
}

#[test]
fn another_key_is_found() {
    let written = written();
    let is_signed = written.is_signed();
    let other = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
    let against = Against {
        key: Some(other),
        ..written.against(&*is_signed)
    };
    assert_eq!(codes(&faults(&Database::of(written.copy()), &against).1), [Code::Key]);
    // A copy for whoever audits it needs no secret in it.
    let copy = written.copy();
    copy.execute_batch("DELETE FROM meta").expect("removed");
    assert_eq!(faults(&Database::of(copy), &against).1, []);
}
