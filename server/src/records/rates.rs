//! How much one address may send: a bucket for each (the generic cell rate algorithm), in memory alone.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use lru::LruCache;

/// As many addresses are remembered: whoever has more than that has no bucket that would hold them.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();
/// For so long an address may save up what it does not send: devices that were offline come back with much.
const SAVED: Duration = Duration::from_secs(10);
/// A whole batch always fits, when nothing came before.
const BATCH: u32 = 64;
const _: () = assert!(BATCH as usize == mixus_privacy::sync::MOST_EVENTS);

/// The buckets, each under a hash of its address that no other process makes: not even in memory does an address stand.
#[derive(Debug)]
pub(crate) struct Rates {
    /// When each bucket will be empty again, since the beginning.
    buckets: Mutex<LruCache<u64, Duration>>,
    /// What one event takes up; nothing where there is no limit.
    each: Option<Duration>,
    /// What fits.
    room: Duration,
    secret: RandomState,
    begin: Instant,
}

impl Rates {
    /// With so many events a second on average; 0 for any number.
    pub(crate) fn new(rate: u32) -> Rates {
        let each = Duration::from_secs(1).checked_div(rate);
        Rates {
            buckets: Mutex::new(LruCache::new(REMEMBERED)),
            each,
            room: SAVED.max(each.unwrap_or_default() * BATCH),
            secret: RandomState::new(),
            begin: Instant::now(),
        }
    }

    /// Takes room for some events, or says how long to wait for it.
    pub(crate) fn take(&self, address: Option<IpAddr>, events: u32) -> Result<(), Duration> {
        self.take_at(address, events, self.begin.elapsed())
    }

    fn take_at(&self, address: Option<IpAddr>, events: u32, now: Duration) -> Result<(), Duration> {
        let (Some(each), Some(address)) = (self.each, address) else {
            return Ok(());
        };
        let bucket = self.secret.hash_one(network(address));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = buckets.get(&bucket).copied().unwrap_or_default().max(now) + each * events;
        match empty.checked_sub(now + self.room) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                buckets.put(bucket, empty);
                Ok(())
            }
        }
    }
}

/// What one household or machine has of addresses: all of the last 64 bits of IPv6 (RFC 4291, 2.5.4).
pub(crate) fn network(address: IpAddr) -> [u8; 8] {
    let mut network = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(address) => network[4..].copy_from_slice(&address.octets()),
        IpAddr::V6(address) => network.copy_from_slice(&address.octets()[..8]),
    }
    network
}

/// Who asks: the peer or, behind so many proxies of the operator's own, what the outermost of them wrote down. What stands
/// further left in `X-Forwarded-For` anybody can have written.
pub(crate) fn address(peer: Option<SocketAddr>, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let peer = peer.map(|it| it.ip());
    if proxies == 0 {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&str> = lines.filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(',')).collect();
    let hop = hops.len().checked_sub(proxies).and_then(|at| hops.get(at));
    hop.and_then(|it| read(it.trim())).or(peer)
}

/// An address, with or without a port.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse().ok().map(|it: SocketAddr| it.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    const fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    #[test]
    fn what_flows_in_flows_out_again() {
        let rates = Rates::new(50);
        let one = ip("192.0.2.1");
        for _ in 0..500 {
            assert_eq!(rates.take_at(one, 1, ms(0)), Ok(()));
        }
        assert_eq!(rates.take_at(one, 1, ms(0)), Err(ms(20)));
        assert_eq!(rates.take_at(one, 64, ms(0)), Err(ms(1280)));
        // Others have buckets of their own; in time there is room again, and not more than there ever was.
        assert_eq!(rates.take_at(ip("192.0.2.2"), 64, ms(0)), Ok(()));
        assert_eq!(rates.take_at(one, 1, ms(20)), Ok(()));
        assert_eq!(rates.take_at(one, 1, ms(20)), Err(ms(20)));
        assert_eq!(rates.take_at(one, 500, ms(60_000)), Ok(()));
        assert_eq!(rates.take_at(one, 1, ms(60_000)), Err(ms(20)));
    }

    #[test]
    fn a_batch_always_fits_and_no_limit_is_none() {
        let rates = Rates::new(1);
        assert_eq!(rates.take_at(ip("192.0.2.1"), 64, ms(0)), Ok(()));
        assert_eq!(rates.take_at(ip("192.0.2.1"), 1, ms(0)), Err(ms(1000)));
        assert_eq!(rates.take_at(None, 1000, ms(0)), Ok(()), "who is not known has no bucket");
        assert_eq!(Rates::new(0).take_at(ip("192.0.2.1"), 100_000, ms(0)), Ok(()));
    }

    #[test]
    fn a_network_is_one() {
        let rates = Rates::new(50);
        assert_eq!(rates.take_at(ip("2001:db8:0:1::1"), 500, ms(0)), Ok(()));
        assert!(rates.take_at(ip("2001:db8:0:1:ffff::2"), 1, ms(0)).is_err());
        assert_eq!(rates.take_at(ip("2001:db8:0:2::1"), 500, ms(0)), Ok(()));
        assert_eq!(rates.take_at(ip("192.0.2.1"), 500, ms(0)), Ok(()));
        assert!(rates.take_at(ip("::ffff:192.0.2.1"), 1, ms(0)).is_err(), "the same address");
    }

    #[test]
    fn memory_has_a_bound() {
        let rates = Rates::new(50);
        for number in 0..200_000_u32 {
            assert_eq!(rates.take_at(Some(IpAddr::V4(number.into())), 1, ms(0)), Ok(()));
        }
        assert_eq!(rates.buckets.lock().expect("a lock").len(), REMEMBERED.get());
    }

    #[test]
    fn only_own_proxies_are_believed() {
        let peer = "10.0.0.1:5".parse().ok();
        let ask = |lines: &[&'static str], proxies| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().expect("a header"));
            }
            address(peer, &headers, proxies).map(|it| it.to_string()).unwrap_or_default()
        };
        let forged = &["6.6.6.6, 192.0.2.7"];
        assert_eq!(ask(forged, 0), "10.0.0.1", "there is no proxy");
        assert_eq!(ask(forged, 1), "192.0.2.7", "what the proxy wrote, not what it was sent");
        assert_eq!(ask(&["6.6.6.6", "192.0.2.7,10.0.0.2"], 2), "192.0.2.7", "in one line or in two");
        assert_eq!(ask(forged, 3), "10.0.0.1", "fewer hops than there have to be");
        assert_eq!(ask(&[], 1), "10.0.0.1");
        for (written, read) in [
            ("192.0.2.7:1234", "192.0.2.7"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("unknown", "10.0.0.1"),
        ] {
            assert_eq!(ask(&[written], 1), read);
        }
    }
}
