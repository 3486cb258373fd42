//! Which addresses belong to a service.
//!
//! A host pattern of a document has one of four forms:
//!
//! * `example.com` – that host and every host below it, on any port;
//! * `localhost:8081` – that host and port alone;
//! * `example.com/tr` – the same, where the path starts with `/tr`;
//! * `/proxy/` – the page's own origin, where the path starts so.

use super::text::index;

/// An address as the page resolved it, in pieces.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The host in lower case, with its port where that is not the scheme's own:
    /// `example.com`, `localhost:8081`. Empty for `blob:` and `data:`.
    pub host: &'a [u8],
    /// The path, starting with a slash.
    pub path: &'a [u8],
    /// Whether it has the page's own origin.
    pub own: bool,
}

/// Whether this is a host pattern.
#[cfg(not(feature = "boot"))]
pub(super) fn is_pattern(text: &str) -> bool {
    let (host, path) = text.split_at_checked(index(text.as_bytes(), b'/')).unwrap_or((text, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    text.len() <= 255
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'*' | b'|'))
        && if host.is_empty() {
            path.len() > 1
        } else {
            name.split('.').all(label)
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        }
}

/// Whether the address belongs to the pattern.
pub fn covers(pattern: &[u8], address: Address<'_>) -> bool {
    let (wanted, path) = pattern.split_at_checked(index(pattern, b'/')).unwrap_or((pattern, b""));
    if !address.path.starts_with(path) {
        return false;
    }
    if wanted.is_empty() {
        return address.own && !path.is_empty();
    }
    let mut host = address.host;
    if index(wanted, b':') == wanted.len() {
        host = host.get(..index(host, b':')).unwrap_or(host);
    }
    // A trailing dot names the same host (RFC 1034, section 3.1).
    if let [rest @ .., b'.'] = host {
        host = rest;
    }
    let above = host.len().checked_sub(wanted.len());
    let (above, name) = above.and_then(|at| host.split_at_checked(at)).unwrap_or((b"-", b""));
    name == wanted && above.last().is_none_or(|byte| *byte == b'.')
}

/// Whether everything that `inner` covers is covered by `outer` too.
#[cfg(not(feature = "boot"))]
pub(super) fn contains(outer: &str, inner: &str) -> bool {
    let (host, path) = inner.split_at_checked(index(inner.as_bytes(), b'/')).unwrap_or((inner, ""));
    covers(
        outer.as_bytes(),
        Address {
            host: host.as_bytes(),
            path: if path.is_empty() { b"/" } else { path.as_bytes() },
            own: host.is_empty(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(pattern: &str, host: &str, path: &str, own: bool) -> bool {
        let address = Address {
            host: host.as_bytes(),
            path: path.as_bytes(),
            own,
        };
        is_pattern(pattern) && covers(pattern.as_bytes(), address)
    }

    #[test]
    fn a_host_covers_itself_and_what_is_below() {
        assert!(covered("example.com", "example.com", "/", false));
        assert!(covered("example.com", "a.b.example.com:8443", "/x", false));
        assert!(covered("example.com", "example.com.", "/", false));
        assert!(!covered("example.com", "notexample.com", "/", false));
        assert!(!covered("example.com", "example.com.evil.test", "/", false));
        assert!(!covered("example.com", "", "/", false));
    }

    #[test]
    fn a_port_and_a_path_narrow() {
        assert!(covered("localhost:8081", "localhost:8081", "/", true));
        assert!(!covered("localhost:8081", "localhost:8080", "/", true));
        assert!(!covered("localhost:8081", "localhost", "/", true));
        assert!(covered("facebook.com/tr", "www.facebook.com", "/tr/", false));
        assert!(!covered("facebook.com/tr", "www.facebook.com", "/plugins", false));
    }

    #[test]
    fn a_path_alone_means_the_own_origin() {
        assert!(covered("/proxy/", "shop.test", "/proxy/e", true));
        assert!(!covered("/proxy/", "shop.test", "/proxy/e", false));
        assert!(!covered("/proxy/", "shop.test", "/other", true));
        let own = Address {
            host: b"a",
            path: b"/",
            own: true,
        };
        assert!(!covers(b"", own));
    }

    #[test]
    fn what_is_no_pattern() {
        for bad in [
            "", "/", "https://a.test", "A.test", "*.a.test", "a..test", "a.test:", "a.test:x", "a.test:0",
            "a.test:999999", "a.test:+1", "a.test:1:2", "a.test/ x", "a.test/?q", "ä.test",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }

    #[test]
    fn containment() {
        assert!(contains("facebook.com/tr", "www.facebook.com/tr"));
        assert!(!contains("facebook.com/tr", "facebook.com"));
        assert!(contains("a.test", "b.a.test/x"));
    }
}
