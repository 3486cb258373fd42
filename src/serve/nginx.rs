//! The header for nginx, which reads each visitor's cookie itself.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use super::header::{address, content_security_policy, is_denied_below, sources};
use super::visitor::Visitor;
use crate::policy::{Item, parts, put_number};

/// A file to include: a `map` for each service, and `$mixus_privacy_csp` for `add_header`.
/// `visitor` is one who has decided nothing, `allow` as for [`super::headers`].
///
/// It knows neither times nor damage, so that it holds for regions where nothing is allowed
/// without a decision; cookies end in time, and the gate in the page decides all the same.
pub fn nginx(visitor: &Visitor<'_>, allow: &[&str]) -> String {
    let mut out = String::new();
    // Writing into a text cannot fail.
    let _ = write(visitor, allow, &mut out);
    out
}

fn write(visitor: &Visitor<'_>, allow: &[&str], out: &mut String) -> fmt::Result {
    let mut names = String::new();
    let mut socket_names = String::new();
    for item in visitor.policy().items().filter(|it| !it.is_purpose()) {
        let held = parts(item.hosts(), b' ').filter_map(|it| core::str::from_utf8(it).ok());
        let held = held.filter(|it| !visitor.may(address(it)));
        let hosts: Vec<String> =
            held.flat_map(|it| sources(it, |name| is_denied_below(visitor, name))).collect();
        if hosts.is_empty() {
            continue;
        }
        let (at, entry) = (item.at, entry(&item));
        for (suffix, scheme) in [("", ""), ("_ws", "wss://")] {
            write!(out, "map $cookie_mixus_privacy $mixus_{at}{suffix} {{ \"~[+]{entry}[+!*~]\" \"")?;
            for host in &hosts {
                write!(out, " {scheme}{host}")?;
            }
            out.push_str("\"; }\n");
        }
        write!(names, "${{mixus_{at}}}")?;
        write!(socket_names, "${{mixus_{at}_ws}}")?;
    }
    out.push_str("map $cookie_mixus_privacy $mixus_privacy_csp { default \"");
    for (at, directive) in content_security_policy(visitor, allow).split("; ").enumerate() {
        if at > 0 {
            out.push_str("; ");
        }
        out.push_str(directive);
        if !directive.starts_with("webrtc") {
            out.push_str(&names);
        }
        if directive.starts_with("connect-src") {
            out.push_str(&socket_names);
        }
    }
    out.push_str("\"; }\n");
    Ok(())
}

/// What the state says where an item is granted, in the revision that counts: see
/// [`crate::consent::State`].
fn entry(item: &Item<'_>) -> String {
    let mut entry = Vec::from(item.key);
    if item.revision != 1 {
        entry.push(b'@');
        put_number(&mut entry, item.revision, 1);
    }
    String::from_utf8_lossy(&entry).into_owned()
}
