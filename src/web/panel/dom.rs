//! Elements in a shadow root, made by hand: texts enter as text, never as markup.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{
    CssStyleSheet, Document, Element, Event, EventTarget, Node, ShadowRoot, ShadowRootInit, ShadowRootMode,
};

/// A document, and in it a host with a shadow root of ours.
#[derive(Clone, Debug)]
pub(super) struct Dom {
    document: Document,
    /// The host element.
    pub(super) outer: Element,
    /// What elements go into.
    pub(super) root: ShadowRoot,
}

impl Dom {
    /// A new host in the page.
    pub(super) fn attach(css: &str, lang: &str, dir: &str) -> Option<Dom> {
        let document = web_sys::window()?.document()?;
        let body: Element = document.body()?.unchecked_into();
        let dom = Dom::within(&document, &body, css)?;
        dom.attr(&dom.outer, "lang", lang);
        dom.attr(&dom.outer, "dir", dir);
        dom.attr(&dom.outer, "data-panel", "");
        // A theme that the banner put aside is no good here either.
        if let Ok(Some(_)) = document.query_selector("mixus-privacy[plain]") {
            dom.attr(&dom.outer, "plain", "");
        }
        Some(dom)
    }

    /// A new host at the start of an element of any document, such as a held frame's.
    pub(super) fn within(document: &Document, parent: &Element, css: &str) -> Option<Dom> {
        let outer = document.create_element("mixus-privacy").ok()?;
        let root = outer.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok()?;
        // A style sheet belongs to the document whose window made it.
        let window = document.default_view()?;
        let class = js_sys::Reflect::get(&window, &"CSSStyleSheet".into()).ok()?;
        let class: &js_sys::Function = class.unchecked_ref();
        let sheet = js_sys::Reflect::construct(class, &js_sys::Array::new()).ok()?;
        let sheet: CssStyleSheet = sheet.unchecked_into();
        sheet.replace_sync(css).ok()?;
        let sheets = js_sys::Array::of1(&sheet);
        js_sys::Reflect::set(&root, &"adoptedStyleSheets".into(), &sheets).ok()?;
        parent.insert_before(&outer, parent.first_child().as_ref()).ok()?;
        Some(Dom {
            document: document.clone(),
            outer,
            root,
        })
    }

    /// A new element at the end of `parent`.
    pub(super) fn el(&self, parent: &Node, tag: &str, style: &str) -> Element {
        let made = self.document.create_element(tag);
        let element = made.unwrap_or_else(|_| self.outer.clone());
        if !style.is_empty() {
            element.set_class_name(style);
        }
        let _ = parent.append_child(&element);
        element
    }

    /// A new element with a text.
    pub(super) fn text(&self, parent: &Node, tag: &str, style: &str, text: &str) -> Element {
        let element = self.el(parent, tag, style);
        element.set_text_content(Some(text));
        element
    }

    /// A new button that does something.
    pub(super) fn button(&self, parent: &Node, style: &str, text: &str, does: &str) -> Element {
        let button = self.text(parent, "button", style, text);
        self.attr(&button, "type", "button");
        self.attr(&button, "data-do", does);
        button
    }

    /// A new link, which opens beside the page.
    pub(super) fn link(&self, parent: &Node, text: &str, address: &str) {
        let link = self.text(parent, "a", "", text);
        self.attr(&link, "href", address);
        self.attr(&link, "target", "_blank");
        self.attr(&link, "rel", "noopener");
    }

    #[allow(clippy::unused_self, reason = "called as its siblings are")]
    pub(super) fn attr(&self, element: &Element, name: &str, value: &str) {
        let _ = element.set_attribute(name, value);
    }

    /// A line drawing in the colour of the text.
    pub(super) fn icon(&self, parent: &Node, view: &str, path: &str) {
        let space = Some("http://www.w3.org/2000/svg");
        let make = |tag| self.document.create_element_ns(space, tag);
        if let (Ok(svg), Ok(line)) = (make("svg"), make("path")) {
            for (name, value) in [
                ("viewBox", view),
                ("fill", "none"),
                ("stroke", "currentColor"),
                ("stroke-width", "1.75"),
                ("stroke-linecap", "round"),
                ("stroke-linejoin", "round"),
                ("aria-hidden", "true"),
            ] {
                self.attr(&svg, name, value);
            }
            self.attr(&line, "d", path);
            let _ = svg.append_child(&line);
            let _ = parent.append_child(&svg);
        }
    }

    /// Listens as long as the target lives.
    #[allow(clippy::unused_self, reason = "called as its siblings are")]
    pub(super) fn listen(&self, target: &EventTarget, kind: &str, does: Closure<dyn FnMut(Event)>) {
        let _ = target.add_event_listener_with_callback(kind, does.as_ref().unchecked_ref());
        does.forget();
    }
}
