//! The placeholder of a held embed. It stands inside the frame that is held, so that it has
//! the frame's very size and place whatever the page's style does to it.

use alloc::rc::Rc;
use alloc::string::String;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlIFrameElement};

use super::dom::Dom;
use super::view::{View, get, list, text};

/// Shows the placeholder in a held frame. `given` is the loader's view of the page, with
/// `frame`, the `key` of the service or purpose and `choose(what, event)`.
pub(crate) fn hold(given: &JsValue) -> Option<()> {
    let view = Rc::new(View::read(given)?);
    let frame: HtmlIFrameElement = view.member("frame").dyn_into().ok()?;
    // A sandboxed frame has another origin and stays empty.
    let document = frame.content_document()?;
    let body: Element = document.body()?.unchecked_into();
    if body.first_element_child().is_some() {
        return None;
    }
    let dom = Dom::within(&document, &body, &text(given, "embedCss"))?;
    dom.attr(&dom.outer, "data-scheme", &text(given, "scheme"));
    let held = dom.el(&dom.root, "div", "held");
    dom.attr(&held, "lang", &view.lang);
    dom.attr(&held, "dir", &view.dir);
    let inner = dom.el(&held, "div", "box");
    let key = text(given, "key");
    let services = list(&view.member("document"), "services");
    let service = services.iter().find(|it| text(it, "key") == key);
    let actions: &[&str] = if let Some(service) = service {
        let name = text(service, "name");
        let provider = text(&get(service, "provider"), "name");
        let values = [("service", name.as_str()), ("provider", provider.as_str())];
        dom.text(&inner, "strong", "", &view.say_with("embed", "title", &values));
        dom.text(&inner, "p", "", &view.say_with("embed", "text", &values));
        &["once", "always"]
    } else {
        dom.text(&inner, "strong", "", &text(given, "host"));
        dom.text(&inner, "p", "", &view.say("embed", "closed"));
        &["options"]
    };
    let row = dom.el(&inner, "div", "actions");
    let name = service.map(|it| text(it, "name")).unwrap_or_default();
    for action in actions {
        let label = view.say_with("embed", action, &[("service", &name)]);
        dom.button(&row, "", &label, action);
    }
    let click = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        // An element of the frame's world: it is no instance of this window's `Element`.
        let target = event.target().map(JsCast::unchecked_into::<Element>);
        let button = target.and_then(|it| it.closest("button").ok().flatten());
        let what: String = button.and_then(|it| it.get_attribute("data-do")).unwrap_or_default();
        if !what.is_empty() {
            let choose: js_sys::Function = view.member("choose").unchecked_into();
            let _ = choose.call2(&JsValue::NULL, &what.into(), &event);
        }
    });
    dom.listen(&held, "click", click);
    Some(())
}
