//! How the database is reached.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::kept::Unavailable;

/// What a URL says.
#[derive(Clone)]
pub(super) struct Address {
    pub config: Config,
    pub tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Address {
    /// A password is nobody's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

/// How much is asked of the way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Unsaid,
    Open,
    Either,
    Sealed,
}

impl Address {
    /// Reads a URL. Wherever there is TLS, the certificate is verified; and there has to be, except on the way to this very
    /// machine, unless the URL says otherwise.
    pub(super) fn parse(url: &str) -> Result<Address, Unavailable> {
        let faulty = |what: &str| Unavailable(format!("the database's URL: {what}"));
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut way, mut roots, mut rest) = (Way::Unsaid, None, Vec::new());
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", "disable")) => way = Way::Open,
                Some(("sslmode", "allow" | "prefer")) => way = Way::Either,
                Some(("sslmode", "require" | "verify-ca" | "verify-full")) => way = Way::Sealed,
                Some(("sslmode", _)) => return Err(faulty("unknown sslmode")),
                Some(("sslrootcert", path)) => roots = Some(path),
                _ => rest.push(pair),
            }
        }
        let rest = format!("{base}?{}", rest.join("&"));
        let mut config = Config::from_str(&rest).map_err(|error| faulty(&error.to_string()))?;
        if way == Way::Unsaid {
            let here = config.get_hosts().iter().all(is_here);
            way = if here { Way::Open } else { Way::Sealed };
        }
        config.ssl_mode(match way {
            Way::Open | Way::Unsaid => SslMode::Disable,
            Way::Either => SslMode::Prefer,
            Way::Sealed => SslMode::Require,
        });
        // What is cut off has to be noticed before whoever asked has gone.
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("mixus-privacy-server");
        }
        let trusted = if way == Way::Open { Ok(RootCertStore::empty()) } else { trusted(roots) };
        let tls = trusted.and_then(tls).map_err(|what| faulty(&what))?;
        Ok(Address { config, tls })
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Those of a file, or those that the system trusts.
fn trusted(file: Option<&str>) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let Some(path) = file else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(store);
    };
    let certificates = CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| error.to_string())?;
    for certificate in certificates {
        let added = certificate.map_err(|error| error.to_string()).map(|it| store.add(it));
        added?.map_err(|error| error.to_string())?;
    }
    Ok(store)
}

fn tls(roots: RootCertStore) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(MakeRustlsConnect::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}
