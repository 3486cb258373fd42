//! The second layer: every purpose and service with its state and the reason for it, who is
//! responsible, and the placeholders of held embeds.

mod about;
mod dom;
mod embed;
mod purposes;
mod texts;
mod view;

pub(crate) use embed::hold;

use alloc::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent};

use dom::Dom;
use view::View;

/// Opens the panel; `given` is the loader's view of the page.
pub(crate) fn open(given: &JsValue) -> Option<()> {
    let view = Rc::new(View::read(given)?);
    let dom = Dom::attach(&view.css, &view.lang, &view.dir)?;
    let panel = dom.el(&dom.root, "dialog", "");
    dom.attr(&panel, "aria-labelledby", "t");
    dom.attr(&panel, "dir", &view.dir);
    head(&dom, &view, &panel);
    let body = dom.el(&panel, "div", "body");
    dom.attr(&body, "tabindex", "0");
    dom.attr(&body, "role", "tabpanel");
    dom.attr(&body, "aria-labelledby", "purposes");
    purposes::write(&dom, &view, &body);
    let about = dom.el(&panel, "div", "body about");
    dom.attr(&about, "tabindex", "0");
    dom.attr(&about, "role", "tabpanel");
    dom.attr(&about, "aria-labelledby", "about");
    dom.attr(&about, "hidden", "");
    about::write(&dom, &view, &about);
    let foot = dom.el(&panel, "footer", "");
    for (key, style) in [("reject", "btn"), ("accept", "btn"), ("save", "btn quiet")] {
        dom.button(&foot, style, &view.say("panel", key), key);
    }
    let dialog: HtmlDialogElement = panel.dyn_into().ok()?;
    listen(&dom, &view, &dialog);
    dialog.show_modal().ok()
}

fn head(dom: &Dom, view: &View, panel: &Element) {
    let header = dom.el(panel, "header", "");
    let words = dom.el(&header, "div", "");
    let title = dom.text(&words, "h2", "", &view.say("panel", "title"));
    dom.attr(&title, "id", "t");
    let intro = if view.asks_first() { "intro" } else { "introNotice" };
    dom.text(&words, "p", "", &view.say("panel", intro));
    let close = dom.button(&header, "icon", "", "close");
    dom.attr(&close, "aria-label", &view.say("panel", "close"));
    dom.icon(&close, "0 0 14 14", "M1 1l12 12M13 1L1 13");
    let tabs = dom.el(panel, "div", "tabs");
    dom.attr(&tabs, "role", "tablist");
    for (key, selected) in [("purposes", "true"), ("about", "false")] {
        let tab = dom.button(&tabs, "", &view.say("panel", key), key);
        dom.attr(&tab, "id", key);
        dom.attr(&tab, "role", "tab");
        dom.attr(&tab, "aria-selected", selected);
        dom.attr(&tab, "tabindex", if selected == "true" { "0" } else { "-1" });
    }
}

/// Sees to every click, key and close of the panel. The closures live as long as the panel.
fn listen(dom: &Dom, view: &Rc<View>, dialog: &HtmlDialogElement) {
    let (panel, seen) = (dialog.clone(), view.clone());
    let click = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        // A click on the backdrop is a click on the dialog itself: it closes and grants nothing.
        if target.is_same_node(Some(&panel)) {
            return panel.close();
        }
        let Ok(Some(button)) = target.closest("button[data-do]") else {
            return;
        };
        let picks = match button.get_attribute("data-do").unwrap_or_default().as_str() {
            "close" => return panel.close(),
            tab @ ("purposes" | "about") => return select(&panel, tab),
            "accept" => "a".into(),
            "reject" => "r".into(),
            _ => purposes::picks(&panel),
        };
        seen.decide(&picks, &event);
        panel.close();
    });
    dom.listen(dialog, "click", click);
    let panel = dialog.clone();
    let change = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        if let Some(target) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) {
            purposes::follow(&panel, &target);
        }
    });
    dom.listen(dialog, "change", change);
    let panel = dialog.clone();
    let keys = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let Ok(key) = event.dyn_into::<KeyboardEvent>() else {
            return;
        };
        let on_tab = key
            .target()
            .and_then(|it| it.dyn_into::<Element>().ok())
            .is_some_and(|it| it.get_attribute("role").as_deref() == Some("tab"));
        if on_tab && matches!(key.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
            let first = panel.query_selector("#purposes[aria-selected=true]");
            let other = if matches!(first, Ok(Some(_))) { "about" } else { "purposes" };
            select(&panel, other);
        }
    });
    dom.listen(dialog, "keydown", keys);
    let outer = dom.outer.clone();
    let closed = Closure::<dyn FnMut(Event)>::new(move |_: Event| outer.remove());
    dom.listen(dialog, "close", closed);
}

/// Shows a tab and gives it the focus.
fn select(panel: &Element, which: &str) {
    for name in ["purposes", "about"] {
        let chosen = name == which;
        let mut tab = alloc::string::String::from("#");
        tab.push_str(name);
        if let Ok(Some(tab)) = panel.query_selector(&tab) {
            let _ = tab.set_attribute("aria-selected", if chosen { "true" } else { "false" });
            let _ = tab.set_attribute("tabindex", if chosen { "0" } else { "-1" });
            if chosen && let Ok(tab) = tab.dyn_into::<HtmlElement>() {
                let _ = tab.focus();
            }
        }
        let body = if name == "about" { ".about" } else { ".body:not(.about)" };
        if let Ok(Some(body)) = panel.query_selector(body) {
            let _ = body.toggle_attribute_with_force("hidden", !chosen);
        }
    }
}
