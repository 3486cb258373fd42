//! What is looked at before anything is acknowledged.

use mixus_privacy::ledger::Kind;
use mixus_privacy_cluster::Cluster;

use super::super::database::Database;
use super::super::store::Store;
use super::world::{Device, around, clock, database, open, root};

fn cluster() -> &'static Cluster {
    Cluster::shared().expect("a cluster")
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().expect("a name")
}

#[tokio::test]
async fn many_make_the_same_database_at_once() {
    let url = database();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let url = url.clone();
        opening.spawn(async move { open(&url).await.map_err(|it| it.0) });
    }
    let mut secrets = Vec::new();
    for (number, store) in opening.join_all().await.into_iter().enumerate() {
        let store = store.expect("a store");
        let mut device = Device::new(&format!("maker {number}"));
        secrets.push(store.key(vec![u8::try_from(number).expect("few"); 32]).await.expect("a key"));
        store.append(vec![device.decides()]).await.expect("answers");
    }
    secrets.dedup();
    assert_eq!(secrets.len(), 1, "one key for all");
    let versions = cluster().execute(name(&url), "SELECT version FROM mixus_privacy.version");
    assert_eq!(versions.expect("versions"), "1");
    assert_eq!(root(&open(&url).await.expect("a store")).await.0, 8);
}

#[tokio::test]
async fn a_log_that_has_lost_its_key_gets_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records.db");
    let url = database();
    for (database, kept) in [(Database::from(path.clone()), true), (Database::from(url.clone()), false)] {
        let store = Store::open(&database, &around(clock).0).await.expect("a store");
        assert_eq!(store.key(vec![1; 32]).await.expect("a key"), [1; 32]);
        store.append(vec![Device::new("owner").decides()]).await.expect("answers");
        assert_eq!(store.key(vec![2; 32]).await.expect("a key"), [1; 32]);
        if kept {
            let gone = rusqlite::Connection::open(&path)
                .and_then(|it| it.execute("DELETE FROM meta WHERE name = 'key'", []));
            assert_eq!(gone, Ok(1));
        } else {
            let gone = "DELETE FROM mixus_privacy.meta WHERE name = 'key'";
            cluster().execute(name(&url), gone).expect("removed");
        }
        let error = store.key(vec![2; 32]).await.map_err(|it| it.0);
        assert_eq!(error, Err("the log's key is gone".into()));
    }
}

#[tokio::test]
async fn a_newer_form_is_refused() {
    let url = database();
    drop(open(&url).await.expect("a store"));
    let newer = "INSERT INTO mixus_privacy.version VALUES (1000)";
    cluster().execute(name(&url), newer).expect("a version");
    let error = open(&url).await.map(|_| ()).map_err(|it| it.0);
    assert_eq!(
        error,
        Err("the database has form 1000, and this version knows forms up to 1".into())
    );
}

#[tokio::test]
async fn commits_are_durable_whatever_the_database_is_used_to() {
    let url = database();
    let usual = format!("ALTER DATABASE {} SET synchronous_commit = off", name(&url));
    cluster().execute("postgres", &usual).expect("a setting");
    let store = open(&url).await.expect("a store");
    let trigger = "
        CREATE TABLE seen (setting text);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO public.seen VALUES (current_setting('synchronous_commit'));
            RETURN NEW;
        END $$;
        CREATE TRIGGER see BEFORE UPDATE ON mixus_privacy.head FOR EACH ROW EXECUTE FUNCTION see()";
    cluster().execute(name(&url), trigger).expect("a trigger");
    let mut device = Device::new("durable");
    // One commit that is quick, and one that holds the log's end.
    for kind in [Kind::Decision, Kind::Erase] {
        store.append(vec![device.says(kind)]).await.expect("answers");
    }
    let seen = cluster().execute(name(&url), "SELECT setting FROM seen");
    assert_eq!(seen.expect("settings"), "on\non");
}

#[tokio::test]
async fn a_database_that_forgets_is_refused() {
    let own = Cluster::start().expect("a cluster");
    let url = own.database().expect("a database");
    for (setting, why) in [
        ("fsync", "the database has fsync off: a commit may be lost"),
        (
            "full_page_writes",
            "the database has full_page_writes off: a page that was half written may be lost",
        ),
    ] {
        own.execute("postgres", &format!("ALTER SYSTEM SET {setting} = off"))
            .expect("a setting");
        own.execute("postgres", "SELECT pg_reload_conf()").expect("a setting");
        let error = loop {
            match open(&url).await {
                // The setting takes effect a moment later.
                Ok(_) => tokio::task::yield_now().await,
                Err(error) => break error.0,
            }
        };
        assert_eq!(error, why);
        own.execute("postgres", &format!("ALTER SYSTEM RESET {setting}"))
            .expect("a setting");
        own.execute("postgres", "SELECT pg_reload_conf()").expect("a setting");
    }
}
