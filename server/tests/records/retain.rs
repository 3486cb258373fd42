//! Records are kept for as long as they may be, and no longer.

use std::sync::atomic::{AtomicU64, Ordering};

use mixus_privacy::ledger::{Kind, text};
use mixus_privacy_server::{Records, Settings};
use serde_json::Value;

use crate::Kept;
use crate::device::{Device, now};
use crate::erase::gone;

const NO: &str = "{\"analytics\":0}";
const DAY: u64 = 86_400;

async fn bodies(kept: &Kept, device: &Device) -> Vec<bool> {
    let path = format!("/v1/subjects/{}/events", device.sub().text());
    let (_, answer) = kept.get(device, &path).await;
    answer["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|it| !it["event"].is_null())
        .collect()
}

#[tokio::test]
async fn what_is_old_enough_goes() {
    static LATER: AtomicU64 = AtomicU64::new(0);
    let kept = Kept::with(Settings {
        retain: 100,
        clock: || now() + LATER.load(Ordering::Relaxed),
        ..Settings::default()
    })
    .await;
    let (mut gone_for_good, mut comes_back) = (Device::new(1), Device::new(2));
    let old = comes_back.says(NO);
    kept.send(&[gone_for_good.says(NO), old.clone(), gone_for_good.says(NO)]).await;
    assert_eq!(kept.records.purge().await.expect("a purge"), 0, "nothing is old");

    LATER.store(99 * DAY, Ordering::Relaxed);
    assert_eq!(kept.said(&[comes_back.says(NO)]).await, ["stored"]);
    assert_eq!(kept.records.purge().await.expect("a purge"), 0);
    let before: Value = kept.open("/v1/log/checkpoint").await;

    LATER.store(100 * DAY + 60, Ordering::Relaxed);
    assert_eq!(kept.records.purge().await.expect("a purge"), 3);
    assert_eq!(kept.records.purge().await.expect("a purge"), 0, "once");
    // Of the one nothing is left, not even its name; the other's chain goes on where it was.
    gone(&kept, text(&gone_for_good.nonce(1)).as_bytes()).await;
    gone(&kept, &gone_for_good.sub().0).await;
    LATER.store(0, Ordering::Relaxed);
    assert_eq!(bodies(&kept, &gone_for_good).await, [false; 0]);
    assert_eq!(bodies(&kept, &comes_back).await, [false, true]);
    let receipt = |place: u64| format!("/v1/subjects/{}/receipts/{place}", comes_back.sub().text());
    let (status, answer) = kept.get(&comes_back, &receipt(1)).await;
    assert_eq!((status.as_u16(), &answer["code"]), (410, &Value::from("receipt/erased")));
    assert_eq!(kept.get(&comes_back, &receipt(3)).await.0, 200);
    assert_eq!(kept.said(&[old, comes_back.says(NO)]).await, ["duplicate", "stored"]);
    assert_eq!(bodies(&kept, &comes_back).await, [false, true, true]);
    // The log has not changed for it.
    let size = before.as_str().and_then(|it| it.lines().nth(1)).expect("a size");
    kept.open(&format!("/v1/log/consistency?from={size}&to={}", 5)).await;
}

#[tokio::test]
async fn it_happens_by_itself() {
    static LATER: AtomicU64 = AtomicU64::new(0);
    let settings = |retain| Settings {
        retain,
        clock: || now() + LATER.load(Ordering::Relaxed),
        ..Settings::default()
    };
    let kept = Kept::with(settings(0)).await;
    let mut device = Device::new(1);
    kept.send(&[device.says(NO), device.does(Kind::Withdraw, NO)]).await;
    LATER.store(20_000 * DAY, Ordering::Relaxed);
    assert_eq!(kept.records.purge().await.expect("a purge"), 0, "0 is for ever");

    let Kept { folder, records } = kept;
    drop(records);
    let database = folder.path().join("records.db");
    let records = loop {
        let settings = settings(Settings::default().retain);
        match Records::open(Settings {
            database: database.clone(),
            ..settings
        })
        .await
        {
            Ok(records) => break records,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let kept = Kept { folder, records };
    gone(&kept, text(&device.nonce(1)).as_bytes()).await;
    gone(&kept, text(&device.nonce(2)).as_bytes()).await;
}
