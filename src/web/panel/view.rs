//! What the loader gives the panel: the document, the texts, the state, and a way to decide.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use super::texts::{decimal, fill};
use crate::consent::{Note, Rule, State, Verdict};
use crate::policy::{Key, Policy};

/// The loader's view of the page.
#[derive(Debug)]
pub(crate) struct View {
    given: JsValue,
    pub(super) css: String,
    pub(super) lang: String,
    pub(super) dir: String,
    plan: String,
    state: String,
    region: String,
    regime: String,
}

/// A member of an object; undefined where there is none.
pub(super) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// A text of an object; empty where there is none.
pub(super) fn text(of: &JsValue, name: &str) -> String {
    get(of, name).as_string().unwrap_or_default()
}

/// A whole number of an object.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked documents"
)]
pub(super) fn number(of: &JsValue, name: &str) -> Option<u32> {
    get(of, name).as_f64().map(|it| it as u32)
}

/// The items of a list in an object.
pub(super) fn list(of: &JsValue, name: &str) -> Vec<JsValue> {
    match get(of, name).dyn_into::<Array>() {
        Ok(items) => items.iter().collect(),
        Err(_) => Vec::new(),
    }
}

impl View {
    pub(super) fn read(given: &JsValue) -> Option<View> {
        Object::try_from(given)?;
        Some(View {
            css: text(given, "css"),
            lang: text(given, "lang"),
            dir: text(given, "dir"),
            plan: text(given, "plan"),
            state: text(given, "state"),
            region: text(given, "region"),
            regime: text(given, "regime"),
            given: given.clone(),
        })
    }

    /// A member that the loader gave.
    pub(super) fn member(&self, name: &str) -> JsValue {
        get(&self.given, name)
    }

    /// A text that the loader gave; empty where there is none.
    pub(super) fn word(&self, name: &str) -> String {
        text(&self.given, name)
    }

    pub(super) fn policy(&self) -> Policy<'_> {
        let (region, regime) = (self.region.as_bytes(), self.regime.as_bytes());
        Policy::read(self.plan.as_bytes(), region, regime).unwrap_or_default()
    }

    pub(super) fn asks_first(&self) -> bool {
        self.policy().regime.asks_first()
    }

    /// A text of the package: `panel.title`.
    pub(super) fn say(&self, group: &str, key: &str) -> String {
        text(&get(&self.member("ui"), group), key)
    }

    /// The same with values.
    pub(super) fn say_with(&self, group: &str, key: &str, values: &[(&str, &str)]) -> String {
        fill(&self.say(group, key), values, self.dir == "rtl")
    }

    /// A text of the policy: `purposes.analytics.title`.
    pub(super) fn own(&self, group: &str, key: &str, name: &str) -> String {
        text(&get(&get(&self.member("texts"), group), key), name)
    }

    /// The verdict on a purpose or service.
    pub(super) fn verdict(&self, key: &str) -> Verdict {
        let ask: Function = self.member("verdict").unchecked_into();
        let packed = ask.call1(&JsValue::NULL, &key.into());
        let packed = packed.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a packed number"
        )]
        let [verdict, ..] = (packed as u32).to_le_bytes();
        Verdict(verdict)
    }

    /// When a purpose or service was decided on, as a person writes it.
    fn date(&self, key: &str) -> String {
        let policy = self.policy();
        let state = State::read(self.state.as_bytes());
        let purpose = match policy.find(key.as_bytes()) {
            Key::Item(at) => policy.item(policy.item(at).purpose).key,
            _ => b"",
        };
        let choice = state.choice(key.as_bytes()).or_else(|| state.choice(purpose));
        let at = choice.map_or(0, |(_, head)| head.at);
        let date = Date::new(&(f64::from(at) * 1000.0).into());
        let options = Object::new();
        let _ = Reflect::set(&options, &"dateStyle".into(), &"long".into());
        date.to_locale_date_string(&self.lang, &options).into()
    }

    /// Why something is on or off.
    pub(super) fn reason(&self, key: &str, verdict: Verdict) -> String {
        let is = |note: Note| verdict.note() == note as u8;
        let signal = self.member("signal").is_truthy();
        let sharing = match self.policy().find(key.as_bytes()) {
            Key::Item(at) => self.policy().item(at).is(crate::policy::flags::SHARING),
            _ => false,
        };
        let word = if verdict.is_by(Rule::Essential) {
            "essential"
        } else if verdict.is_by(Rule::Never) {
            "never"
        } else if verdict.is_by(Rule::Organisation) {
            "organisation"
        } else if verdict.is_by(Rule::Minor) {
            "minor"
        } else if verdict.is_by(Rule::OptOutSignal) {
            "opt-out-signal"
        } else if is(Note::Granted) && signal && sharing {
            "against-signal"
        } else if is(Note::Granted) {
            "granted"
        } else if self.is_asked_again(key) {
            // Devices disagree; or it was allowed by an account for which this device decides no more.
            let disputed = get(&self.member("disputed"), key).is_truthy();
            if disputed { "disputed" } else { "undecided" }
        } else if is(Note::Refused) {
            "refused"
        } else if verdict.allowed() {
            "default"
        } else if is(Note::Lapsed) {
            "lapsed"
        } else if is(Note::Revised) {
            "revised"
        } else if is(Note::NewService) {
            "new-service"
        } else if is(Note::Undecided) {
            "undecided"
        } else {
            "failure"
        };
        self.say_with("reason", word, &[("date", &self.date(key))])
    }

    /// Whether the state refuses a key and has it asked again.
    fn is_asked_again(&self, key: &str) -> bool {
        let state = State::read(self.state.as_bytes());
        state.choice(key.as_bytes()).is_some_and(|(entry, _)| entry.sign == b'*')
    }

    /// How long something is kept: `{days}`, `{while}` or `{while, thenDays}`.
    pub(super) fn kept(&self, of: &JsValue) -> String {
        let of = get(of, "retention");
        let base = match (number(&of, "days"), text(&of, "while").as_str()) {
            (Some(days), _) => self.days(days),
            (None, "session") => self.say("panel", "whileSession"),
            (None, "account") => self.say("panel", "whileAccount"),
            (None, "choice") => self.say("panel", "whileChoice"),
            _ => String::new(),
        };
        match number(&of, "thenDays") {
            Some(days) => {
                let days = self.days(days);
                self.say_with("panel", "then", &[("while", &base), ("days", &days)])
            }
            None => base,
        }
    }

    /// A number of days.
    pub(super) fn days(&self, days: u32) -> String {
        let key = if days == 1 { "day" } else { "days" };
        self.say_with("panel", key, &[("count", &decimal(days))])
    }

    /// Takes a decision: `a` accepts, `r` refuses everything, anything else is picks.
    pub(super) fn decide(&self, picks: &str, event: &JsValue) {
        let decide: Function = self.member("decide").unchecked_into();
        let _ = decide.call2(&JsValue::NULL, &picks.into(), event);
    }
}

impl View {
    /// The name of a country in the language of the panel.
    pub(super) fn country(&self, code: &str) -> String {
        let say: Function = self.member("country").unchecked_into();
        let name = say.call1(&JsValue::NULL, &code.into());
        name.ok().and_then(|it| it.as_string()).unwrap_or_else(|| code.into())
    }

    /// Whether the services of a purpose are chosen one by one.
    pub(super) fn embeds(&self, purpose: &str) -> bool {
        let mut purposes = list(&self.member("document"), "purposes").into_iter();
        purposes
            .find(|it| text(it, "key") == purpose)
            .is_some_and(|it| get(&it, "embeds").is_truthy())
    }
}
