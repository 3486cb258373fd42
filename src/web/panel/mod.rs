//! The second layer: every purpose and service with its state and the reason for it, what was decided,
//! who is responsible, and the placeholders of held embeds.

mod about;
mod dom;
mod embed;
mod purposes;
mod tabs;
mod texts;
mod view;

pub(crate) use embed::hold;

use alloc::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlDialogElement, KeyboardEvent};

use dom::Dom;
use view::{View, text};

/// Opens the panel; `given` is the loader's view of the page.
pub(crate) fn open(given: &JsValue) -> Option<()> {
    let view = Rc::new(View::read(given)?);
    let dom = Dom::attach(&view.css, &view.lang, &view.dir)?;
    let panel = dom.el(&dom.root, "dialog", "");
    dom.attr(&panel, "aria-labelledby", "t");
    dom.attr(&panel, "dir", &view.dir);
    head(&dom, &view, &panel);
    for key in tabs::TABS {
        let body = tabs::body(&dom, &panel, key);
        match key {
            "purposes" => purposes::write(&dom, &view, &body),
            "about" => about::write(&dom, &view, &body),
            _ => {}
        }
    }
    let foot = dom.el(&panel, "footer", "");
    for (key, style) in [("reject", "btn"), ("accept", "btn"), ("save", "btn quiet")] {
        dom.button(&foot, style, &view.say("panel", key), key);
    }
    let dialog: HtmlDialogElement = panel.dyn_into().ok()?;
    listen(&dom, &view, &dialog);
    dialog.show_modal().ok()?;
    let tab = text(given, "tab");
    if tabs::TABS.contains(&tab.as_str()) {
        tabs::select(&view, &dialog, &tab);
    }
    Some(())
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
    tabs::list(dom, view, panel);
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
            tab if tabs::TABS.contains(&tab) => return tabs::select(&seen, &panel, tab),
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
    let (panel, seen) = (dialog.clone(), view.clone());
    let keys = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        let Ok(key) = event.dyn_into::<KeyboardEvent>() else {
            return;
        };
        let on_tab = key
            .target()
            .and_then(|it| it.dyn_into::<Element>().ok())
            .is_some_and(|it| it.get_attribute("role").as_deref() == Some("tab"));
        if on_tab && let Some(other) = tabs::after(&panel, &key.key(), seen.dir == "rtl") {
            tabs::select(&seen, &panel, other);
        }
    });
    dom.listen(dialog, "keydown", keys);
    let outer = dom.outer.clone();
    let closed = Closure::<dyn FnMut(Event)>::new(move |_: Event| outer.remove());
    dom.listen(dialog, "close", closed);
}
