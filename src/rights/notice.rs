//! The document that an event names: who is responsible, for what, with whom, where, and for how long.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::read::{count, each, text, texts, within};
use crate::ledger::{Hash, text as base64};
use crate::policy::{Cursor, Kind, canonical, compile};

/// A policy document, as far as exports tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// SHA-256 of its canonical form: by this events name it.
    pub hash: Hash,
    pub(super) language: Option<String>,
    pub(super) controller: Controller,
    pub(super) purposes: Vec<String>,
    pub(super) services: Vec<Service>,
    pub(super) data: Vec<Data>,
    pub(super) rights: Vec<(Vec<String>, Vec<String>)>,
    /// Where to turn with a right.
    pub(super) contact: Option<String>,
    texts: BTreeMap<String, Texts>,
    pub(super) plan: String,
}

/// Who is responsible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Controller {
    pub name: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub contact: Option<String>,
    pub policy: Option<String>,
    pub locations: Vec<String>,
}

/// Who does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub key: String,
    pub purpose: String,
    pub name: Option<String>,
    pub provider: Option<String>,
    pub country: Option<String>,
    pub policy: Option<String>,
    pub locations: Vec<String>,
    pub retention: Retention,
}

/// What is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Data {
    pub key: String,
    pub purpose: String,
    pub sensitive: bool,
    pub retention: Retention,
}

/// How long something is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Retention {
    pub days: Option<u64>,
    pub lasts: Option<String>,
    pub then: Option<u64>,
}

/// What a person reads in one language: title and description, by what it is about (`purposes analytics`).
type Texts = BTreeMap<String, (Option<String>, Option<String>)>;

impl Notice {
    /// Reads a document; `None` if it has no canonical form, and so no hash. It may be any document that somebody has had
    /// archived: what is not as it should be is not there.
    pub fn read<C: Cursor>(at: &mut C) -> Option<Notice> {
        let hash: Hash = Sha256::digest(canonical(at)?).into();
        let languages = within(at, "texts", |at| at.names());
        let mut all = BTreeMap::new();
        for language in languages {
            if language.is_empty() {
                return None;
            }
            let texts = within(at, "texts", |at| within(at, &language, shown));
            all.insert(language, texts);
        }
        Some(Notice {
            hash,
            language: text(at, "language"),
            controller: within(at, "controller", |at| Controller {
                name: text(at, "name"),
                address: text(at, "address"),
                phone: text(at, "phone"),
                contact: text(at, "contact"),
                policy: text(at, "policy"),
                locations: texts(at, "locations"),
            }),
            purposes: each(at, "purposes", |at| text(at, "key")),
            services: each(at, "services", service),
            data: each(at, "data", |at| {
                Some(Data {
                    key: text(at, "key")?,
                    purpose: text(at, "purpose")?,
                    sensitive: at.flag("sensitive"),
                    retention: retention(at),
                })
            }),
            rights: within(at, "rights", |at| {
                each(at, "regimes", |at| Some((texts(at, "regimes"), texts(at, "rights"))))
            }),
            contact: within(at, "rights", |at| text(at, "contact")),
            texts: all,
            plan: compile(at, &base64(&hash)),
        })
    }

    /// The document that an event names.
    pub(super) fn of<'n>(notices: &'n [Notice], hash: &Hash) -> Option<&'n Notice> {
        notices.iter().find(|it| it.hash == *hash)
    }

    /// The language in which something is told: the one that was shown or, where there are no texts in it, the
    /// document's own.
    pub(super) fn spoken<'n>(&'n self, lang: &'n str) -> &'n str {
        let primary = lang.split('-').next().unwrap_or(lang);
        let own = self.language.as_deref();
        let mut wanted = [Some(lang), Some(primary), own].into_iter().flatten();
        wanted.find(|it| self.texts.contains_key(*it)).or(own).unwrap_or(lang)
    }

    /// Title and description of a thing (`purposes`, `analytics`) in a language.
    pub(super) fn texts(&self, lang: &str, group: &str, key: &str) -> (Option<&str>, Option<&str>) {
        let found = self.texts.get(lang).and_then(|it| it.get(&[group, " ", key].concat()));
        found.map_or((None, None), |(title, description)| (title.as_deref(), description.as_deref()))
    }

    /// The services of a purpose.
    pub(super) fn services_of(&self, purpose: &str) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |it| it.purpose == purpose)
    }

    /// The data that is collected for a purpose.
    pub(super) fn data_of(&self, purpose: &str) -> impl Iterator<Item = &Data> {
        self.data.iter().filter(move |it| it.purpose == purpose)
    }

    /// The rights under a regime.
    pub(super) fn rights_of(&self, regime: &str) -> impl Iterator<Item = &str> {
        let given = self
            .rights
            .iter()
            .filter(move |(regimes, _)| regimes.iter().any(|it| it == regime));
        given.flat_map(|(_, rights)| rights.iter().map(String::as_str))
    }
}

fn service<C: Cursor>(at: &mut C) -> Option<Service> {
    let (provider, country, policy, locations) = within(at, "provider", |at| {
        (
            text(at, "name"),
            text(at, "country"),
            text(at, "policy"),
            texts(at, "locations"),
        )
    });
    Some(Service {
        key: text(at, "key")?,
        purpose: text(at, "purpose")?,
        name: text(at, "name"),
        provider,
        country,
        policy,
        locations,
        retention: retention(at),
    })
}

fn retention<C: Cursor>(at: &mut C) -> Retention {
    within(at, "retention", |at| Retention {
        days: count(at, "days"),
        lasts: text(at, "while"),
        then: count(at, "thenDays"),
    })
}

fn shown<C: Cursor>(at: &mut C) -> Texts {
    let mut out = Texts::new();
    for group in ["purposes", "services", "data"] {
        within(at, group, |at| {
            for key in at.names() {
                if key.is_empty() || at.kind(&key) != Kind::Object {
                    continue;
                }
                let texts = within(at, &key, |at| (text(at, "title"), text(at, "description")));
                out.insert([group, " ", &key].concat(), texts);
            }
        });
    }
    out
}
