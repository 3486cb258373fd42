//! Signed events in the browser: what is to be signed, what they add up to, and what is sent next.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::consent::{Act, Head, Slip, Source, dispute, entries};
use crate::ledger::{
    Checkpoint, Choices, Entry, Event, Hash, Id, Kind, NOTHING, Scope, Subject, beside, bytes, fold,
    hexadecimal, imposed, is_consistent, key_id, read_verifier_key, text, with_signature, without_signature,
};
use crate::policy::{Key, Object, Policy};
use crate::sync::{Change, Outbox, Outcome, Step, asking as question};

/// What a device knows of itself, a line each: its id, its public key, its subject, the account for which
/// it decides, the number and the hash of its last event, what it has merged, its clock.
struct Device<'a> {
    dev: [u8; 8],
    key: [u8; 32],
    sub: Subject,
    acct: &'a str,
    seq: u64,
    prev: [u8; 32],
    seen: u64,
    hlc: u64,
}

impl<'a> Device<'a> {
    fn read(text: &'a str) -> Option<Device<'a>> {
        let mut lines = text.split('\n');
        let mut line = || lines.next();
        Some(Device {
            dev: bytes(line()?)?,
            key: bytes(line()?)?,
            sub: Subject::parse(line()?)?,
            acct: line()?,
            seq: line()?.parse().ok()?,
            prev: bytes(line()?).unwrap_or(NOTHING),
            seen: line()?.parse().ok()?,
            hlc: u64::from_str_radix(line()?, 16).unwrap_or(0),
        })
    }
}

/// The name of a key that was made at a time, in seconds since 1970.
pub(crate) fn subject(key: &[u8], at: f64) -> Option<String> {
    Some(Subject::of(key.try_into().ok()?, whole(at)).text())
}

/// A time as it comes from JavaScript.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are positive and below 2^53"
)]
fn whole(time: f64) -> u64 {
    time as u64
}

/// What a device has to sign for a slip or for a word about itself (`link`, `unlink`, `erase`): the event's canonical
/// form without a signature, and the device's clock after it. `shown` is the hash of what was shown; empty where
/// nothing was. Nothing for a slip that is damaged.
pub(crate) fn draft(
    what: &str,
    plan: &str,
    place: &str,
    device: &str,
    shown: &str,
    nonce: &[u8],
    now: f64,
) -> Option<String> {
    let device = Device::read(device)?;
    let kind = Kind::ALL.iter().copied().find(|it| it.as_str() == what);
    let slip = Slip::read(what.as_bytes());
    if kind.is_none() && slip.is_none() {
        return None;
    }
    let (region, forced) = place.split_once(' ').unwrap_or((place, ""));
    let policy = Policy::read(plan.as_bytes(), region.as_bytes(), forced.as_bytes())?;
    let said = |bytes| core::str::from_utf8(bytes).unwrap_or("");
    let head = slip.map_or(Head::default(), |it| Head::read(it.group()));
    let at = slip.map_or_else(|| whole(now), |_| head.at.into());
    let act = slip.map_or(Some(Act::Custom), Slip::act)?;
    let (grant, svc) = slip.map_or_else(|| ("{}".into(), "{}".into()), |it| choices(it, &policy));
    // Never behind what was written before, whatever the clock does (Kulkarni et al. 2014, hybrid logical clocks).
    let hlc = ((at * 1000) << 16).max(device.hlc + 1);
    let event = Event {
        acct: device.acct,
        act,
        at,
        dev: device.dev,
        exp: slip.map_or(at, |_| head.until.into()),
        gpc: head.gpc,
        grant: Choices(&grant),
        hlc,
        lang: slip.map_or("en", Slip::lang),
        model: slip.map_or(Some(policy.regime.model()), Slip::model)?,
        nonce: nonce.try_into().ok()?,
        notice: bytes(slip.map_or(said(policy.hash()), Slip::hash)).unwrap_or(NOTHING),
        version: slip.map_or(said(policy.version()), |it| said(it.version())),
        key: device.key,
        prev: device.prev,
        regime: slip.map_or(said(policy.regime.key()), Slip::regime),
        region: slip.map_or(region, Slip::region),
        seen: device.seen,
        seq: device.seq + 1,
        sig: [0; 64],
        src: slip.map_or(Some(Source::Api), Slip::source)?,
        sub: device.sub,
        svc: Choices(&svc),
        kind: kind.unwrap_or(if act == Act::WithdrawAll { Kind::Withdraw } else { Kind::Decision }),
        ui: bytes(shown).unwrap_or(NOTHING),
    };
    Some(format!("{}\n{}", hexadecimal(hlc), event.unsigned()))
}

/// The slip that has to follow a slip in the chain, so that nothing stands that another tab refused side by side with it;
/// `others` are those that were signed before, a line each.
pub(crate) fn disputed(slip: &str, others: &str) -> Option<String> {
    let others: Vec<Slip<'_>> = others.lines().filter_map(|it| Slip::read(it.as_bytes())).collect();
    String::from_utf8(dispute(Slip::read(slip.as_bytes())?, &others)?).ok()
}

/// What a slip says of purposes, and of services.
fn choices(slip: Slip<'_>, policy: &Policy<'_>) -> (String, String) {
    let mut lists: [Vec<(&[u8], bool)>; 2] = Default::default();
    for entry in entries(slip.group()) {
        let service = matches!(policy.find(entry.key()), Key::Item(at) if !policy.item(at).is_purpose());
        let [purposes, services] = &mut lists;
        if service { services } else { purposes }.push((entry.name, entry.granted()));
    }
    let [grant, svc] = lists.map(|mut list| {
        list.sort_unstable();
        list.dedup_by_key(|(name, _)| *name);
        let mut out = Object::default();
        for (name, granted) in list {
            out.number(core::str::from_utf8(name).unwrap_or(""), granted.into());
        }
        out.end()
    });
    (grant, svc)
}

/// The event with its signature, its id and its hash, a line each; nothing if it is none.
pub(crate) fn sealed(unsigned: &str, signature: &[u8]) -> Option<String> {
    let whole = with_signature(unsigned, signature.try_into().ok()?);
    let event = Event::read(&whole).ok()?;
    let hash = event.hash();
    Some(format!("{whole}\n{}\n{}", Id::of(event.hlc, &hash).text(), text(&hash)))
}

/// What has to be checked of an event from elsewhere: its id, subject, key, signature and what that is over, a
/// line each; nothing if it is no event.
pub(crate) fn opened(text_: &str) -> Option<String> {
    let event = Event::read(text_).ok()?;
    let unsigned = without_signature(text_);
    let parts = [
        event.id().text(),
        event.sub.text(),
        text(&event.key),
        text(&event.sig),
        unsigned,
    ];
    Some(parts.join("\n"))
}

/// What a state becomes with these events: each on a line of its own behind its place in the log, or `-`, and behind its
/// place among what this browser made, or 0. Empty if it stays as it is; the keys on which they disagree come behind
/// the state.
pub(crate) fn merged(
    events: &str,
    dev: &str,
    acct: &str,
    local: &str,
    version: &str,
    slips: &str,
) -> Option<String> {
    let dev = bytes(dev)?;
    let mut all = Vec::new();
    let mut own = Vec::new();
    for line in events.lines() {
        let mut parts = line.splitn(3, ' ');
        let (index, place, text) = (parts.next()?, parts.next()?, parts.next()?);
        // What cannot be read has nothing to say: a newer version of this package may have written it.
        let Ok(event) = Event::read(text) else { continue };
        let entry = Entry::new(event, index.parse().ok());
        match place.parse() {
            Ok(place @ 1_u64..) => own.push((place, entry)),
            _ => all.push(entry),
        }
    }
    all.extend(under_one_name(own, dev));
    let scope = Scope { dev, acct };
    let standings = fold(&all, scope);
    let slips = slips.lines().filter_map(|it| Slip::read(it.as_bytes()));
    let numbers: Vec<u32> = slips.map(|it| Head::read(it.group()).seq).collect();
    let whole = beside(local.as_bytes(), &all, scope, standings.clone(), &numbers);
    let above = numbers.iter().copied().max().unwrap_or(0);
    let state = imposed(local.as_bytes(), &whole, version.as_bytes(), above).unwrap_or_default();
    let mut out = String::from_utf8(state).ok()?;
    for it in standings.iter().filter(|it| it.word == crate::ledger::Word::Conflict) {
        out.push('\n');
        out.push_str(&it.name);
    }
    Some(out)
}

/// What a browser has decided under several names, as if it had had one. For itself it decided in the order in which it
/// did, whatever chains that is in. What it decided for an account stays in the chain in which it is, so that every
/// device of the account sees the same.
fn under_one_name(mut own: Vec<(u64, Entry<'_>)>, dev: [u8; 8]) -> impl Iterator<Item = Entry<'_>> {
    own.sort_by_key(|(place, _)| *place);
    let sub = own.last().map(|(_, it)| it.event.sub);
    let mut last = NOTHING;
    own.into_iter().map(move |(place, mut entry)| {
        let event = &mut entry.event;
        if event.acct.is_empty() || event.seq == 1 {
            event.prev = last;
        }
        if event.acct.is_empty() {
            last = entry.hash;
        }
        event.seq = place;
        event.dev = dev;
        event.sub = sub.unwrap_or(event.sub);
        entry
    })
}

/// How many entries a log had when it signed a note; nothing if it is none.
#[allow(clippy::cast_precision_loss, reason = "a log does not have 2^53 entries")]
pub(crate) fn size(note: &str) -> Option<f64> {
    Some(Checkpoint::read(note)?.0.size as f64)
}

/// Whether a proof, a hash a line, shows that one note's log has become another's by nothing but growing.
pub(crate) fn consistent(before: &str, after: &str, proof: &str) -> bool {
    let read = |note| Checkpoint::read(note).map(|(it, ..)| it);
    let (Some(before), Some(after)) = (read(before), read(after)) else {
        return false;
    };
    let proof: Option<Vec<Hash>> = proof.lines().map(bytes).collect();
    before.origin == after.origin
        && proof.is_some_and(|proof| {
            is_consistent((before.size, &before.root), (after.size, &after.root), &proof)
        })
}

/// What has to be checked of a note by a verifier's key: the public key, the signature and what that is over, a line
/// each; nothing if that key has not signed it.
pub(crate) fn signed(note: &str, key: &str) -> Option<String> {
    let (name, key) = read_verifier_key(key)?;
    let (checkpoint, body, signatures) = Checkpoint::read(note)?;
    let id = key_id(name, &key);
    let found = signatures.into_iter().find(|it| it.name == name && it.id == id)?;
    (checkpoint.origin == name).then(|| [&text(&key), "\n", &text(&found.signature), "\n", body].concat())
}

/// What a subject signs to ask for what is its own, at a time in seconds since 1970.
pub(crate) fn asking(method: &str, path: &str, at: f64) -> String {
    question(method, path, whole(at))
}

/// An outbox from its rows (`number id length`, a line each) and from its pause (`failures until`).
fn outbox(rows: &str, pause: &str) -> Outbox {
    let (failures, until) = pause.split_once(' ').unwrap_or(("0", "0"));
    let mut outbox = Outbox::resumed(failures.parse().unwrap_or(0), until.parse().unwrap_or(0));
    for row in rows.lines() {
        let mut parts = row.split(' ');
        if let (Some(seq), Some(id), Some(length)) = (parts.next(), parts.next(), parts.next())
            && let (Ok(seq), Some(id), Ok(length)) = (seq.parse(), Id::parse(id), length.parse())
        {
            outbox.add(seq, id, length);
        }
    }
    outbox
}

fn pause(outbox: &Outbox) -> String {
    let (failures, until) = outbox.pause();
    format!("{failures} {until}")
}

/// What to do now: `idle`, `wait <time>`, or `send <id> <id>…`.
pub(crate) fn next(rows: &str, pause: &str, now: f64) -> String {
    match outbox(rows, pause).next(whole(now)) {
        Step::Idle => "idle".into(),
        Step::Wait(until) => format!("wait {until}"),
        Step::Send(ids) => ids.iter().fold("send".into(), |out: String, id| out + " " + &id.text()),
    }
}

/// The pause after a failure. `asked` is what the server asked for, in milliseconds; 0 for nothing.
pub(crate) fn failed(before: &str, now: f64, random: f64, asked: f64) -> String {
    let mut outbox = outbox("", before);
    outbox.failed(whole(now), whole(random), (asked > 0.0).then(|| whole(asked)));
    pause(&outbox)
}

/// The pause after an answer, then what has to be written down, a line each: `done <id>`, `dead <id>`, `again <id>`.
/// `outcomes` are lines of an id and `kept`, `gap` or `rejected`.
pub(crate) fn answered(rows: &str, before: &str, outcomes: &str, now: f64, random: f64) -> String {
    let mut outbox = outbox(rows, before);
    let outcomes: Vec<(Id, Outcome)> = outcomes
        .lines()
        .filter_map(|line| {
            let (id, word) = line.split_once(' ')?;
            let outcome = match word {
                "kept" => Outcome::Kept,
                "gap" => Outcome::Gap,
                "rejected" => Outcome::Rejected,
                _ => return None,
            };
            Some((Id::parse(id)?, outcome))
        })
        .collect();
    let changes = outbox.answered(&outcomes, whole(now), whole(random));
    let mut out = pause(&outbox);
    for change in changes {
        let (word, id) = match change {
            Change::Done(id) => ("done", id),
            Change::Dead(id) => ("dead", id),
            Change::Again(id) => ("again", id),
        };
        for part in ["\n", word, " ", &id.text()] {
            out.push_str(part);
        }
    }
    out
}
