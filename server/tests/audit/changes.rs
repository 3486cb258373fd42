//! What can be done to a database.
#![allow(
    clippy::cast_possible_wrap,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "small numbers, and ways that are alike"
)]

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

/// Numbers that look random, and are the same for the same seed (Steele et al. 2014).
pub(crate) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// Below a number.
    fn below(&mut self, most: i64) -> i64 {
        (self.next() % most.cast_unsigned()).cast_signed()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as i64)).expect("small")]
    }
}

/// What was done.
pub(crate) type Change = String;

const COLUMNS: [&str; 9] = ["place", "taken", "sub", "dev", "seq", "hash", "hlc", "acct", "body"];

/// What is left of a row is the word of whoever keeps it, once its body is gone and its names are not.
fn is_proved(connection: &Connection, place: i64, column: &str) -> bool {
    ["place", "taken", "hash"].contains(&column)
        || connection
            .query_row(
                "SELECT body IS NOT NULL OR length(sub) = 0 FROM event WHERE place = ?",
                [place],
                |row| row.get(0),
            )
            .expect("a row")
}

/// A value of the same cell that is another one; nothing if this way of changing does not.
fn changed(random: &mut Random, value: &Value) -> Option<(&'static str, Value)> {
    let bytes = match value {
        Value::Integer(number) => {
            let bit = random.below(64);
            return Some(("flip", Value::Integer(number ^ (1 << bit))));
        }
        Value::Blob(bytes) => bytes.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Null | Value::Real(_) => Vec::new(),
    };
    let length = bytes.len();
    let mut other = bytes.clone();
    let at = if length == 0 {
        0
    } else {
        usize::try_from(random.below(length as i64)).expect("small")
    };
    let how = match random.below(6) {
        0 | 1 if length > 0 => {
            other[at] ^= 1 << random.below(8);
            "flip"
        }
        2 if length > 0 => {
            other.truncate(at);
            "truncate"
        }
        3 if length > 0 => {
            other.remove(at);
            "remove a byte"
        }
        4 if length > 1 => {
            other.swap(at, (at + 1) % length);
            "swap bytes"
        }
        _ => {
            other.insert(at, u8::try_from(random.below(256)).expect("a byte"));
            "insert a byte"
        }
    };
    (other != bytes).then_some((how, Value::Blob(other)))
}

/// Puts a value into a cell. Texts come as their bytes, since they need not be texts any more.
fn put(
    connection: &Connection,
    table: &str,
    column: &str,
    kind: &str,
    at: (&str, i64),
    value: Value,
) -> bool {
    let cast = if kind == "text" { "CAST(?1 AS TEXT)" } else { "?1" };
    let sql = format!("UPDATE {table} SET {column} = {cast} WHERE {} = ?2", at.0);
    connection.execute(&sql, params![value, at.1]).is_ok_and(|count| count == 1)
}

/// Changes one cell.
fn cell(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let (place, column) = (random.below(size), random.of(&COLUMNS));
    if !is_proved(connection, place, column) {
        return None;
    }
    let sql = format!("SELECT {column}, typeof({column}) FROM event WHERE place = ?");
    let (value, kind): (Value, String) = connection
        .query_row(&sql, [place], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a cell");
    let (how, other) = if random.below(12) == 0 && kind != "null" {
        // Another kind of value, where the column takes it: numbers take what looks like one.
        let other = match &value {
            Value::Integer(_) => Value::Text("x".into()),
            Value::Blob(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            other => Value::Blob(match other {
                Value::Text(text) => text.clone().into_bytes(),
                _ => Vec::new(),
            }),
        };
        return put(connection, "event", column, "", ("place", place), other)
            .then(|| format!("{column} of {place}: another kind of value"));
    } else {
        changed(random, &value)?
    };
    let kind = if matches!(column, "acct" | "body") { "text" } else { kind.as_str() };
    put(connection, "event", column, kind, ("place", place), other)
        .then(|| format!("{column} of {place}: {how}"))
}

/// Swaps one cell, or all of them, of two rows.
fn swap(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let (a, b) = (random.below(size), random.below(size));
    let column = random.of(&COLUMNS);
    if column == "place" {
        moved(connection, &[(a, b), (b, a)]);
        return (a != b).then(|| format!("rows {a} and {b} swapped"));
    }
    let both = [a, b].iter().all(|place| is_proved(connection, *place, column));
    let read = |place: i64| -> Value {
        connection
            .query_row(&format!("SELECT {column} FROM event WHERE place = ?"), [place], |row| {
                row.get(0)
            })
            .expect("a cell")
    };
    let (one, other) = (read(a), read(b));
    // A body that goes away is erased.
    if !both || one == other || column == "body" && (one == Value::Null || other == Value::Null) {
        return None;
    }
    put(connection, "event", column, "", ("place", a), other);
    put(connection, "event", column, "", ("place", b), one);
    Some(format!("{column} of {a} and {b} swapped"))
}

/// Gives rows other places, all at once.
fn moved(connection: &Connection, places: &[(i64, i64)]) {
    for (from, to) in places {
        let aside = -2 - to;
        connection
            .execute("UPDATE event SET place = ? WHERE place = ?", [aside, *from])
            .expect("moved");
    }
    connection
        .execute_batch("UPDATE event SET place = -2 - place WHERE place < 0")
        .expect("moved");
}

/// Removes rows.
fn remove(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let count = random.of(&[1, 1, 1, 2, 7, 256, 300]).min(size);
    let from = match random.below(4) {
        0 => 0,
        1 => size - count,
        _ => random.below(size - count + 1),
    };
    connection
        .execute("DELETE FROM event WHERE place BETWEEN ? AND ?", [from, from + count - 1])
        .expect("removed");
    let closed = random.below(2) == 0;
    if closed {
        moved(
            connection,
            &(from + count..size).map(|place| (place, place - count)).collect::<Vec<_>>(),
        );
    }
    Some(format!("{count} rows from {from} removed, gap closed: {closed}"))
}

/// Copies a row: over another, between two, or to the end.
fn copy(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let (from, to) = (random.below(size), random.below(size + 1));
    let over = to < size && random.below(2) == 0;
    let read: Vec<Value> = connection
        .query_row("SELECT * FROM event WHERE place = ?", [from], |row| {
            (0..9).map(|at| row.get(at)).collect()
        })
        .expect("a row");
    if over {
        connection.execute("DELETE FROM event WHERE place = ?", [to]).expect("removed");
    } else {
        moved(connection, &(to..size).map(|place| (place, place + 1)).collect::<Vec<_>>());
    }
    let mut row = read;
    row[0] = Value::Integer(to);
    connection
        .execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", params_from_iter(row))
        .expect("copied");
    (!over || from != to).then(|| format!("row {from} copied to {to}, over what was there: {over}"))
}

/// Turns a stretch of rows around, or moves each by one.
fn reorder(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let count = 2 + random.below(9);
    let from = random.below(size - count);
    let turned = random.below(2) == 0;
    let places: Vec<(i64, i64)> = (0..count)
        .map(|at| (from + at, from + if turned { count - 1 - at } else { (at + 1) % count }))
        .collect();
    moved(connection, &places);
    Some(format!("{count} rows from {from} in another order"))
}

/// Changes a tile, takes one away, moves one, or adds one.
fn tile(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let at = random.below(size / 256);
    match random.below(5) {
        0 => {
            connection.execute("DELETE FROM tile WHERE at = ?", [at]).expect("removed");
            Some(format!("tile {at} removed"))
        }
        1 => {
            let column = random.of(&["level", "at"]);
            let bit = random.below(63);
            let sql = format!(
                "UPDATE OR IGNORE tile SET {column} = {column} | ?1 WHERE at = ?2 AND {column} & ?1 = 0"
            );
            let count = connection.execute(&sql, [1 << bit, at]).expect("moved");
            (count == 1).then(|| format!("tile {at} moved by bit {bit} of {column}"))
        }
        2 => {
            let (level, to) = (random.below(3), 2 + random.below(300));
            connection
                .execute("INSERT INTO tile SELECT ?, ?, hashes FROM tile WHERE at = ?", [level, to, at])
                .expect("copied");
            Some(format!("tile {at} copied to {level}/{to}"))
        }
        3 => {
            let n = connection.execute(
                "UPDATE tile SET hashes = (SELECT hashes FROM tile WHERE at = ?1) WHERE at <> ?1",
                [at],
            );
            (n == Ok(1)).then(|| format!("tile {at} copied over the other"))
        }
        _ => {
            let value: Value = connection
                .query_row("SELECT hashes FROM tile WHERE at = ?", [at], |row| row.get(0))
                .expect("a tile");
            let (how, other) = changed(random, &value)?;
            put(connection, "tile", "hashes", "", ("at", at), other).then(|| format!("tile {at}: {how}"))
        }
    }
}

/// Changes a document, or the log's key.
fn beside(connection: &Connection, random: &mut Random, _: i64) -> Option<Change> {
    let (table, column, kind) =
        random.of(&[("notice", "hash", ""), ("notice", "body", "text"), ("meta", "value", "")]);
    let sql = format!("SELECT {column} FROM {table} LIMIT 1");
    let value: Value = connection.query_row(&sql, [], |row| row.get(0)).expect("a cell");
    let (how, other) = changed(random, &value)?;
    let cast = if kind == "text" { "CAST(?1 AS TEXT)" } else { "?1" };
    let sql = format!("UPDATE OR IGNORE {table} SET {column} = {cast} WHERE {column} = ?2");
    let count = connection.execute(&sql, params![other, value]).expect("changed");
    (count == 1).then(|| format!("{column} of {table}: {how}"))
}

/// Puts an event of somebody's own into a row, signed as it should be, with all that belongs to it.
fn forge(connection: &Connection, random: &mut Random, size: i64) -> Option<Change> {
    let place = random.below(size);
    let mut device = crate::device::Device::new(200);
    let body = device.says("{\"analytics\":1}");
    let event = mixus_privacy::ledger::Event::read(&body).expect("an event");
    let columns = params![
        event.sub.0,
        event.dev,
        event.seq,
        event.hash(),
        event.hlc.cast_signed(),
        event.acct,
        body,
        place
    ];
    let sql =
        "UPDATE event SET sub = ?, dev = ?, seq = ?, hash = ?, hlc = ?, acct = ?, body = ? WHERE place = ?";
    connection.execute(sql, columns).expect("forged");
    Some(format!("row {place} is another's event"))
}

type Way = fn(&Connection, &mut Random, i64) -> Option<Change>;

const WAYS: [(Way, u64); 8] = [
    (cell, 40),
    (swap, 12),
    (remove, 12),
    (copy, 10),
    (reorder, 8),
    (tile, 12),
    (beside, 4),
    (forge, 2),
];

/// What a seed does to a database. Some draws change nothing; then the next one is taken.
pub(crate) fn mutate(connection: &Connection, random: &mut Random, size: i64) -> Change {
    loop {
        let all: u64 = WAYS.iter().map(|(_, share)| share).sum();
        let mut draw = random.next() % all;
        for (way, share) in WAYS {
            if draw < share {
                connection.execute_batch("SAVEPOINT change").expect("begun");
                if let Some(change) = way(connection, random, size) {
                    return change;
                }
                connection
                    .execute_batch("ROLLBACK TO change; RELEASE change")
                    .expect("taken back");
                break;
            }
            draw -= share;
        }
    }
}
