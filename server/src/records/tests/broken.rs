//! Connections break between any two messages of a group: what is then answered is true, and nothing is there twice.

use mixus_privacy::ledger::Kind;
use mixus_privacy::sync::Refusal;
use mixus_privacy_cluster::Cluster;

use super::super::database::Database;
use super::super::kept::Answer;
use super::super::store::Store;
use super::proxy::{Cut, Proxy};
use super::world::{Device, around, clock, database, every, open, root, root_of_rows, wait};

/// A way to a database, and the URL over it.
async fn way(url: &str) -> (Proxy, String) {
    let port = Cluster::shared().expect("a cluster").port();
    let proxy = Proxy::start(port).await;
    let over = url.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    (proxy, over)
}

/// A store that is reached over a way of its own.
async fn behind(url: &str) -> (Proxy, Store) {
    let (proxy, over) = way(url).await;
    let store = open(&over).await.expect("a store");
    (proxy, store)
}

fn place(answer: &Answer) -> u64 {
    match answer {
        Answer::Stored(place) | Answer::Duplicate(place) | Answer::Fork(place) => place.index,
        Answer::Rejected(why) => panic!("{why:?}"),
    }
}

/// Breaks the way off at every message, or every so many, until a group needs no more of them. How often that was.
async fn at_every_message(kind: Kind, cut: Cut, step: u64) -> u64 {
    let url = database();
    let (proxy, store) = behind(&url).await;
    let mut first = Device::new("first");
    let (mut size, mut after, mut count) = (0, 0, 0);
    loop {
        // Every connection is there again.
        let answers = store.append(vec![first.decides()]).await.expect("answers");
        assert_eq!(place(&answers[0]), size);
        let mut device = Device::new(&format!("{after}"));
        let batch = vec![device.decides(), first.decides(), device.says(kind)];
        proxy.arm(after, cut);
        let answers = store.append(batch).await.expect("answers");
        let was_broken = proxy.disarm();
        // That an erasure has landed, nobody says any more.
        if !matches!(answers[0], Answer::Rejected(Refusal::Erased)) || kind != Kind::Erase {
            let places: Vec<u64> = answers.iter().map(place).collect();
            assert_eq!(places, [size + 1, size + 2, size + 3], "{after}");
        }
        size += 4;
        assert_eq!(store.tip().log.size(), size);
        if !was_broken {
            break;
        }
        after += step;
        count += 1;
    }
    assert_eq!(root_of_rows(&url).await, root(&store).await);
    count
}

#[tokio::test]
async fn a_group_survives_a_break_at_every_message() {
    for (kind, cut, step) in [
        (Kind::Decision, Cut::Before, 1),
        (Kind::Decision, Cut::Within, 3),
        (Kind::Erase, Cut::Before, 3),
        (Kind::Erase, Cut::Within, 7),
    ] {
        let step = every(step);
        let count = at_every_message(kind, cut, step).await;
        println!("count: {count} connections to PostgreSQL broken: {kind:?}, {cut:?}");
        assert!(count * step > 14, "{count} {kind:?} {cut:?}");
    }
}

/// The database thinks that this process still holds the log's end.
#[tokio::test]
async fn what_was_left_behind_is_let_go() {
    let url = database();
    let (proxy, store) = behind(&url).await;
    let mut device = Device::new("left");
    store.append(vec![device.decides()]).await.expect("answers");
    // An erasure holds the log's end: BEGIN is answered by two messages, and the hold by as many as it takes.
    for after in [12, 16, 20] {
        let mut other = Device::new(&format!("{after}"));
        proxy.arm(after, Cut::Unheard);
        store.append(vec![other.says(Kind::Erase)]).await.expect("answers");
        assert!(proxy.disarm());
        store.append(vec![device.decides()]).await.expect("answers");
    }
    assert_eq!(root_of_rows(&url).await, root(&store).await);
}

/// What was read ahead is no longer true once another process is known to have gone on.
#[tokio::test]
async fn what_was_read_too_early_is_read_again() {
    let url = database();
    let other = open(&url).await.expect("a store");
    let (proxy, over) = way(&url).await;
    let (around, told) = around(clock);
    let store = Store::open(&Database::from(over), &around).await.expect("a store");
    let mut device = Device::new("early");
    // Every connection is there.
    store.append(vec![device.decides()]).await.expect("answers");
    // What is kept may be a look after other processes instead, which happens now and then: the event is quicker then.
    for index in 1..20 {
        let event = device.decides();
        proxy.keep_next();
        let (early, first) = tokio::join!(store.append(vec![event.clone()]), async {
            let first = other.append(vec![event.clone()]).await;
            told.until_it_has(&store, index + 1).await;
            proxy.let_go();
            first
        });
        match (&early.expect("answers")[..], &first.expect("answers")[..]) {
            ([Answer::Duplicate(late)], [Answer::Stored(place)]) => {
                assert_eq!((late, place.index), (place, index));
                assert_eq!(root_of_rows(&url).await, root(&store).await);
                return;
            }
            ([Answer::Stored(place)], [Answer::Duplicate(late)]) => {
                assert_eq!((late, place.index), (place, index));
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("nothing was read too early");
}

/// Nor is it once something was purged, of which the log does not tell.
#[tokio::test]
async fn what_was_purged_meanwhile_is_missed() {
    let url = database();
    let other = open(&url).await.expect("a store");
    let (proxy, store) = behind(&url).await;
    let mut device = Device::new("purged");
    store.append(vec![device.decides()]).await.expect("answers");
    let now = wait(1);
    proxy.keep_next();
    let (late, purged) = tokio::join!(store.append(vec![device.decides()]), async {
        let purged = other.purge(now).await;
        proxy.let_go();
        purged
    });
    assert_eq!(purged.expect("purged"), 1);
    assert_eq!(late.expect("answers"), [Answer::Rejected(Refusal::Gap)]);
}
