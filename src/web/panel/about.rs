//! Who is responsible, what is collected, which rules apply and what a person can ask for.

use alloc::string::String;

use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::dom::Dom;
use super::texts::decimal;
use super::view::{View, get, list, number, text};

pub(super) fn write(dom: &Dom, view: &View, body: &Element) {
    let document = view.member("document");
    let controller = get(&document, "controller");
    let facts = dom.el(body, "dl", "");
    let fact = |key: &str| {
        dom.text(&facts, "dt", "", &view.say("panel", key));
        dom.el(&facts, "dd", "")
    };
    let who = fact("responsible");
    dom.text(&who, "div", "", &text(&controller, "name"));
    let address = text(&controller, "address");
    if !address.is_empty() {
        dom.text(&who, "div", "", &address);
    }
    for (key, name) in [("contact", "contact"), ("officer", "officer"), ("privacyPolicy", "policy")] {
        let address = text(&controller, name);
        if !address.is_empty() {
            dom.link(&fact(key), address.strip_prefix("mailto:").unwrap_or(&address), &address);
        }
    }
    let policy = view.policy();
    let regime = core::str::from_utf8(policy.regime.key()).unwrap_or("");
    let names = get(&get(&view.member("ui"), "panel"), "regime");
    // `us-signal` and `uk-statistics` are the law of `us` and `uk`.
    let law = [regime, regime.split('-').next().unwrap_or("")]
        .into_iter()
        .map(|it| text(&names, it))
        .find(|it| !it.is_empty());
    if let Some(law) = law {
        fact("region").set_text_content(Some(&law));
    }
    fact("version").set_text_content(Some(&text(&document, "version")));
    rights(dom, view, body, &get(&document, "rights"), regime);
    collected(dom, view, body, &document);
}

fn rights(dom: &Dom, view: &View, body: &Element, rights: &JsValue, regime: &str) {
    let regimes = list(rights, "regimes");
    let applies = |it: &&JsValue| {
        let keys = list(it, "regimes");
        keys.iter().any(|it| it.as_string().as_deref() == Some(regime))
    };
    let Some(here) = regimes.iter().find(applies) else {
        return;
    };
    dom.text(body, "h3", "", &view.say("panel", "rights"));
    let items = dom.el(body, "ul", "");
    let names = get(&get(&view.member("ui"), "panel"), "right");
    for right in list(here, "rights") {
        let name = text(&names, &right.as_string().unwrap_or_default());
        dom.text(&items, "li", "", &name);
    }
    let contact = text(rights, "contact");
    let days = decimal(number(rights, "days").unwrap_or(30));
    let contact = contact.strip_prefix("mailto:").unwrap_or(&contact);
    let how = view.say_with("panel", "rightsHow", &[("contact", contact), ("count", &days)]);
    dom.text(body, "p", "", &how);
}

fn collected(dom: &Dom, view: &View, body: &Element, document: &JsValue) {
    let data = list(document, "data");
    if data.is_empty() {
        return;
    }
    dom.text(body, "h3", "", &view.say("panel", "collected"));
    let scroll = dom.el(body, "div", "scroll");
    let table = dom.el(&scroll, "table", "");
    let rows = dom.el(&table, "tbody", "");
    for item in &data {
        let key = text(item, "key");
        let row = dom.el(&rows, "tr", "");
        let cell = dom.el(&row, "th", "");
        dom.attr(&cell, "scope", "row");
        cell.set_text_content(Some(&view.own("data", &key, "title")));
        dom.text(&row, "td", "", &view.own("data", &key, "description"));
        let kept: String = view.kept(item);
        dom.text(&row, "td", "", &kept);
    }
}
