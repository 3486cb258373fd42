//! Which addresses belong to a service.

use alloc::string::String;

/// An address as the page resolved it, in pieces.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The host in lower case, with its port where that is not the scheme's own:
    /// `example.com`, `localhost:8081`. Empty for `blob:` and `data:`.
    pub host: &'a str,
    /// The path, starting with a slash.
    pub path: &'a str,
    /// Whether it has the page's own origin.
    pub own: bool,
}

/// A host pattern of the document.
///
/// * `example.com` – that host and every host below it, on any port;
/// * `localhost:8081` – that host and port alone;
/// * `example.com/tr` – the same, where the path starts with `/tr`;
/// * `/proxy/` – the page's own origin, where the path starts so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    host: String,
    path: String,
}

impl Pattern {
    /// Reads a pattern. `None` when it has none of the four forms.
    pub fn parse(text: &str) -> Option<Pattern> {
        let cut = text.find('/').unwrap_or(text.len());
        let (host, path) = text.split_at_checked(cut)?;
        let (name, port) = host.split_once(':').unwrap_or((host, "1"));
        let labels = |name: &str| {
            name.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && label
                        .bytes()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
            })
        };
        let host_fits = if host.is_empty() {
            path.len() > 1
        } else {
            name.len() <= 253 && labels(name) && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        let path_fits = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'*'));
        (host_fits && path_fits).then(|| Pattern {
            host: host.into(),
            path: path.into(),
        })
    }

    /// Whether `address` belongs to this pattern.
    pub fn covers(&self, address: Address<'_>) -> bool {
        if !address.path.starts_with(self.path.as_str()) {
            return false;
        }
        if self.host.is_empty() {
            return address.own;
        }
        let host = if self.host.contains(':') {
            address.host
        } else {
            address.host.split(':').next().unwrap_or("")
        };
        // A trailing dot names the same host (RFC 1034, section 3.1).
        let host = host.strip_suffix('.').unwrap_or(host);
        host.strip_suffix(self.host.as_str())
            .is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }

    /// Whether everything of `other` belongs to this pattern too.
    pub fn contains(&self, other: &Pattern) -> bool {
        self.covers(Address {
            host: &other.host,
            path: if other.path.is_empty() { "/" } else { &other.path },
            own: other.host.is_empty(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, host: &str, path: &str, own: bool) -> bool {
        Pattern::parse(pattern).is_some_and(|it| it.covers(Address { host, path, own }))
    }

    #[test]
    fn a_host_covers_itself_and_what_is_below() {
        assert!(covers("example.com", "example.com", "/", false));
        assert!(covers("example.com", "a.b.example.com:8443", "/x", false));
        assert!(covers("example.com", "example.com.", "/", false));
        assert!(!covers("example.com", "notexample.com", "/", false));
        assert!(!covers("example.com", "example.com.evil.test", "/", false));
        assert!(!covers("example.com", "", "/", false));
    }

    #[test]
    fn a_port_and_a_path_narrow() {
        assert!(covers("localhost:8081", "localhost:8081", "/", true));
        assert!(!covers("localhost:8081", "localhost:8080", "/", true));
        assert!(!covers("localhost:8081", "localhost", "/", true));
        assert!(covers("facebook.com/tr", "www.facebook.com", "/tr/", false));
        assert!(!covers("facebook.com/tr", "www.facebook.com", "/plugins", false));
    }

    #[test]
    fn a_path_alone_means_the_own_origin() {
        assert!(covers("/proxy/", "shop.test", "/proxy/e", true));
        assert!(!covers("/proxy/", "shop.test", "/proxy/e", false));
        assert!(!covers("/proxy/", "shop.test", "/other", true));
    }

    #[test]
    fn what_is_no_pattern() {
        for bad in ["", "/", "https://a.test", "A.test", "*.a.test", "a..test", "a.test:", "a.test:0", "a.test:99999", "a.test/ x", "a.test/?q", "ä.test"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }
}
