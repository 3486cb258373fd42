//! The rows of the panel: purposes with their switches, their services, the never-list.

use alloc::string::String;

use js_sys::Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlInputElement, NodeList};

use super::dom::Dom;
use super::texts::decimal;
use super::view::{View, get, list, number, text};
use crate::consent::{Rule, Verdict};

pub(super) fn write(dom: &Dom, view: &View, body: &Element) {
    let document = view.member("document");
    let shares = |it: &JsValue| get(it, "sharing").is_truthy() && view.verdict(&text(it, "key")).allowed();
    // What a person has allowed against the signal is shared: then there is nothing to confirm.
    if view.member("signal").is_truthy() && !list(&document, "purposes").iter().any(shares) {
        let note = dom.el(body, "div", "note");
        dom.icon(&note, "0 0 18 18", "M2.5 9.5l4.5 4.5 8.5-10");
        let words = dom.el(&note, "div", "");
        dom.text(&words, "b", "", &view.say("panel", "signal"));
        dom.text(&words, "span", "", &view.say("panel", "signalMeans"));
    }
    let account = view.word("account");
    if !account.is_empty() {
        dom.text(body, "p", "note", &account);
    }
    if view.member("imported").is_truthy() {
        dom.text(body, "p", "note", &view.say("panel", "imported"));
    }
    for purpose in list(&document, "purposes") {
        row(dom, view, body, &document, &purpose);
    }
    for never in list(&document, "never") {
        let key = text(&never, "key");
        let row = dom.el(body, "div", "row");
        dom.text(&row, "h3", "", &view.own("never", &key, "title"));
        dom.text(&row, "span", "always", &view.say("panel", "never"));
        dom.text(&row, "p", "", &view.own("never", &key, "description"));
    }
}

fn row(dom: &Dom, view: &View, body: &Element, document: &JsValue, purpose: &JsValue) {
    let key = text(purpose, "key");
    let title = view.own("purposes", &key, "title");
    let verdict = view.verdict(&key);
    let row = dom.el(body, "div", "row");
    let heading = dom.text(&row, "h3", "", &title);
    let mut id = String::from("p-");
    id.push_str(&key);
    dom.attr(&heading, "id", &id);
    if verdict.is_by(Rule::Essential) {
        dom.text(&row, "span", "always", &view.say("panel", "always"));
    } else {
        switch(dom, view, &row, &key, verdict, &title);
    }
    dom.text(&row, "p", "", &view.own("purposes", &key, "description"));
    if !verdict.is_by(Rule::Essential) {
        dom.text(&row, "small", "", &view.reason(&key, verdict));
    }
    let services = list(document, "services");
    let own = || services.iter().filter(|it| text(it, "purpose") == key);
    let count = own().count();
    if count > 0 {
        let details = dom.el(&row, "details", "");
        let words = if count == 1 { "serviceOne" } else { "serviceMany" };
        let count = decimal(u32::try_from(count).unwrap_or(u32::MAX));
        let count = view.say_with("panel", words, &[("count", &count)]);
        dom.text(&details, "summary", "", &count);
        let scroll = dom.el(&details, "div", "scroll");
        let table = dom.el(&scroll, "table", "");
        dom.attr(&table, "aria-labelledby", &id);
        // Narrow panels lay the cells out as blocks, which would take the table's roles away.
        dom.attr(&table, "role", "table");
        let head = dom.el(&dom.el(&table, "thead", ""), "tr", "");
        dom.attr(&head, "role", "row");
        for name in ["service", "provider", "stores", "kept"] {
            let cell = dom.text(&head, "th", "", &view.say("panel", name));
            dom.attr(&cell, "role", "columnheader");
        }
        // Embeds are chosen one by one (L20).
        let single = !verdict.is_by(Rule::Essential) && view.embeds(&key);
        if single {
            let cell = dom.el(&head, "td", "");
            dom.attr(&cell, "aria-hidden", "true");
        }
        let rows = dom.el(&table, "tbody", "");
        for service in own() {
            line(dom, view, &rows, service, single);
        }
    }
}

fn line(dom: &Dom, view: &View, rows: &Element, service: &JsValue, single: bool) {
    let key = text(service, "key");
    let name = text(service, "name");
    let row = dom.el(rows, "tr", "");
    dom.attr(&row, "role", "row");
    // The name of the column, for panels that are too narrow for columns.
    let cell_of = |column: &str| {
        let cell = dom.el(&row, "td", "");
        dom.attr(&cell, "role", "cell");
        if !column.is_empty() {
            dom.attr(&cell, "data-column", &view.say("panel", column));
        }
        cell
    };
    let cell = cell_of("");
    dom.text(&cell, "b", "", &name);
    let about = view.own("services", &key, "description");
    if !about.is_empty() {
        dom.text(&cell, "span", "of", &about);
    }
    let provider = get(service, "provider");
    let cell = cell_of("provider");
    let (who, policy) = (text(&provider, "name"), text(&provider, "policy"));
    if policy.is_empty() {
        dom.text(&cell, "span", "", &who);
    } else {
        dom.link(&cell, &who, &policy);
    }
    let country = text(&provider, "country");
    if !country.is_empty() {
        dom.text(&cell, "span", "of", &view.country(&country));
    }
    let cell = cell_of("stores");
    let mut stores = list(service, "cookies");
    stores.extend(list(service, "storage"));
    for item in &stores {
        let entry = dom.el(&cell, "div", "");
        let name = dom.text(&entry, "code", "", &text(item, "name"));
        if get(item, "area").is_undefined() {
            dom.attr(&name, "title", &view.say("panel", "cookie"));
        }
        if let Some(days) = number(item, "days").filter(|it| *it > 0) {
            dom.text(&entry, "span", "of", &view.days(days));
        }
    }
    if stores.is_empty() {
        dom.text(&cell, "span", "", &view.say("panel", "nothing"));
    }
    dom.text(&cell_of("kept"), "span", "", &view.kept(service));
    if single {
        let cell = cell_of("");
        dom.attr(&cell, "class", "own");
        switch(dom, view, &cell, &key, view.verdict(&key), &name);
    }
}

/// A switch, on or off as things are (or as another manager's cookie said), and closed where
/// the person cannot decide.
fn switch(dom: &Dom, view: &View, parent: &Element, key: &str, verdict: Verdict, label: &str) {
    let frame = dom.el(parent, "span", "switch");
    let input = dom.el(&frame, "input", "");
    dom.attr(&input, "type", "checkbox");
    dom.attr(&input, "role", "switch");
    dom.attr(&input, "aria-label", label);
    dom.attr(&input, "data-key", key);
    let imported = get(&view.member("imported"), key).is_truthy();
    if let Ok(input) = input.dyn_into::<HtmlInputElement>() {
        input.set_checked(verdict.allowed() || imported);
        input.set_disabled(verdict.is_by(Rule::Organisation) || verdict.is_by(Rule::Minor));
        dom.attr(&input, "data-was", if verdict.allowed() { "1" } else { "" });
    }
}

/// The switches of the panel.
fn switches(panel: &Element) -> impl Iterator<Item = HtmlInputElement> {
    let found: Array = panel
        .query_selector_all("input[data-key]")
        .map_or_else(|_| Array::new(), |it: NodeList| Array::from(&it));
    found.to_vec().into_iter().map(JsCast::unchecked_into)
}

/// The picks that the switches amount to: every one that can be moved, `+key` or `!key`.
pub(super) fn picks(panel: &Element) -> String {
    let mut picks = String::new();
    for input in switches(panel).filter(|it| !it.disabled()) {
        picks.push(if input.checked() { '+' } else { '!' });
        picks.push_str(&input.get_attribute("data-key").unwrap_or_default());
    }
    picks
}

/// When a purpose is switched, the switches of its services go along; when a service is
/// switched on, so far as there is one, its purpose's stays as it is.
pub(super) fn follow(_panel: &Element, target: &Element) {
    let Some(row) = target.closest(".row").ok().flatten() else {
        return;
    };
    if target.closest("td").ok().flatten().is_some() {
        return;
    }
    let Some(target) = target.dyn_ref::<HtmlInputElement>() else {
        return;
    };
    for input in switches(&row).filter(|it| !it.disabled()) {
        input.set_checked(target.checked());
    }
}
