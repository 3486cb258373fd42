//! One page: what its calls, clicks and news from other tabs do to it.
//!
//! This is the boot module's machine. It knows no browser: texts and times come in, texts
//! and verdicts go out, and whoever drives it carries out what they say, in this order: what
//! a decision denies is in force when [`Page::decide`] returns; what it grants only after
//! [`Page::commit`], when the record has been stored (promise 4).

mod elements;
#[cfg(test)]
mod tests;
mod text;

pub use text::Text;

use crate::consent::{
    Act, Deed, Person, Purposes, Refusal, Session, Slip, Source, State, Verdict, consent_mode, of, write_slip,
};
use crate::gate::{Judgement, Tag, judge};
use crate::policy::{Key, MOST_ITEMS, Sink, parts, sum};

/// How long a state, a description of elements, or a record with the state that it leads to can
/// be, in bytes: as many items as there can be, with keys as long as they can be.
pub const LONGEST: usize = 31_000;

/// One page with a person before it.
#[derive(Debug)]
pub struct Page<'p> {
    session: Session<'p>,
    state: Text<LONGEST>,
    spare: Text<LONGEST>,
    group: Text<LONGEST>,
    /// The verdicts in force: while a decision is being stored, less than what it allows.
    verdicts: [Verdict; MOST_ITEMS],
    /// The purposes that the banner asks about.
    asked: Purposes,
}

impl<'p> Page<'p> {
    /// A page where nothing has started: everything is denied.
    pub const fn new() -> Page<'p> {
        Page {
            session: Session::NONE,
            state: Text::new(),
            spare: Text::new(),
            group: Text::new(),
            verdicts: [Verdict::FAILURE; MOST_ITEMS],
            asked: 0,
        }
    }

    /// Starts a session.
    pub fn start(&mut self, session: Session<'p>) {
        self.session = session;
    }

    /// The session.
    pub const fn session(&self) -> &Session<'p> {
        &self.session
    }

    /// The state, as it is stored.
    pub fn state(&self) -> &[u8] {
        self.state.written()
    }

    /// Brings the page up to date: at the start, when another tab has decided, after the
    /// back-forward cache, when time has passed. `states` are the copies of the state that
    /// storage and cookies hold, a line each: all of them count, for another tab or subdomain
    /// may have written one, and so does what is known, which they may not have had room for.
    /// `line` is the record of another tab, if that is the news. True when the state has changed.
    pub fn refresh(&mut self, line: &[u8], states: &[u8], now: u32) -> bool {
        let before = sum(self.state.written());
        let version = self.session.policy.version();
        for state in parts(states, b'\n') {
            let read = State::read(state);
            let known = self.state.written();
            if known.is_empty() || State::read(known).damaged {
                if !state.is_empty() {
                    self.state.clear();
                    self.state.put(state);
                }
            } else if !read.damaged {
                for group in read.groups() {
                    Page::take(&mut self.state, &mut self.spare, version, group);
                }
            }
        }
        if let Some(slip) = Slip::read(line)
            && !State::read(self.state.written()).damaged
        {
            Page::take(&mut self.state, &mut self.spare, version, slip.group());
        }
        self.commit(now);
        before != sum(self.state.written())
    }

    /// Adds a group to the state. Of the page only what it needs, for the group may be its own.
    fn take(state: &mut Text<LONGEST>, spare: &mut Text<LONGEST>, version: &[u8], group: &[u8]) {
        spare.clear();
        State::read(state.written()).take(group, version, spare);
        // Not swapped: that would move everything there is room for.
        state.clear();
        state.put(spare.written());
    }

    /// Puts in force what the state allows as of `now`, in seconds since 1970.
    pub fn commit(&mut self, now: u32) {
        self.settle(now, true);
    }

    /// Puts in force what the state denies and, if `grants`, what it allows.
    #[inline(never)]
    fn settle(&mut self, now: u32, grants: bool) {
        let state = State::read(self.state.written());
        for (item, verdict) in self.session.policy.items().zip(&mut self.verdicts) {
            let after = self.session.verdict(state, &item, now);
            if grants || !after.allowed() {
                *verdict = after;
            }
        }
    }

    /// The Consent Mode types that are granted, as bits.
    pub fn types(&self) -> u32 {
        consent_mode(&self.session.policy, &self.verdicts)
    }

    /// May a marked tag run?
    pub fn judge(&self, tag: Tag<'_>) -> Judgement {
        judge(&self.session.policy, &self.verdicts, tag)
    }

    /// The verdict on what a key or alias names.
    pub fn verdict(&self, name: &[u8]) -> (Key, Verdict) {
        let key = self.session.policy.find(name);
        (key, of(&self.verdicts, key))
    }

    /// Takes a decision and writes its record. Accepting and rejecting everything makes its
    /// own picks.
    pub fn decide<S: Sink>(
        &mut self,
        deed: Deed<'_>,
        source: Source,
        now: u32,
        out: &mut S,
    ) -> Result<(), Refusal> {
        let state = State::read(self.state.written());
        let mut act = deed.act;
        let mut picks = deed.picks;
        let accept = act == Act::AcceptAll;
        if accept || act == Act::RejectAll {
            let mut among = u32::MAX;
            if accept {
                among = self.session.offered(&self.verdicts);
            }
            if source == Source::Banner && state.decided() {
                // A question about something new leaves the rest of the decision alone.
                among &= self.asked;
                act = Act::Custom;
            } else if !accept && state.grants() {
                act = Act::WithdrawAll;
            }
            self.spare.clear();
            self.session.picks(among, accept, &mut self.spare);
            picks = self.spare.written();
        }
        self.group.clear();
        let whole = Deed { act, picks, ..deed };
        self.session.group(state, whole, now, &mut self.group)?;
        write_slip(&self.session, self.group.written(), act, source, out);
        Page::take(
            &mut self.state,
            &mut self.spare,
            self.session.policy.version(),
            self.group.written(),
        );
        // What the new state denies is denied at once; what it grants waits for `commit`.
        self.settle(now, false);
        Ok(())
    }

    /// Settles what the person is asked about, and describes the banner or control that
    /// shows it. `forced` shows the banner although nothing has to be asked.
    pub fn show<S: Sink>(&mut self, layout: &[u8], forced: bool, now: u32, out: &mut S) {
        let state = State::read(self.state.written());
        self.asked = self.session.asks(state, &self.verdicts, now);
        if forced && self.asked == 0 {
            self.asked = self.session.offered(&self.verdicts);
        }
        let on = self.session.purposes(&self.verdicts, Verdict::allowed);
        elements::write(layout, &self.session, state, self.asked, on, out);
    }

    /// The purposes that the banner asks about.
    pub const fn asked(&self) -> Purposes {
        self.asked
    }

    /// Whether a person is at work, for a deed.
    pub fn person(trusted: bool) -> Option<Person> {
        Person::at_work(trusted)
    }
}

impl Default for Page<'_> {
    fn default() -> Self {
        Page::new()
    }
}
