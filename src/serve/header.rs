//! The content security policy that lets a browser ask only the hosts that a visitor's decision
//! allows (Content Security Policy Level 3, sections 2.3.1 and 6.7.2).
//!
//! It says which hosts, and nothing else: scripts and styles in the page stay as they are. A site's
//! own policy stands beside it, and a browser keeps to both.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::visitor::Visitor;
use crate::policy::{Address, Policy, index, parts};

/// What is no matter of hosts, and stays as a site without a policy has it.
const SOURCES: &str = "'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob:";

/// What a response to this visitor should say, as names and values. `allow` are host patterns
/// ([`crate::policy`]) of what the site needs: payment, content delivery, sign-in.
pub fn headers(visitor: &Visitor<'_>, allow: &[&str]) -> Vec<(&'static str, String)> {
    let mut all = Vec::from([
        ("Content-Security-Policy", content_security_policy(visitor, allow)),
        ("Vary", "Cookie, Sec-GPC".into()),
    ]);
    if !visitor.everything() {
        // The name of a host is looked up before any policy is asked.
        all.push(("X-DNS-Prefetch-Control", "off".into()));
    }
    all
}

/// The value of the header alone, for a `<meta>` that stands first in `<head>`.
pub fn content_security_policy(visitor: &Visitor<'_>, allow: &[&str]) -> String {
    if visitor.everything() {
        return assemble(" *", " * ws: wss:", "");
    }
    let policy = visitor.policy();
    let mut hosts = String::new();
    let mut sockets = String::new();
    let mut add = |pattern: &str| {
        for source in sources(pattern, |name| is_denied_below(visitor, name)) {
            // The same host may stand in several lists.
            if !parts(hosts.as_bytes(), b' ').any(|it| it == source.as_bytes()) {
                hosts.push(' ');
                hosts.push_str(&source);
                sockets.push_str(" ws://");
                sockets.push_str(&source);
                sockets.push_str(" wss://");
                sockets.push_str(&source);
            }
        }
    };
    for pattern in allow {
        add(pattern);
    }
    for pattern in declared(policy) {
        if visitor.may(address(pattern)) {
            add(pattern);
        }
    }
    assemble(&hosts, &format!("{hosts}{sockets}"), "; webrtc 'block'")
}

/// The directives, with the hosts for requests of every kind, those for connections, and the end.
fn assemble(hosts: &str, connections: &str, end: &str) -> String {
    format!(
        "default-src {SOURCES}{hosts}; connect-src 'self' data: blob:{connections}; form-action 'self'{hosts}{end}"
    )
}

/// The host patterns of every service.
fn declared<'p>(policy: &Policy<'p>) -> impl Iterator<Item = &'p str> {
    policy
        .items()
        .filter(|it| !it.is_purpose())
        .flat_map(|it| parts(it.hosts(), b' '))
        .filter(|it| !it.is_empty())
        .filter_map(|it| core::str::from_utf8(it).ok())
}

/// Host and path of a pattern.
fn split(pattern: &str) -> (&str, &str) {
    pattern
        .split_at_checked(index(pattern.as_bytes(), b'/'))
        .unwrap_or((pattern, ""))
}

/// The address that a pattern stands for.
pub(super) fn address(pattern: &str) -> Address<'_> {
    let (host, path) = split(pattern);
    Address {
        host: host.as_bytes(),
        path: if path.is_empty() { b"/" } else { path.as_bytes() },
        own: host.is_empty(),
    }
}

/// Whether something below a host is not allowed: then not everything below it can be.
pub(super) fn is_denied_below(visitor: &Visitor<'_>, host: &str) -> bool {
    let policy = visitor.policy();
    let below = |pattern: &str| split(pattern).0.strip_suffix(host).is_some_and(|it| it.ends_with('.'));
    let never = policy
        .never()
        .flat_map(|(_, hosts)| parts(hosts, b' '))
        .filter_map(|it| core::str::from_utf8(it).ok());
    declared(policy).filter(|it| !visitor.may(address(it))).chain(never).any(below)
}

/// A pattern as host sources. A path that ends in a slash covers what is below it, and any other
/// only itself; those of the own origin are `'self'`.
pub(super) fn sources(pattern: &str, alone: impl Fn(&str) -> bool) -> Vec<String> {
    let (host, path) = split(pattern);
    if host.is_empty() {
        return Vec::new();
    }
    let paths = if path.is_empty() || path.ends_with('/') {
        Vec::from([path.into()])
    } else {
        Vec::from([String::from(path), format!("{path}/")])
    };
    // A pattern with a port means that host alone.
    let hosts = if host.contains(':') {
        Vec::from([host.into()])
    } else if alone(host) {
        Vec::from([format!("{host}:*")])
    } else {
        Vec::from([format!("{host}:*"), format!("*.{host}:*")])
    };
    let join = |host: &String| paths.iter().map(|path| format!("{host}{path}")).collect::<Vec<_>>();
    hosts.iter().flat_map(join).collect()
}
