//! Cookies that no script sees, which only the server that they are sent to can end.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::visitor::Visitor;
use crate::policy::{field, parts};

/// The `Set-Cookie` lines that end every cookie of services that are not allowed.
///
/// `stores` is a line for each service, `key|cookie pattern…`, as `js/stores.js` makes it of the
/// document; `cookies` is the value of the `Cookie` header, and `host` the host that was asked. A
/// cookie that something allowed stores too stays (RFC 6265, section 5.3: domain and path must
/// be those that it was set for, which nobody is told; so all that are likely are tried).
pub fn expire(visitor: &Visitor<'_>, stores: &str, cookies: &str, host: &str) -> Vec<String> {
    let lines = || parts(stores.as_bytes(), b'\n').filter(|line| !line.is_empty());
    let covered = |name: &[u8], allowed: bool| {
        lines().any(|line| {
            visitor.allows(field(line, b'|', 0)) == allowed
                && parts(field(line, b'|', 1), b' ').any(|pattern| match pattern.strip_suffix(b"*") {
                    Some(start) => name.starts_with(start),
                    None => name == pattern,
                })
        })
    };
    let host = host.split(':').next().unwrap_or("");
    let labels: Vec<&str> = host.split('.').collect();
    let mut domains = Vec::from([String::new()]);
    for at in 0..labels.len().saturating_sub(1) {
        domains.push(format!("; Domain={}", labels.get(at..).unwrap_or(&[]).join(".")));
    }
    let mut out = Vec::new();
    for pair in cookies.split(';') {
        let name = pair.split('=').next().unwrap_or("").trim();
        if name.is_empty() || !covered(name.as_bytes(), false) || covered(name.as_bytes(), true) {
            continue;
        }
        for domain in &domains {
            out.push(format!("{name}=; Path=/; Max-Age=0{domain}"));
            out.push(format!(
                "{name}=; Path=/; Max-Age=0{domain}; Secure; HttpOnly; SameSite=None; Partitioned"
            ));
        }
    }
    out
}
