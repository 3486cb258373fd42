//! Who takes part: each under one name in all that is told.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::super::notice::{Controller, Service};
use super::super::write::{Missing, some};
use crate::policy::Object;

/// Everyone so far, by what is said of them.
#[derive(Debug, Default)]
pub(super) struct Parties(Vec<String>);

/// Those of one record.
pub(super) struct Cast<'p> {
    all: &'p mut Parties,
    /// The name and place of each; the controller is the first.
    here: Vec<(String, usize)>,
}

fn name_of(at: usize) -> String {
    ["_:party-", &at.to_string()].concat()
}

impl<'p> Cast<'p> {
    pub(super) const fn new(all: &'p mut Parties) -> Cast<'p> {
        Cast {
            all,
            here: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, says: Object) -> String {
        let says = says.end();
        let at = self.all.0.iter().position(|it| *it == says).unwrap_or_else(|| {
            self.all.0.push(says);
            self.all.0.len() - 1
        });
        self.here.push((name.into(), at));
        name_of(at)
    }

    pub(super) fn controller(&mut self, it: &Controller, missing: &mut Missing) -> String {
        let name = missing.need(it.name.as_deref(), &["controller.name"]);
        let mut out = Object::default();
        out.text("@type", "dpv:DataController");
        some(&mut out, "dpv:hasName", name);
        some(
            &mut out,
            "dpv:hasContact",
            missing.need(it.contact.as_deref(), &["controller.contact"]),
        );
        some(
            &mut out,
            "dpv:hasAddress",
            missing.need(it.address.as_deref(), &["controller.address"]),
        );
        some(&mut out, "schema:telephone", it.phone.as_deref());
        self.add(name.unwrap_or(""), out)
    }

    /// The controller.
    pub(super) fn responsible(&self) -> Option<String> {
        self.here.first().map(|(_, at)| name_of(*at))
    }

    /// Who gets the data of a service: the controller, if that has the same name.
    pub(super) fn recipient(&mut self, it: &Service, missing: &mut Missing) -> Option<String> {
        let place = ["services.", &it.key, ".provider.name"];
        let name = missing.need(it.provider.as_deref(), &place)?;
        if let Some((_, at)) = self.here.first().filter(|(controller, _)| controller == name) {
            return Some(name_of(*at));
        }
        let country = it.country.as_deref().map(|it| ["loc:", it].concat());
        let mut out = Object::default();
        out.text("@type", "dpv:ThirdParty");
        out.text("dpv:hasName", name);
        some(&mut out, "dpv:hasLocation", country.as_deref());
        some(&mut out, "schema:url", it.policy.as_deref().filter(|it| !it.starts_with('/')));
        Some(self.add(name, out))
    }

    /// What is said of each.
    pub(super) fn end(self) -> Vec<String> {
        let mut places: Vec<usize> = self.here.iter().map(|(_, at)| *at).collect();
        places.sort_unstable();
        places.dedup();
        let all = places.iter().filter_map(|at| Some((name_of(*at), self.all.0.get(*at)?)));
        all.map(|(name, says)| {
            let mut out = Object::default();
            out.text("@id", &name);
            out.text("dpv:hasIdentifier", &name);
            // What is said of it is an object too: its members go on in this one.
            [out.end().trim_end_matches('}'), ",", says.trim_start_matches('{')].concat()
        })
        .collect()
    }
}
