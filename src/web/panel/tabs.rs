//! The pages of the panel and what turns them: a list of tabs that is one stop for the keyboard.

use alloc::string::String;

use js_sys::Function;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::dom::Dom;
use super::view::View;

/// The pages, in order. What stands on the second is made by `js/history.js`, once somebody looks.
pub(super) const TABS: [&str; 3] = ["purposes", "history", "about"];

pub(super) fn list(dom: &Dom, view: &View, panel: &Element) {
    let tabs = dom.el(panel, "div", "tabs");
    dom.attr(&tabs, "role", "tablist");
    for key in TABS {
        let tab = dom.button(&tabs, "", &view.say("panel", key), key);
        dom.attr(&tab, "id", key);
        dom.attr(&tab, "role", "tab");
        let selected = key == "purposes";
        dom.attr(&tab, "aria-selected", if selected { "true" } else { "false" });
        dom.attr(&tab, "tabindex", if selected { "0" } else { "-1" });
    }
}

/// The body of a page, hidden but for the first.
pub(super) fn body(dom: &Dom, panel: &Element, key: &str) -> Element {
    let mut style = String::from("body ");
    style.push_str(key);
    let body = dom.el(panel, "div", &style);
    dom.attr(&body, "tabindex", "0");
    dom.attr(&body, "role", "tabpanel");
    dom.attr(&body, "aria-labelledby", key);
    if key != "purposes" {
        dom.attr(&body, "hidden", "");
    }
    body
}

/// Shows a page and gives its tab the focus.
pub(super) fn select(view: &View, panel: &Element, which: &str) {
    let one = |mark: &str, name: &str| {
        let mut query = String::from(mark);
        query.push_str(name);
        panel.query_selector(&query).ok().flatten()
    };
    for name in TABS {
        let chosen = name == which;
        if let Some(tab) = one("#", name) {
            let _ = tab.set_attribute("aria-selected", if chosen { "true" } else { "false" });
            let _ = tab.set_attribute("tabindex", if chosen { "0" } else { "-1" });
            if chosen && let Ok(tab) = tab.dyn_into::<HtmlElement>() {
                let _ = tab.focus();
            }
        }
        let Some(body) = one(".body.", name) else { continue };
        let _ = body.toggle_attribute_with_force("hidden", !chosen);
        if chosen && name == "history" && body.first_element_child().is_none() {
            let write: Function = view.member("history").unchecked_into();
            let _ = write.call1(&JsValue::NULL, &body);
        }
    }
    // What was decided is looked at there, and not decided.
    if let Some(foot) = one("footer", "") {
        let _ = foot.toggle_attribute_with_force("hidden", which == "history");
    }
}

/// The tab to which a key leads from the one that is selected.
pub(super) fn after(panel: &Element, key: &str, rtl: bool) -> Option<&'static str> {
    let selected = panel.query_selector("[role=tab][aria-selected=true]").ok().flatten()?;
    let at = TABS.iter().position(|it| *it == selected.id())?;
    let last = TABS.len() - 1;
    let (before, next) = (at.checked_sub(1).unwrap_or(last), if at == last { 0 } else { at + 1 });
    let (left, right) = if rtl { (next, before) } else { (before, next) };
    let to = match key {
        "ArrowLeft" => left,
        "ArrowRight" => right,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    TABS.get(to).copied()
}
