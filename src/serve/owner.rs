//! To whom an address in a page's markup belongs.

use alloc::format;
use alloc::string::String;

use url::Url;

use super::markup::Rewrite;
use crate::policy::plan::cover;
use crate::policy::{Address, field, flags};

/// To whom an address belongs.
pub(super) enum Owner {
    /// The site itself, what it needs, or nobody: `data:` and the like.
    Site,
    /// A service or an entry of the never-list, by its key.
    Service(String),
    /// A vendor that the policy does not know.
    Stranger,
}

/// To whom an address belongs, as a page with this base resolves it. One that cannot be resolved
/// is nobody's: no browser asks for it either.
pub(super) fn owner(with: Rewrite<'_>, base: Option<&Url>, address: &str) -> Owner {
    let parsed = match base {
        Some(base) => base.join(address),
        None => Url::parse(address),
    };
    let Ok(url) = parsed else {
        return Owner::Site;
    };
    let (Some(host), "http" | "https" | "ws" | "wss") = (url.host_str(), url.scheme()) else {
        return Owner::Site;
    };
    let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
    let host = format!("{host}{port}");
    let own = Url::parse(with.page).is_ok_and(|it| it.origin() == url.origin());
    let here = Address {
        host: host.as_bytes(),
        path: url.path().as_bytes(),
        own,
    };
    let mut services = with.policy.items().filter(|it| !it.is_purpose() && cover(it.hosts(), here));
    let never = with.policy.never().find(|(_, hosts)| cover(hosts, here));
    let key = never
        .map(|(names, _)| field(names, b' ', 0))
        .or_else(|| services.clone().find(|it| !it.is(flags::ESSENTIAL)).map(|it| it.key));
    if let Some(key) = key {
        return Owner::Service(String::from_utf8_lossy(key).into_owned());
    }
    if own || with.allow.iter().any(|it| cover(it.as_bytes(), here)) || services.next().is_some() {
        return Owner::Site;
    }
    Owner::Stranger
}
