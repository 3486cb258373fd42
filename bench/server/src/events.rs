//! Events as devices would send them: three of ten come from devices that were never there before, the others from
//! any of those that were.

use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::consent::{Act, Source};
use mixus_privacy::ledger::{Choices, Event, Hash, Kind, NOTHING, Subject};
use mixus_privacy::policy::Model;

/// How many events make up a year: what is there before the clock runs was made over one.
const YEAR: u64 = 31_536_000;

/// A device with its chain so far.
#[derive(Clone, Debug)]
struct Device {
    key: [u8; 32],
    made: u64,
    seq: u32,
    prev: Hash,
}

/// Everything that devices have decided, in its order; the same in every run.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    devices: Vec<Device>,
    /// How many events there were.
    pub count: u64,
    random: u64,
    now: u64,
    /// How many events the year before now has.
    spread: u64,
}

impl Stream {
    /// A stream whose first `spread` events were made over the year before `now`, in seconds since 1970, and the others then.
    pub(crate) fn new(now: u64, spread: u64) -> Stream {
        Stream {
            devices: Vec::new(),
            count: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            now,
            spread,
        }
    }

    /// xorshift64*
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % bound.max(1)
    }

    /// The next event, and the number of its device. Without a signature it is only good for filling a store.
    pub(crate) fn next(&mut self, signed: bool) -> (u64, String) {
        let left = self.spread.saturating_sub(self.count);
        let at = self.now - (YEAR * left).checked_div(self.spread).unwrap_or(0);
        self.count += 1;
        let number = if self.devices.is_empty() || self.below(10) < 3 {
            let number = self.devices.len() as u64;
            self.devices.push(Device {
                key: secret(number).verifying_key().to_bytes(),
                made: at,
                seq: 0,
                prev: NOTHING,
            });
            number
        } else {
            self.below(self.devices.len() as u64)
        };
        let device = &mut self.devices[number as usize];
        device.seq += 1;
        let granted = device.seq % 2 == 1;
        let mut nonce = [3; 16];
        nonce[..8].copy_from_slice(&u64::from(device.seq).to_le_bytes());
        nonce[8..].copy_from_slice(&number.to_le_bytes());
        let mut event = Event {
            acct: "",
            act: if granted { Act::AcceptAll } else { Act::WithdrawAll },
            at,
            dev: number.to_be_bytes(),
            exp: at + 15_552_000,
            gpc: false,
            grant: Choices(if granted {
                r#"{"analytics":1,"preferences":1,"social":1,"support-chat":1}"#
            } else {
                r#"{"analytics":0,"preferences":0,"social":0,"support-chat":0}"#
            }),
            hlc: (at * 1000) << 16,
            lang: "en",
            model: Model::OptIn,
            nonce,
            notice: [9; 32],
            version: "2026-11-01",
            key: device.key,
            prev: device.prev,
            regime: "gdpr",
            region: "DE",
            seen: 0,
            seq: device.seq.into(),
            sig: [0; 64],
            src: Source::Banner,
            sub: Subject::of(&device.key, device.made),
            svc: Choices(if granted {
                r#"{"plausible":1,"sentry":1}"#
            } else {
                r#"{"plausible":0,"sentry":0}"#
            }),
            kind: if granted { Kind::Decision } else { Kind::Withdraw },
            ui: [3; 32],
        };
        device.prev = event.hash();
        if signed {
            event.sig = secret(number).sign(event.unsigned().as_bytes()).to_bytes();
        }
        (number, event.canonical())
    }
}

fn secret(number: u64) -> SigningKey {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&number.to_le_bytes());
    SigningKey::from_bytes(&secret)
}
