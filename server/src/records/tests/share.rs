//! Several processes over one database.

use std::collections::BTreeSet;

use mixus_privacy::ledger::Kind;
use mixus_privacy::sync::Refusal;
use mixus_privacy_cluster::Cluster;

use super::super::database::Database;
use super::super::kept::{Answer, Incoming};
use super::super::store::Store;
use super::world::{Device, around, clock, database, open, root, root_of_rows};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_at_once_agrees() {
    let url = database();
    let mut writing = tokio::task::JoinSet::new();
    for process in 0..3 {
        let store = open(&url).await.expect("a store");
        for connection in 0..4 {
            let store = store.clone();
            writing.spawn(async move {
                // Every device sends everything through every process.
                let mut device = Device::new(&format!("at once {connection}"));
                device.dev = [process + 1; 8];
                let mut places = Vec::new();
                for round in 0..40 {
                    let event = device.decides();
                    let answers = store.append(vec![event.clone()]).await.expect("answers");
                    let [Answer::Stored(place)] = answers[..] else {
                        panic!("{answers:?}");
                    };
                    assert!(store.tip().log.size() > place.index, "the tip has it");
                    places.push((place.index, event));
                    if round % 8 == 7 {
                        let (index, event) = &places[round / 2];
                        let answers = store.append(vec![event.clone()]).await.expect("answers");
                        assert!(matches!(answers[..], [Answer::Duplicate(place)] if place.index == *index));
                    }
                }
                places
            });
        }
    }
    let all: Vec<(u64, Incoming)> = writing.join_all().await.into_iter().flatten().collect();
    let places: BTreeSet<u64> = all.iter().map(|it| it.0).collect();
    assert_eq!(places, (0..480).collect(), "every place is given once");
    let store = open(&url).await.expect("a store");
    assert_eq!(root(&store).await, root_of_rows(&url).await);
    for (place, event) in all {
        let answers = store.append(vec![event]).await.expect("answers");
        assert!(matches!(answers[..], [Answer::Duplicate(it)] if it.index == place));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_to_two_at_once_is_there_once() {
    let url = database();
    let stores = [open(&url).await.expect("a store"), open(&url).await.expect("a store")];
    for round in 0..60 {
        let mut device = Device::new(&format!("twice {round}"));
        let batch = vec![device.decides(), device.decides()];
        let (one, two) = tokio::join!(stores[0].append(batch.clone()), stores[1].append(batch));
        let (one, two) = (one.expect("answers"), two.expect("answers"));
        let places = |answers: &[Answer]| -> Vec<u64> {
            let place = |it: &Answer| match it {
                Answer::Stored(place) | Answer::Duplicate(place) => place.index,
                other => panic!("{other:?}"),
            };
            answers.iter().map(place).collect()
        };
        assert_eq!(places(&one), places(&two));
        let stored = one.iter().chain(&two).filter(|it| matches!(it, Answer::Stored(_))).count();
        assert_eq!(stored, 2);
        // What one says is there is in its log, whoever has put it there.
        let event = device.decides();
        stores[0].append(vec![event.clone()]).await.expect("answers");
        let again = stores[1].append(vec![event]).await.expect("answers");
        assert!(stores[1].tip().log.size() > places(&again)[0]);
    }
    assert_eq!(root_of_rows(&url).await.0, 180);
}

/// Events that are read about while those before them are still on their way.
#[tokio::test]
async fn what_follows_at_once_is_known() {
    let url = database();
    let store = open(&url).await.expect("a store");
    let mut device = Device::new("follows");
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (store, event) = (store.clone(), device.decides());
        // One after the other, since there is one thread; and nobody waits for an answer.
        sending.spawn(async move { store.append(vec![event]).await });
        // A group is on its way before the next event comes, or not.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }
    let gone = device.says(Kind::Erase);
    let after = device.decides();
    for event in [gone, after] {
        let store = store.clone();
        sending.spawn(async move { store.append(vec![event]).await });
    }
    let mut stored = 0;
    for answers in sending.join_all().await {
        match answers.expect("answers")[..] {
            [Answer::Stored(_)] => stored += 1,
            [Answer::Rejected(why)] => assert_eq!(why, Refusal::Erased),
            ref other => panic!("{other:?}"),
        }
    }
    assert_eq!(stored, 301);
    assert_eq!(root(&store).await, root_of_rows(&url).await);
}

#[tokio::test]
async fn news_reach_the_other_process() {
    let url = database();
    let one = open(&url).await.expect("a store");
    let (around, told) = around(clock);
    let two = Store::open(&Database::from(url.as_str()), &around).await.expect("a store");
    let mut device = Device::new("news");
    for size in 1..4 {
        one.append(vec![device.decides()]).await.expect("answers");
        assert_eq!(told.until(size).await, vec![device.sub; size]);
        assert_eq!(root(&two).await, root(&one).await);
    }
}

/// More than is gone through at once, and more than a tile of tiles would need of the newest ones.
#[tokio::test]
async fn who_was_away_catches_up() {
    let url = database();
    let one = open(&url).await.expect("a store");
    let away = open(&url).await.expect("a store");
    let mut device = Device::new("away");
    for _ in 0..9 {
        let batch: Vec<Incoming> = (0..1000).map(|_| device.decides()).collect();
        one.append(batch).await.expect("answers");
    }
    let answers = away.append(vec![device.decides()]).await.expect("answers");
    assert!(matches!(answers[..], [Answer::Stored(place)] if place.index == 9000));
    assert_eq!(root(&away).await, root_of_rows(&url).await);
    assert_eq!(root(&open(&url).await.expect("a store")).await, root(&away).await);
}

/// Another process must not be kept waiting by one that went away with the log's end in its hand.
#[tokio::test]
async fn whoever_refuses_once_is_asked_again() {
    let url = database();
    let store = open(&url).await.expect("a store");
    let name = url.rsplit('/').next().expect("a name");
    // Every third commit is refused as databases do that have let two go ahead at once.
    let trigger = "
        CREATE SEQUENCE tries;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('public.tries') % 3 > 0 THEN
                RAISE EXCEPTION 'try again' USING ERRCODE = CASE nextval('public.tries') % 2 WHEN 0 THEN '40001' ELSE '40P01' END;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON mixus_privacy.head FOR EACH ROW EXECUTE FUNCTION refuse()";
    Cluster::shared().and_then(|it| it.execute(name, trigger)).expect("a trigger");
    let mut device = Device::new("refused");
    for size in 1..20 {
        let answers = store.append(vec![device.decides()]).await.expect("answers");
        assert!(
            matches!(answers[..], [Answer::Stored(place)] if place.index + 1 == size),
            "{answers:?}"
        );
    }
    assert_eq!(root(&store).await, root_of_rows(&url).await);
}
