//! Checking a document and compiling it to a [plan](super::plan).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::consent_mode::{CONSENT_MODE, CONSENT_MODE_NEVER};
use super::cursor::{Cursor, Kind, each, flag, may, need, number, text, within};
use super::details;
use super::fault::Code;
use super::form::{is_key, is_region, is_version};
use super::pattern::{contains, is_pattern};
use super::plan::{Model, Policy, flags};
use super::text::{has_word, put_number, seal};

/// Words that other managers and their users write for the same thing. Which of them stands
/// for a purpose here is the document's to say; the others of the group then do too.
const SYNONYMS: [&[&str]; 6] = [
    &["essential", "necessary", "required", "strictly-necessary", "c0001"],
    &["analytics", "statistics", "measurement", "performance", "c0002"],
    &["preferences", "functionality", "functional", "experience", "c0003"],
    &["advertising", "marketing", "targeting", "advertisement", "ads", "c0004"],
    &["social", "social-media", "c0005"],
    &["support-chat", "support", "chat"],
];

/// How long a decision may hold at most, in days: 13 months (requirement L29).
const LONGEST_DAYS: u16 = 395;
/// How long a decision holds, and no new question is asked, unless the document says
/// otherwise, in days: 6 months (L28, L29).
const USUAL_DAYS: u16 = 182;
/// How many purposes and services a document may have: more than that, nobody decides on.
const MOST_PURPOSES: usize = 32;
const MOST_SERVICES: usize = 256;
/// How long a plan may be: what the boot module has room for.
const MOST_BYTES: usize = 48_000;

/// Checks a policy document and compiles it. `hash` is the SHA-256 of its canonical form,
/// base64url.
///
/// Every fault goes to the cursor; the plan is usable only if none of them refuses the
/// document. Shapes and units are those of `policy.schema.json`; beyond them keys and aliases
/// are unique, what is named exists, no service lives on the never-list, and the fallback is
/// the strictest regime.
pub fn compile<C: Cursor>(at: &mut C, hash: &str) -> String {
    let mut writer = Writer::default();
    if !need(at, "", Kind::Object) {
        return String::new();
    }
    writer.document(at, hash);
    if writer.plan.len() > MOST_BYTES {
        at.fault(Code::TooMany, "");
    }
    let mut plan = writer.plan.into_bytes();
    seal(&mut plan);
    let policy = Policy::read(&plan, b"", b"").unwrap_or_default();
    details::read(at, &policy, &writer.regimes);
    String::from_utf8(plan).unwrap_or_default()
}

/// The line of a purpose, service or never-list entry, before its names are complete.
struct Row {
    head: String,
    names: String,
    hosts: Option<String>,
}

#[derive(Default)]
struct Writer {
    rows: Vec<Row>,
    plan: String,
    /// Every key and alias so far: none may stand for two things.
    names: String,
    /// The keys, flags and revisions of the purposes.
    purposes: Vec<(String, u32, u32)>,
    services: usize,
    /// The host patterns of the never-list.
    never: String,
    regimes: String,
    /// Every region that a regime claims.
    regions: String,
    usual_days: u16,
    /// The strictest of everything that the regimes say.
    parent_age: u16,
    opt_in_age: u16,
    validity_days: u16,
}

/// Appends a separator and a text.
fn put(line: &mut String, text: &str) {
    line.push('|');
    line.push_str(text);
}

/// Numbers of fixed width: value and width.
fn digits(numbers: &[(u32, u32)]) -> String {
    let mut out = Vec::new();
    for (number, width) in numbers {
        put_number(&mut out, *number, *width);
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Appends a word to a list that is joined by blanks.
fn push_word(list: &mut String, word: &str) {
    if !list.is_empty() {
        list.push(' ');
    }
    list.push_str(word);
}

fn has(list: &str, word: &str) -> bool {
    has_word(list.as_bytes(), word.as_bytes())
}

impl Writer {
    /// Adds a line: its kind and numbers, then its texts.
    fn line(&mut self, head: &str, texts: &[&str]) {
        if !self.plan.is_empty() {
            self.plan.push('\n');
        }
        self.plan.push_str(head);
        for text in texts {
            put(&mut self.plan, text);
        }
    }

    fn document<C: Cursor>(&mut self, at: &mut C, hash: &str) {
        if need(at, "format", Kind::Number) && at.number("format") != 1 {
            at.fault(Code::Format, "format");
        }
        let version = text(at, "version", is_version, Code::Version);
        let mut ceiling = String::new();
        within(at, "ceiling", &mut |at| {
            each(at, "deny", &mut |at| push_word(&mut ceiling, &text(at, "", is_key, Code::Key)));
        });
        self.line("1", &[&version, hash, &ceiling]);
        let mut never = Vec::new();
        // The never-list first: purposes and services may not take its names.
        each(at, "never", &mut |at| {
            let names = self.named(at);
            let hosts = hosts(at);
            push_word(&mut self.never, &hosts);
            never.push(Row {
                head: "n".into(),
                names,
                hosts: Some(hosts),
            });
        });
        need(at, "purposes", Kind::List);
        let mut essential = 0;
        each(at, "purposes", &mut |at| essential += self.purpose(at));
        if essential != 1 {
            at.fault(Code::Essential, "purposes");
        }
        each(at, "services", &mut |at| self.service(at));
        if self.purposes.len() > MOST_PURPOSES || self.services > MOST_SERVICES {
            at.fault(Code::TooMany, "");
        }
        within(at, "ceiling", &mut |at| {
            each(at, "deny", &mut |at| {
                if !has(&self.names, &at.text("")) {
                    at.fault(Code::UnknownKey, "");
                }
            });
        });
        self.rows.append(&mut never);
        self.synonyms();
        for row in core::mem::take(&mut self.rows) {
            match &row.hosts {
                Some(hosts) => self.line(&row.head, &[&row.names, hosts]),
                None => self.line(&row.head, &[&row.names]),
            }
        }
        self.law(at);
    }

    /// Reads `key` and `aliases` and sees to it that each stands for one thing only.
    fn named<C: Cursor>(&mut self, at: &mut C) -> String {
        let mut names = String::new();
        self.name(at, &mut names, "key", Code::DuplicateKey);
        each(at, "aliases", &mut |at| self.name(at, &mut names, "", Code::AmbiguousKey));
        names
    }

    fn name<C: Cursor>(&mut self, at: &mut C, names: &mut String, member: &str, twice: Code) {
        let name = text(at, member, is_key, Code::Key);
        if has(&self.names, &name) {
            at.fault(twice, member);
        }
        push_word(&mut self.names, &name);
        push_word(names, &name);
    }

    /// The answer is 1 for an essential purpose.
    fn purpose<C: Cursor>(&mut self, at: &mut C) -> u32 {
        let names = self.named(at);
        let mut set = 0;
        for (name, bit) in [
            ("essential", flags::ESSENTIAL),
            ("sharing", flags::SHARING),
            ("explicit", flags::EXPLICIT),
            ("closed", flags::CLOSED),
        ] {
            if flag(at, name) {
                set |= bit;
            }
            if set & flags::ESSENTIAL != 0 && bit != flags::ESSENTIAL && at.kind(name) != Kind::Absent {
                at.fault(Code::EssentialOptional, name);
            }
        }
        let mut types = 0_u32;
        each(at, "consentMode", &mut |at| {
            need(at, "", Kind::Text);
            let word = at.text("");
            match CONSENT_MODE.iter().position(|it| *it == word) {
                Some(bit) => types |= 1 << bit,
                None if CONSENT_MODE_NEVER.contains(&word.as_str()) => {
                    at.fault(Code::ConsentModeAds, "");
                }
                None => at.fault(Code::ConsentMode, ""),
            }
        });
        let revision = u32::from(number(at, "revision", 1, 31, 1));
        let head = digits(&[(set, 1), (revision, 1), (types, 1)]);
        let key = names.split(' ').next().unwrap_or("");
        self.purposes.push((key.into(), set, revision));
        self.rows.push(Row {
            head: format!("p{head}"),
            names,
            hosts: None,
        });
        set & flags::ESSENTIAL
    }

    fn service<C: Cursor>(&mut self, at: &mut C) {
        let names = self.named(at);
        let purpose = self.purpose_named(at);
        let hosts = hosts(at);
        at.enter("hosts");
        for (which, host) in hosts.split(' ').enumerate() {
            let mut never = self.never.split(' ').filter(|it| !it.is_empty());
            if !host.is_empty() && never.any(|it| contains(it, host)) {
                at.item(which);
                at.fault(Code::NeverHost, "");
                at.leave();
            }
        }
        at.leave();
        let of = self.purposes.get(purpose as usize);
        let (set, above) = of.map_or((0, 1), |(_, set, revision)| (*set, *revision));
        // A purpose that has become another asks for its services too: what they were allowed
        // to serve is no longer what they would serve.
        let revision = u32::from(number(at, "revision", 1, 31, 1)) + above - 1;
        if revision > 31 {
            at.fault(Code::Range, "revision");
        }
        let head = digits(&[(set, 1), (revision, 1), (purpose, 1)]);
        self.rows.push(Row {
            head: format!("s{head}"),
            names,
            hosts: Some(hosts),
        });
        self.services += 1;
    }

    /// The place of the purpose that the member `purpose` names.
    fn purpose_named<C: Cursor>(&self, at: &mut C) -> u32 {
        let key = text(at, "purpose", is_key, Code::Key);
        let found = self.purposes.iter().position(|(it, ..)| *it == key);
        if found.is_none() && !key.is_empty() {
            at.fault(Code::UnknownPurpose, "purpose");
        }
        found.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
    }

    /// Gives every item the names that others use for it, as far as they are free.
    fn synonyms(&mut self) {
        for group in SYNONYMS {
            let mut rows = self.rows.iter_mut();
            let Some(row) = rows.find(|row| group.iter().any(|it| has(&row.names, it))) else {
                continue;
            };
            for name in group {
                if !has(&self.names, name) {
                    push_word(&mut self.names, name);
                    push_word(&mut row.names, name);
                }
            }
        }
    }

    fn law<C: Cursor>(&mut self, at: &mut C) {
        self.usual_days = USUAL_DAYS;
        within(at, "validity", &mut |at| {
            self.usual_days = number(at, "days", 1, LONGEST_DAYS, USUAL_DAYS);
        });
        self.validity_days = LONGEST_DAYS;
        let fallback = text(at, "fallback", is_key, Code::Key);
        let mut last = None;
        need(at, "regimes", Kind::List);
        each(at, "regimes", &mut |at| {
            let (key, head, texts, strict) = self.regime(at);
            if key == fallback && !key.is_empty() {
                last = Some((key, head, texts, strict));
            } else {
                self.line(&head, &[&key, &texts.0, &texts.1]);
            }
        });
        match last {
            None if fallback.is_empty() => {}
            None => at.fault(Code::UnknownRegime, "fallback"),
            // Unknown regions get the strictest of everything, and the document cannot say
            // otherwise.
            Some((key, head, texts, strict)) => {
                if strict != Some((self.parent_age, self.opt_in_age, self.validity_days)) {
                    at.fault(Code::LaxFallback, "fallback");
                }
                self.line(&head, &[&key, &texts.0, &texts.1]);
            }
        }
    }

    /// The key of a regime, the head of its line, its regions and exceptions and, where it
    /// asks before everything and honours signals, its ages and days.
    #[allow(clippy::type_complexity, reason = "the parts of one line")]
    fn regime<C: Cursor>(
        &mut self,
        at: &mut C,
    ) -> (String, String, (String, String), Option<(u16, u16, u16)>) {
        let key = text(at, "key", is_key, Code::Key);
        if has(&self.regimes, &key) {
            at.fault(Code::DuplicateKey, "key");
        }
        push_word(&mut self.regimes, &key);
        let mut regions = String::new();
        each(at, "regions", &mut |at| {
            let region = text(at, "", is_region, Code::Region);
            if has(&self.regions, &region) {
                at.fault(Code::DuplicateRegion, "");
            }
            push_word(&mut self.regions, &region);
            push_word(&mut regions, &region);
        });
        let usual = model(at);
        let mut exceptions = String::new();
        each(at, "exceptions", &mut |at| {
            need(at, "", Kind::Object);
            let purpose = self.purpose_named(at);
            let exception = digits(&[(purpose, 1), (model(at) as u32, 1)]);
            push_word(&mut exceptions, &exception);
        });
        let gpc = flag(at, "gpc");
        let choices_link = flag(at, "choicesLink");
        let (mut parent_age, mut opt_in_age) = (0, 0);
        within(at, "minors", &mut |at| {
            parent_age = number(at, "parent", 0, 18, 0);
            opt_in_age = number(at, "optIn", 0, 18, 0);
        });
        let validity_days = number(at, "validityDays", 1, LONGEST_DAYS, self.usual_days);
        let quiet_days = number(at, "quietDays", USUAL_DAYS, LONGEST_DAYS, USUAL_DAYS);
        self.parent_age = self.parent_age.max(parent_age);
        self.opt_in_age = self.opt_in_age.max(opt_in_age);
        self.validity_days = self.validity_days.min(validity_days);
        let set = u32::from(gpc) * flags::GPC + u32::from(choices_link) * flags::CHOICES_LINK;
        let head = digits(&[
            (usual as u32, 1),
            (set, 1),
            (parent_age.into(), 1),
            (opt_in_age.into(), 1),
            (validity_days.into(), 2),
            (quiet_days.into(), 2),
        ]);
        let strict = usual == Model::OptIn && exceptions.is_empty() && gpc;
        let strict = strict.then_some((parent_age, opt_in_age, validity_days));
        (key, format!("r{head}"), (regions, exceptions), strict)
    }
}

fn hosts<C: Cursor>(at: &mut C) -> String {
    let mut hosts = String::new();
    each(at, "hosts", &mut |at| {
        push_word(&mut hosts, &text(at, "", is_pattern, Code::Host));
    });
    hosts
}

fn model<C: Cursor>(at: &mut C) -> Model {
    if at.kind("model") == Kind::Absent {
        at.fault(Code::Missing, "model");
    } else if may(at, "model", Kind::Text) {
        match Model::parse(&at.text("model")) {
            Some(model) => return model,
            None => at.fault(Code::Model, "model"),
        }
    }
    Model::OptIn
}
