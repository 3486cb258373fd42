//! The documents that events name by their hashes: what a policy was, and what was shown.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use mixus_privacy::ledger::{Hash, NOTHING};
use mixus_privacy::policy::{Json, canonical};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::kept::Unavailable;
use super::store::Store;

/// The longest document that anybody may have archived, in bytes. The operator's own may be longer.
pub(crate) const LONGEST: usize = 64 * 1024;
/// As many hashes are remembered: a site shows a handful of documents, and whoever makes hashes up must not fill
/// the memory.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// What is known of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The document is in the archive.
    There,
    /// An event that is kept names it, and the document is not there.
    Wanted,
}

/// Whether a document may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is there already.
    There,
    /// It is missing.
    Wanted,
    /// No event that was taken in of late names it.
    Unnamed,
    /// It is missing, but there are as many as there may be.
    Full,
}

/// What this process knows of the archive. Every event names documents, and nearly always the same ones: these cost
/// a look here and no look into the store. What is forgotten here is asked for again with the next event.
#[derive(Debug)]
pub(crate) struct Archive {
    known: Mutex<LruCache<Hash, Known>>,
    most: u64,
    /// There are as many as there may be: nothing is asked for any more.
    full: AtomicBool,
}

/// The name of a document.
pub(crate) fn hash_of(text: &str) -> Hash {
    Sha256::digest(text).into()
}

impl Archive {
    /// An archive of at most so many documents.
    pub(crate) fn new(most: u64) -> Archive {
        Archive {
            known: Mutex::new(LruCache::new(REMEMBERED)),
            most,
            full: AtomicBool::new(false),
        }
    }

    fn remember(&self, hash: Hash, known: Known) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).put(hash, known);
    }

    /// Of the documents that events name which were just kept, those that are not there.
    pub(crate) async fn wanted(&self, store: &Store, mut named: Vec<Hash>) -> Vec<Hash> {
        named.sort_unstable();
        named.dedup();
        let mut unknown = Vec::new();
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            named.retain(|hash| {
                let known = if *hash == NOTHING { Some(&Known::There) } else { known.get(hash) };
                if known.is_none() {
                    unknown.push(*hash);
                }
                known != Some(&Known::There)
            });
        }
        for hash in unknown {
            // The events are kept, whatever becomes of this: it is asked again with the next.
            let there = matches!(store.notice(hash).await, Ok(Some(_)));
            if there {
                named.retain(|it| *it != hash);
            }
            self.remember(hash, if there { Known::There } else { Known::Wanted });
        }
        if self.full.load(Ordering::Relaxed) {
            named.clear();
        }
        named
    }

    /// Whether a document may come.
    pub(crate) async fn expects(&self, store: &Store, hash: Hash) -> Result<Expected, Unavailable> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).copied();
        if known == Some(Known::There) || store.notice(hash).await?.is_some() {
            self.remember(hash, Known::There);
            return Ok(Expected::There);
        }
        Ok(match known {
            Some(_) if store.notices().await? >= self.most => {
                if !self.full.swap(true, Ordering::Relaxed) {
                    tracing::warn!(most = self.most, "the archive of notices is full");
                }
                Expected::Full
            }
            Some(_) => Expected::Wanted,
            None => Expected::Unnamed,
        })
    }

    /// Keeps a document. Whether it is new.
    pub(crate) async fn keep(&self, store: &Store, hash: Hash, body: String) -> Result<bool, Unavailable> {
        let new = store.keep_notice(hash, body).await?;
        self.remember(hash, Known::There);
        Ok(new)
    }
}

/// Every document of a folder in canonical form, as events know it: what `mixus-privacy compile` reads, with its texts
/// in place.
pub(crate) fn documents(folder: &Path) -> Result<Vec<String>, String> {
    let named = |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let entries = std::fs::read_dir(folder).map_err(|error| named(folder, &error))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| named(folder, &error))?.path());
    }
    paths.retain(|it| it.extension().is_some_and(|it| it == "json"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let mut document = read(&path)?;
        let texts = document.get_mut("texts").and_then(Value::as_object_mut);
        for text in texts.into_iter().flat_map(serde_json::Map::values_mut) {
            // Texts that are fetched later are named, not contained.
            if let Some(name) = text.as_str().filter(|it| !it.starts_with("https:")) {
                *text = read(&folder.join(name))?;
            }
        }
        let text = canonical(&mut Json::new(&document));
        all.push(text.ok_or_else(|| named(&path, &"has no canonical form: all numbers have to be whole"))?);
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}
