//! `PostgreSQL`: a cluster of its own with the settings that it comes with, and the least that is done over it.

use anyhow::{Context as _, Result};
use mixus_privacy_cluster::Cluster;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::NoTls;

use crate::floor::{MOST_TOGETHER, Work, keep, named};

const STATEMENTS: &str = "CREATE TABLE event (id bytea PRIMARY KEY, sub text NOT NULL, body text NOT NULL);
    CREATE INDEX event_sub ON event (sub);";
const INSERT: &str = "INSERT INTO event SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[])";

/// Keeps bodies as the floor over the embedded database does, with one statement for everything that waits.
pub(crate) async fn bare(url: &str) -> Result<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(STATEMENTS).await?;
    let insert = client.prepare(INSERT).await?;
    let (sender, mut receiver) = mpsc::channel::<Work>(4096);
    tokio::spawn(async move {
        let mut count = 0;
        while let Some(first) = receiver.recv().await {
            let mut answers: Vec<oneshot::Sender<()>> = Vec::new();
            let (mut ids, mut subs, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some((body, answer)) = next.take() {
                let (id, sub) = named(&body, &mut count);
                ids.push(id.to_vec());
                subs.push(sub.to_owned());
                bodies.push(body);
                answers.push(answer);
                if answers.len() < MOST_TOGETHER {
                    next = receiver.try_recv().ok();
                }
            }
            client.execute(&insert, &[&ids, &subs, &bodies]).await?;
            for answer in answers {
                let _ = answer.send(());
            }
        }
        anyhow::Ok(())
    });
    keep(sender).await
}

/// The processes of a cluster.
pub(crate) fn processes(cluster: &Cluster) -> Result<Vec<u32>> {
    let lines = std::fs::read_to_string(cluster.folder().join("data/postmaster.pid"))?;
    let first: u32 = lines.lines().next().context("an id")?.parse()?;
    let mut all = vec![first];
    for entry in std::fs::read_dir("/proc")? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse() else {
            continue;
        };
        // A process may end while it is looked at.
        let parent = std::fs::read_to_string(format!("/proc/{id}/stat"))
            .ok()
            .and_then(|it| it.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok());
        if parent == Some(first) {
            all.push(id);
        }
    }
    Ok(all)
}
