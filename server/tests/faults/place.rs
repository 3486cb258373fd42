//! What happens to the place where a database is: it is full, taken away, locked, damaged. The server says so, in words
//! and with a code, and loses nothing.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use mixus_privacy::ledger::Kind;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::device::Device;
use crate::http::Client;
use crate::process::batch;
use crate::server::{Database, Server, command};
use crate::witness::Witness;
use crate::{counts, say};

/// A server with a device that sends to it, and a witness.
struct World {
    folder: TempDir,
    server: Server,
    client: Client,
    device: Device,
    witness: Witness,
}

impl World {
    async fn new() -> Result<World> {
        let folder = TempDir::with_prefix("mixus-faults-")?;
        let server = Server::start(command(folder.path().join("privacy.db").as_path()))?;
        let client = Client::connect(&server.address).await?;
        let mut witness = Witness::default();
        witness.meets(&server.key)?;
        Ok(World {
            folder,
            server,
            client,
            device: Device::new(1, 0),
            witness,
        })
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("privacy.db")
    }

    /// Sends the next events, or the last ones again if these were not taken. The status.
    async fn sends(&mut self, count: usize) -> Result<u16> {
        let chain = &self.device.chain;
        let known = |at: &usize| {
            chain
                .get(*at)
                .is_some_and(|it| self.witness.acknowledged.contains_key(&it.hash))
        };
        let from = (0..chain.len()).find(|at| !known(at)).unwrap_or(chain.len());
        while self.device.chain.len() < from + count {
            self.device.says(Kind::Decision);
        }
        let events: Vec<_> = self.device.chain[from..from + count].iter().collect();
        self.witness.sends(&events);
        let (status, body) = self.client.post("/v1/events", &batch(&events).0).await?;
        if status == 200 {
            self.witness.hears(&events, &serde_json::from_str(&body)?)?;
        } else {
            ensure!(body == r#"{"code":"store/unavailable"}"#, "{status}: {body}");
        }
        Ok(status)
    }

    /// Starts another process on the same database.
    async fn again(&mut self) -> Result<()> {
        self.server.kill()?;
        self.server = Server::start(command(self.database().as_path()))?;
        self.witness.meets(&self.server.key)?;
        self.client = Client::connect(&self.server.address).await?;
        Ok(())
    }

    fn looks(&self) -> Result<()> {
        self.witness.checks(&self.database().as_path().kept()?)
    }
}

/// Why a server does not start, and with which code it ends.
fn refused(mut command: Command) -> Result<(Option<i32>, String)> {
    let output = command.output()?;
    ensure!(output.stdout.is_empty(), "it started");
    let why = String::from_utf8(output.stderr)?;
    ensure!(!why.contains("panicked"), "{why}");
    Ok((output.status.code(), why))
}

#[tokio::test]
async fn a_database_that_is_taken_away_takes_nothing_more() {
    let mut world = World::new().await.expect("a world");
    assert_eq!(world.sends(3).await.expect("an answer"), 200);
    // Moved somewhere else, and back: nothing was acknowledged meanwhile, and it goes on.
    let (there, elsewhere) = (world.database(), world.folder.path().join("elsewhere"));
    fs::rename(&there, &elsewhere).expect("moved");
    for _ in 0..3 {
        assert_eq!(world.sends(2).await.expect("an answer"), 503);
    }
    fs::rename(&elsewhere, &there).expect("moved back");
    assert_eq!(world.sends(2).await.expect("an answer"), 200);
    world.looks().expect("all of it");
    // Its write-ahead log alone is all in the process, which writes it to the database before it goes on.
    fs::remove_file(world.folder.path().join("privacy.db-wal")).expect("removed");
    while world.sends(2).await.expect("an answer") != 200 {}
    world.again().await.expect("a server");
    world.looks().expect("all of it");
    assert_eq!(world.sends(2).await.expect("an answer"), 200);
    // Gone for good: it does not make another in its place.
    fs::remove_file(&there).expect("removed");
    for _ in 0..3 {
        assert_eq!(world.sends(2).await.expect("an answer"), 503);
    }
    assert!(!there.exists());
    counts(3, "ways to take a database away; nothing was acknowledged that is not there");
}

#[tokio::test]
async fn who_else_has_it_is_named() {
    let mut world = World::new().await.expect("a world");
    assert_eq!(world.sends(3).await.expect("an answer"), 200);
    let (code, why) = refused(command(world.database().as_path())).expect("its end");
    assert_eq!(code, Some(1));
    assert!(why.contains("another process has this database"), "{why}");
    // Another program that locks it keeps it from being written, and no longer than that.
    let other = Connection::open(world.database()).expect("a connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    assert_eq!(world.sends(2).await.expect("an answer"), 503);
    other.execute_batch("ROLLBACK").expect("no lock");
    while world.sends(2).await.expect("an answer") != 200 {}
    world.looks().expect("all of it");
    // One that reads an old state keeps nobody from starting.
    other.execute_batch("BEGIN; SELECT count(*) FROM event;").expect("a state");
    assert_eq!(world.sends(2).await.expect("an answer"), 200);
    world.again().await.expect("a server");
    assert_eq!(world.sends(2).await.expect("an answer"), 200);
    world.looks().expect("all of it");
    counts(
        3,
        "others at the same database: a second process, a lock, a reader of an old state",
    );
}

#[tokio::test]
async fn damage_is_named_and_nothing_made_up() {
    let mut world = World::new().await.expect("a world");
    for _ in 0..40 {
        assert_eq!(world.sends(16).await.expect("an answer"), 200);
    }
    world.again().await.expect("a server");
    world.server.kill().expect("its end");
    let database = world.database();
    let whole = fs::read(&database).expect("the file");
    let pages = whole.len() / 4096;
    let mut ends = [0_u64; 2];
    for page in 0..pages {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0x5a);
        fs::write(&database, &damaged).expect("written");
        for name in ["-wal", "-shm"] {
            let _ = fs::remove_file(world.folder.path().join(format!("privacy.db{name}")));
        }
        match Server::start(command(database.as_path())) {
            Err(error) => {
                let why = format!("{error:#}");
                assert!(why.contains("mixus-privacy-server: the store failed: "), "{why}");
                assert!(!why.contains("panicked"), "{why}");
                ends[0] += 1;
            }
            Ok(server) => {
                // It may not know yet. What it answers is right, or no answer.
                if server.key == world.server.key {
                    world.client = Client::connect(&server.address).await.expect("a connection");
                    let status = world.sends(2).await;
                    assert!(status.is_ok(), "{page}: {status:?}");
                }
                world.server = server;
                ends[1] += 1;
            }
        }
    }
    fs::write(&database, &whole).expect("written");
    counts(pages, "pages of a database overwritten, one by one");
    counts(ends[0], "times it did not start with one");
    counts(ends[1], "times it said nothing wrong with one");
}

/// A file system of its own, that ends with it; none where nobody may make one.
struct Small {
    holder: Child,
    folder: TempDir,
}

impl Small {
    fn new(options: &str) -> Result<Option<Small>> {
        let folder = TempDir::with_prefix("mixus-faults-")?;
        let mount = format!(
            "mount -t tmpfs -o {options} none {} && echo made && read -r end",
            folder.path().display()
        );
        let mut holder = Command::new("unshare")
            .args(["--mount", "sh", "-c", &mount])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take().context("its output")?).read_line(&mut line)?;
        let made = line.trim_end() == "made";
        let small = Small { holder, folder };
        Ok(made.then_some(small))
    }

    /// A path in it, as those see it who are not in it.
    fn seen(&self, name: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.holder.id().to_string())
            .join("root")
            .join(self.folder.path().strip_prefix("/").unwrap_or(self.folder.path()))
            .join(name)
    }

    /// What a database in it holds. `SQLite` does not find its way there, so it is copied.
    fn kept(&self) -> Result<crate::kept::Kept> {
        let folder = TempDir::with_prefix("mixus-faults-")?;
        for name in ["", "-wal", "-index", "-index-wal"] {
            let name = format!("privacy.db{name}");
            fs::copy(self.seen(&name), folder.path().join(&name))?;
        }
        crate::kept::sqlite(&folder.path().join("privacy.db"))
    }

    /// A server in it.
    fn serve(&self) -> Command {
        let inner = command(self.folder.path().join("privacy.db").as_path());
        let mut command = Command::new("nsenter");
        command
            .arg("--mount")
            .arg(format!("--target={}", self.holder.id()))
            .arg(inner.get_program());
        command
            .args(inner.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

#[tokio::test]
async fn a_disk_may_be_full() {
    let Some(small) = Small::new("size=3m").expect("a program") else {
        say("place: nobody may make a small disk here; left out");
        return;
    };
    let filler = small.seen("filler");
    fs::write(&filler, vec![1; 1 << 20]).expect("it fits");
    let server = Server::start(small.serve()).expect("a server");
    let mut world = World::new().await.expect("a world");
    world.client = Client::connect(&server.address).await.expect("a connection");
    world.witness = Witness::default();
    world.witness.meets(&server.key).expect("a key");
    let mut full = 0;
    while full < 5 {
        full += usize::from(world.sends(40).await.expect("an answer") == 503);
    }
    let (status, _) = world.client.get("/v1/log/checkpoint").await.expect("an answer");
    assert_eq!(status, 200, "it reads all the same");
    assert_eq!(world.client.get("/v1/ready").await.expect("an answer").0, 503);
    let before = world.witness.acknowledged.len();
    world.witness.checks(&small.kept().expect("rows")).expect("all of it");
    // Room is made: it goes on by itself.
    fs::remove_file(&filler).expect("removed");
    while world.sends(40).await.expect("an answer") != 200 {}
    drop(server);
    let again = Server::start(small.serve()).expect("a server");
    assert_eq!(again.key, world.witness.key);
    world.witness.checks(&small.kept().expect("rows")).expect("all of it");
    counts(before, "events until a disk is full, and has room again; none lost");
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    let Some(small) = Small::new("size=1m,ro").expect("a program") else {
        say("place: nobody may make a small disk here; left out");
        return;
    };
    let (code, why) = refused(small.serve()).expect("its end");
    assert_eq!(code, Some(1));
    assert!(why.contains("Read-only file system"), "{why}");
    let folder = TempDir::with_prefix("mixus-faults-").expect("a folder");
    let (code, why) = refused(command(folder.path().join("no/privacy.db").as_path())).expect("its end");
    assert_eq!(code, Some(1));
    assert!(why.contains("No such file or directory"), "{why}");
    fs::write(
        folder.path().join("privacy.db"),
        "something else, that is no database, and is long enough to be one".repeat(99),
    )
    .expect("written");
    let (code, why) = refused(command(folder.path().join("privacy.db").as_path())).expect("its end");
    assert_eq!(code, Some(1));
    assert!(why.contains("file is not a database"), "{why}");
    counts(3, "places where nothing can be written: read only, not there, something else");
}
