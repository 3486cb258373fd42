//! The same over `PostgreSQL`: servers are killed under load, and the database itself is stopped from one moment to the
//! next, before them, after them, or under them.

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use mixus_privacy::ledger::Hash;
use mixus_privacy_cluster::Cluster;

use crate::counts;
use crate::kept::{Kept, Row};
use crate::kill::rounds_of;
use crate::rounds;
use crate::server::{Database, Server, command};

/// A database of a cluster that is this test's alone, since it is stopped.
#[derive(Debug)]
struct Shared<'c> {
    cluster: &'c Cluster,
    url: String,
}

impl Shared<'_> {
    fn new(cluster: &Cluster) -> Result<Shared<'_>> {
        let url = cluster.database()?;
        Ok(Shared { cluster, url })
    }

    /// What a question is answered, a line for each row and a part for each value.
    fn asks(&self, statement: &str) -> Result<Vec<Vec<String>>> {
        let name = self.url.rsplit('/').next().context("a name")?;
        let answer = self.cluster.execute(name, statement)?;
        let row = |line: &str| line.split('|').map(str::to_owned).collect();
        Ok(answer.lines().map(row).collect())
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let byte = |at: usize| Ok(u8::from_str_radix(hex.get(at..at + 2).context("half a byte")?, 16)?);
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn row(values: &[String]) -> Result<Row> {
    let [place, taken, hash, sub, seq, body] = values else {
        anyhow::bail!("{} values", values.len());
    };
    let body = bytes(body)?;
    Ok(Row {
        place: place.parse()?,
        taken: taken.parse()?,
        hash: Hash::try_from(bytes(hash)?).ok().context("a hash")?,
        sub: bytes(sub)?,
        seq: seq.parse()?,
        body: (!body.is_empty()).then(|| String::from_utf8(body)).transpose()?,
    })
}

impl Database for Shared<'_> {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn kept(&self) -> Result<Kept> {
        let rows = self.asks(
            "SELECT place, taken, encode(hash, 'hex'), encode(sub, 'hex'), seq, \
             encode(convert_to(coalesce(body, ''), 'UTF8'), 'hex') FROM mixus_privacy.event ORDER BY place",
        )?;
        let rows: Vec<Row> = rows.iter().map(|it| row(it)).collect::<Result<_>>()?;
        let tiles = self.asks("SELECT level, at, encode(hashes, 'hex') FROM mixus_privacy.tile")?;
        let tile = |it: &Vec<String>| Ok(((it[0].parse()?, it[1].parse()?), bytes(&it[2])?));
        let size = self.asks("SELECT size FROM mixus_privacy.head")?;
        ensure!(size == [[rows.len().to_string()]], "{} rows, and {size:?}", rows.len());
        Ok(Kept {
            rows,
            tiles: tiles.iter().map(tile).collect::<Result<_>>()?,
            // It has an index of its own.
            index: std::collections::BTreeSet::new(),
            indexed: 0,
            forget: Vec::new(),
            sound: "ok".into(),
        })
    }
}

/// What happens to servers and their database.
const WAYS: [&str; 5] = [
    "servers killed",
    "PostgreSQL stopped at once, then the servers killed",
    "servers killed, then PostgreSQL stopped at once",
    "PostgreSQL stopped at once under a server that goes on",
    "one of two servers killed beside one that goes on",
];

/// Does it in one of the ways.
fn harms(way: usize, cluster: &Cluster, mut servers: Vec<Server>) -> Result<Option<Server>> {
    let stop = |cluster: &Cluster| cluster.stop().and_then(|()| cluster.go());
    let kill = |servers: &mut Vec<Server>| servers.iter_mut().try_for_each(|it| it.kill().map(drop));
    match way {
        0 => kill(&mut servers)?,
        1 => {
            cluster.stop()?;
            kill(&mut servers)?;
            cluster.go()?;
        }
        2 => {
            kill(&mut servers)?;
            stop(cluster)?;
        }
        3 => {
            stop(cluster)?;
            return Ok(servers.pop());
        }
        _ => {
            let left = servers.pop();
            kill(&mut servers)?;
            return Ok(left);
        }
    }
    Ok(None)
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_stop_of_the_database() {
    let count = rounds(5, 200);
    let cluster = Cluster::start().expect("a cluster");
    let ways = std::cell::RefCell::new([0; WAYS.len()]);
    let serve = |database: &Shared<'_>, rng: &mut Rng| {
        let start = |_| Server::start(command(database));
        (0..rng.usize(1..=2)).map(start).collect()
    };
    let harm = |_: &Shared<'_>, servers: Vec<Server>, rng: &mut Rng| {
        let most = if servers.len() > 1 { WAYS.len() } else { WAYS.len() - 1 };
        let way = rng.usize(..most);
        ways.borrow_mut()[way] += 1;
        harms(way, &cluster, servers)
    };
    let told = rounds_of(count, || Shared::new(&cluster), serve, harm).await;
    let told = told.unwrap_or_else(|error| panic!("{error:#}"));
    told.says("rounds over PostgreSQL under load");
    counts(
        told.late,
        "requests answered with 503 after PostgreSQL was there again, and sent again",
    );
    for (way, count) in WAYS.iter().zip(ways.into_inner()) {
        counts(count, way);
    }
}
