//! One who remembers all that a server has said, and looks whether it still holds.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use mixus_privacy::ledger::{Checkpoint, Event, Hash, Kind, bytes, key_id, leaf, read_verifier_key, root_of};
use serde_json::Value;

use crate::device::Signed;
use crate::kept::{Kept, Row};
use crate::tree;

/// Where an event stands in the log, and when it was taken in.
pub(crate) type Place = (u64, u64);

/// All that was said to anyone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness {
    /// The key of the log.
    pub key: String,
    /// What was acknowledged.
    pub acknowledged: BTreeMap<Hash, Place>,
    /// What was sent, acknowledged or not.
    pub sent: BTreeSet<Hash>,
    /// Roots that were signed, by size.
    signed: BTreeMap<u64, Hash>,
    /// Notes whose signature was looked at.
    notes: BTreeSet<String>,
}

impl Witness {
    /// The server has shown its key, for the first time or again.
    pub(crate) fn meets(&mut self, key: &str) -> Result<()> {
        if self.key.is_empty() {
            key.clone_into(&mut self.key);
        }
        ensure!(self.key == key, "the log has another key");
        Ok(())
    }

    /// A note: its signature has to be right, and there is one root to a size.
    pub(crate) fn sees(&mut self, note: &str) -> Result<Checkpoint> {
        let (checkpoint, body, signatures) = Checkpoint::read(note).context("no checkpoint")?;
        if self.notes.insert(note.to_owned()) {
            let (name, key) = read_verifier_key(&self.key).context("no key")?;
            let id = key_id(name, &key);
            let signature = signatures.iter().find(|it| it.name == name && it.id == id);
            let signature = signature.context("a note that the log has not signed")?;
            let signature = ed25519_dalek::Signature::from_bytes(&signature.signature);
            ed25519_dalek::VerifyingKey::from_bytes(&key)?.verify_strict(body.as_bytes(), &signature)?;
        }
        let before = *self.signed.entry(checkpoint.size).or_insert(checkpoint.root);
        ensure!(before == checkpoint.root, "two roots were signed for size {}", checkpoint.size);
        Ok(checkpoint)
    }

    /// Two of the checkpoints that were signed, the smaller first.
    pub(crate) fn two(&self, rng: &mut Rng) -> Option<((u64, Hash), (u64, Hash))> {
        let mut some: Vec<(u64, Hash)> = self.signed.iter().map(|(size, root)| (*size, *root)).collect();
        some.retain(|it| it.0 > 0);
        let mut any = || (!some.is_empty()).then(|| some[rng.usize(..some.len())]);
        let (one, other) = (any()?, any()?);
        Some((one.min(other), one.max(other)))
    }

    pub(crate) fn sends(&mut self, events: &[&Signed]) {
        self.sent.extend(events.iter().map(|it| it.hash));
    }

    /// What was answered about events, in their order. How many were there before although nobody had been told.
    pub(crate) fn hears(&mut self, events: &[&Signed], answer: &Value) -> Result<usize> {
        let checkpoint = self.sees(answer["checkpoint"].as_str().context("no checkpoint")?)?;
        let answers = answer["answers"].as_array().context("no answers")?;
        ensure!(
            answers.len() == events.len(),
            "{} answers about {} events",
            answers.len(),
            events.len()
        );
        let mut landed = 0;
        for (event, said) in events.iter().zip(answers) {
            let status = said["status"].as_str().context("no status")?;
            if status == "rejected" {
                // Of a subject that was erased nothing is taken any more; nothing else here is wrong.
                let code = said["code"].as_str().unwrap_or("");
                ensure!(code == "subject/erased", "{code}: {:?} of {}", event.kind, event.device);
                continue;
            }
            let number = |name: &str| said[name].as_u64().context("no place");
            let place = (number("index")?, number("taken")?);
            let proof = said["proof"].as_array().context("no proof")?;
            let proof: Option<Vec<Hash>> = proof.iter().map(|it| it.as_str().and_then(bytes)).collect();
            let root = root_of(
                &leaf(&event.hash, place.0, place.1),
                place.0,
                checkpoint.size,
                &proof.context("no proof")?,
            );
            ensure!(root == Some(checkpoint.root), "a proof that proves nothing");
            match (self.acknowledged.insert(event.hash, place), status) {
                (None, "stored" | "fork") => {}
                (None, "duplicate") => landed += 1,
                (Some(before), "duplicate") => {
                    ensure!(before == place, "it was at {before:?}, and is at {place:?}");
                }
                (before, _) => bail!("{status} at {place:?}, and was acknowledged at {before:?}"),
            }
        }
        Ok(landed)
    }

    /// Looks at all that is kept: whether everything that was said holds, and everything fits.
    pub(crate) fn checks(&self, kept: &Kept) -> Result<()> {
        ensure!(kept.sound == "ok", "the database: {}", kept.sound);
        let mut places = BTreeMap::new();
        for (at, row) in (0..).zip(&kept.rows) {
            ensure!(row.place == at, "place {} holds {}", at, row.place);
            ensure!(
                places.insert(row.hash, (row.place, row.taken)).is_none(),
                "an event is there twice"
            );
            ensure!(self.sent.contains(&row.hash), "an event that nobody sent");
        }
        for (hash, place) in &self.acknowledged {
            let found = places.get(hash).context("what was acknowledged is not there")?;
            ensure!(found == place, "acknowledged at {place:?}, it stands at {found:?}");
        }
        chains(&kept.rows)?;
        found(kept)?;
        let leaves: Vec<Hash> = kept.rows.iter().map(|it| leaf(&it.hash, it.place, it.taken)).collect();
        ensure!(kept.tiles == tree::tiles(&leaves), "the tiles do not fit the rows");
        let roots = tree::roots(&leaves);
        for (size, root) in &self.signed {
            let found = roots
                .get(usize::try_from(*size)?)
                .context("a signed checkpoint is beyond the log")?;
            ensure!(found == root, "a signed checkpoint of {size} is not of this log");
        }
        Ok(())
    }
}

/// Every body is the one of its hash, and has the event before it beside it; what was erased has no names.
fn chains(rows: &[Row]) -> Result<()> {
    let mut hashes = BTreeSet::new();
    for row in rows {
        hashes.insert(row.hash);
        let Some(body) = &row.body else { continue };
        let event = Event::read(body)?;
        ensure!(event.hash() == row.hash, "a body that is not of its hash");
        ensure!(
            event.sub.0[..] == row.sub[..] && event.seq == row.seq,
            "a row that is not of its body"
        );
        ensure!(event.seq == 1 || hashes.contains(&event.prev), "a chain with a gap");
        if event.kind == Kind::Erase {
            let left = rows.iter().take_while(|it| it.place < row.place);
            ensure!(left.filter(|it| it.sub == row.sub).count() == 0, "what was erased is there");
        }
    }
    Ok(())
}

/// What rows are found by: all that they say, and nothing that they do not.
fn found(kept: &Kept) -> Result<()> {
    for (sub, seq, place) in &kept.index {
        let row = kept
            .rows
            .get(usize::try_from(*place)?)
            .context("the index is ahead of the rows")?;
        let right = row.sub == *sub && row.seq == *seq;
        let going = kept.forget.iter().any(|(name, before)| name == sub && place < before);
        ensure!(right || going && row.sub.is_empty(), "the index finds what is not in the rows");
    }
    for row in kept.rows.iter().filter(|it| it.place < kept.indexed && !it.sub.is_empty()) {
        let found = kept.index.contains(&(row.sub.clone(), row.seq, row.place));
        ensure!(found, "the index does not find a row");
    }
    Ok(())
}
