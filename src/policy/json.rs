//! Walking `serde_json` values: for native code and tests.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Number, Value};

use super::cursor::{Cursor, Kind};
use super::fault::{Code, Fault, Severity};

/// A place in a `serde_json` document; it collects every fault.
#[derive(Debug)]
pub struct Json<'a> {
    way: Vec<(String, &'a Value)>,
    /// The faults so far.
    pub faults: Vec<Fault>,
}

impl<'a> Json<'a> {
    /// At the root of a document.
    pub fn new(document: &'a Value) -> Json<'a> {
        Json {
            way: [(String::new(), document)].into(),
            faults: Vec::new(),
        }
    }

    /// Whether one of the faults makes the document unusable.
    pub fn refused(&self) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|it| it.code.severity() == Severity::Refuses)
    }

    fn here(&self) -> &'a Value {
        self.way.last().map_or(&Value::Null, |(_, value)| *value)
    }

    fn at(&self, name: &str) -> Option<&'a Value> {
        if name.is_empty() { Some(self.here()) } else { self.here().get(name) }
    }

    fn path(&self, name: &str) -> String {
        let mut path = self.way.last().map_or("", |(path, _)| path).to_owned();
        if !path.is_empty() && !name.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        path
    }
}

/// A whole number within ± 2^53, however it is written: to JavaScript `1.0` is 1.
fn whole(number: &Number) -> Option<i64> {
    let most = 1 << 53;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within 2^53"
    )]
    let from = |it: f64| (it.fract() == 0.0 && it.abs() <= 9_007_199_254_740_992.0).then_some(it as i64);
    let number = number.as_i64().or_else(|| number.as_f64().and_then(from))?;
    (-most..=most).contains(&number).then_some(number)
}

impl Cursor for Json<'_> {
    fn kind(&self, name: &str) -> Kind {
        match self.at(name) {
            None => Kind::Absent,
            Some(Value::String(_)) => Kind::Text,
            Some(Value::Bool(_)) => Kind::Flag,
            Some(Value::Array(_)) => Kind::List,
            Some(Value::Object(_)) => Kind::Object,
            Some(Value::Number(number)) => whole(number).map_or(Kind::Other, |_| Kind::Number),
            Some(Value::Null) => Kind::Other,
        }
    }

    fn text(&self, name: &str) -> String {
        let text = self.at(name).and_then(Value::as_str);
        text.unwrap_or_default().into()
    }

    fn number(&self, name: &str) -> i64 {
        let number = self.at(name).and_then(Value::as_number).and_then(whole);
        number.unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        self.at(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        let members = self.here().as_object();
        members.map_or_else(Vec::new, |it| it.keys().cloned().collect())
    }

    fn enter(&mut self, name: &str) -> usize {
        let value = self.at(name).unwrap_or(&Value::Null);
        self.way.push((self.path(name), value));
        value.as_array().map_or(0, Vec::len)
    }

    fn item(&mut self, at: usize) {
        let value = self.here().get(at).unwrap_or(&Value::Null);
        let path = std::format!("{}[{at}]", self.path(""));
        self.way.push((path, value));
    }

    fn leave(&mut self) {
        self.way.pop();
    }

    fn fault(&mut self, code: Code, name: &str) {
        let path = self.path(name);
        // Two rules may find the same fault.
        let fault = Fault { code, path };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}
