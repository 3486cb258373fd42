//! Markup in which nothing of a vendor loads by itself: the snippets that a site has, turned into
//! marked tags, when the site is built.
//!
//! What belongs to a service of the policy is marked with its name, in the forms that the guard
//! lets go. What belongs to nobody that the policy knows is moved to `data-held-` attributes, which
//! strict mode knows. Everything else of a document stays as it is, byte for byte.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use html_escape::decode_html_entities;
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use url::Url;

use super::owner::{Owner, owner};
use super::sources::{css, imports, mentions};
use crate::policy::Policy;

/// Where the site is, and what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Rewrite<'a> {
    /// The policy, for any region: only who is declared in it counts.
    pub policy: &'a Policy<'a>,
    /// The address of the page; of the site, where all pages are alike.
    pub page: &'a str,
    /// Host patterns of what the site needs.
    pub allow: &'a [&'a str],
    /// What is put first into `<head>`, where no guard is there yet.
    pub head: &'a str,
}

/// Something that was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The element's name.
    pub tag: String,
    /// Where it leads, or where the text of an inline script does.
    pub url: String,
    /// The service; none where nobody declared it, and it needs strict mode to be let go.
    pub service: Option<String>,
}

/// The attributes by which an element loads something.
const LOADS: [&str; 7] = ["src", "srcset", "href", "poster", "data", "imagesrcset", "xlink:href"];
/// Those of them that a marked tag has a place for.
const MARKED: [&str; 5] = ["src", "srcset", "href", "poster", "data"];
/// Elements that load something.
const TAGS: [&str; 12] = [
    "script", "iframe", "img", "source", "link", "video", "audio", "track", "embed", "object", "input",
    "image",
];
/// Kinds of links that load something, by a part of their name.
const LINKS: [&str; 4] = ["style", "icon", "pre", "manifest"];

/// Rewrites a page. Answers its new text and what is held in it.
pub fn rewrite(
    html: &str,
    with: Rewrite<'_>,
) -> Result<(String, Vec<Held>), lol_html::errors::RewritingError> {
    let inside = insides(html)?;
    let base = RefCell::new(Url::parse(with.page).ok());
    let held = RefCell::new(Vec::new());
    let guarded = Cell::new(with.head.is_empty() || html.contains("guard.js"));
    let at = Cell::new(0);
    let mapped = RefCell::new(Vec::new());
    let each = element!("*", |el: &mut Element<'_, '_>| {
        let tag = el.tag_name();
        if !guarded.get() && tag != "html" {
            guarded.set(true);
            if tag == "head" {
                el.prepend(with.head, ContentType::Html);
            } else {
                el.before(with.head, ContentType::Html);
            }
        }
        let text = if is_text(&tag) {
            at.set(at.get() + 1);
            inside.get(at.get() - 1).map_or("", String::as_str)
        } else {
            ""
        };
        if tag == "base"
            && let Some(href) = attribute(el, "href")
        {
            let joined = base.borrow().as_ref().and_then(|it| it.join(&href).ok());
            if joined.is_some() {
                base.replace(joined);
            }
        }
        let base = base.borrow();
        let mut page = Page {
            with,
            base: base.as_ref(),
            held: &mut held.borrow_mut(),
            mapped: &mut mapped.borrow_mut(),
        };
        page.element(el, &tag, text)?;
        Ok(())
    });
    let out = rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(each))?;
    Ok((out, held.into_inner()))
}

fn is_text(tag: &str) -> bool {
    matches!(tag, "script" | "style" | "noscript")
}

/// The texts of the elements that hold nothing but text, in the order of the document.
fn insides(html: &str) -> Result<Vec<String>, lol_html::errors::RewritingError> {
    let found: RefCell<Vec<String>> = RefCell::default();
    let kinds = "script, style, noscript";
    let start = element!(kinds, |_| {
        found.borrow_mut().push(String::new());
        Ok(())
    });
    let inner = text!(kinds, |chunk| {
        if let Some(last) = found.borrow_mut().last_mut() {
            last.push_str(chunk.as_str());
        }
        Ok(())
    });
    let handlers = RewriteStrSettings::new().append_element_content_handler(start);
    rewrite_str(html, handlers.append_element_content_handler(inner))?;
    Ok(found.into_inner())
}

/// An attribute's value, as a browser reads it.
fn attribute(el: &Element<'_, '_>, name: &str) -> Option<String> {
    el.get_attribute(name).map(|it| decode_html_entities(&it).into_owned())
}

type Done = Result<(), lol_html::errors::AttributeNameError>;

struct Page<'a> {
    with: Rewrite<'a>,
    base: Option<&'a Url>,
    held: &'a mut Vec<Held>,
    /// Names that an import map has for addresses, as `(name, address)`.
    mapped: &'a mut Vec<(String, String)>,
}

impl Page<'_> {
    fn element(&mut self, el: &mut Element<'_, '_>, tag: &str, text: &str) -> Done {
        if el.has_attribute("data-essential") {
            return Ok(());
        }
        if let Some(style) = attribute(el, "style") {
            let calm = self.calm(&style, tag);
            if calm != style {
                set(el, "style", &calm)?;
            }
        }
        match tag {
            "style" => {
                let calm = self.calm(text, tag);
                if calm != text {
                    el.set_inner_content(&calm, ContentType::Html);
                }
            }
            // For visitors without scripts nobody can ask, and so nothing optional loads.
            "noscript" => {
                if let Ok((inner, held)) = rewrite(
                    text,
                    Rewrite {
                        head: "",
                        ..self.with
                    },
                ) && !held.is_empty()
                {
                    self.held.extend(held);
                    el.set_inner_content(&inner, ContentType::Html);
                }
            }
            _ => (),
        }
        if !TAGS.contains(&tag)
            || (tag == "input" && attribute(el, "type").is_none_or(|it| !it.eq_ignore_ascii_case("image")))
            || (tag == "link" && !loads(&attribute(el, "rel").unwrap_or_default()))
        {
            return Ok(());
        }
        if let Some(source) = attribute(el, "srcdoc") {
            self.frame(el, &source)?;
        }
        self.addresses(el, tag)?;
        if tag == "script" && !el.has_attribute("src") && !el.has_attribute("data-src") {
            self.script(el, text)?;
        }
        if let Some(source) = attribute(el, "attributionsrc")
            && !matches!(self.owner(&source), Owner::Site)
        {
            el.remove_attribute("attributionsrc");
            self.hold(tag, &source, None);
        }
        Ok(())
    }

    /// A frame with a document of its own is held as a whole.
    fn frame(&mut self, el: &mut Element<'_, '_>, source: &str) -> Done {
        if let Ok((_, held)) = rewrite(
            source,
            Rewrite {
                head: "",
                ..self.with
            },
        ) && !held.is_empty()
        {
            self.held.extend(held);
            set(el, "data-held-srcdoc", source)?;
            el.remove_attribute("srcdoc");
        }
        Ok(())
    }

    /// Holds an element by where it leads.
    fn addresses(&mut self, el: &mut Element<'_, '_>, tag: &str) -> Done {
        let mut services: Vec<String> = Vec::new();
        let mut strange: Vec<&str> = Vec::new();
        for name in LOADS {
            let Some(value) = attribute(el, name) else {
                continue;
            };
            let whole = [value.as_str()];
            let listed: Vec<&str> = value.split(',').map(str::trim).collect();
            let all = if name.ends_with("srcset") { &listed[..] } else { &whole[..] };
            for address in all.iter().filter_map(|it| it.split_ascii_whitespace().next()) {
                let service = match self.owner(address) {
                    Owner::Site => continue,
                    Owner::Service(key) => Some(key),
                    Owner::Stranger => None,
                };
                self.hold(tag, address, service.clone());
                match service {
                    Some(key) if !services.contains(&key) => services.push(key),
                    None if !strange.contains(&name) => strange.push(name),
                    _ => (),
                }
            }
        }
        for name in strange {
            rename(el, name, &format!("data-held-{name}"))?;
        }
        if !services.is_empty() {
            for name in MARKED {
                rename(el, name, &format!("data-{name}"))?;
            }
            for name in ["imagesrcset", "xlink:href"] {
                rename(el, name, &format!("data-held-{name}"))?;
            }
            mark(el, tag, &services)?;
        }
        Ok(())
    }

    /// Holds an inline script by what it speaks of.
    fn script(&mut self, el: &mut Element<'_, '_>, text: &str) -> Done {
        let kind = attribute(el, "type").unwrap_or_default().to_ascii_lowercase();
        let runs = matches!(kind.as_str(), "" | "module" | "text/javascript" | "application/javascript");
        if kind == "importmap" {
            // It loads nothing itself; modules that import what it names do.
            self.mapped.extend(imports(text));
        }
        if !runs && kind != "speculationrules" {
            return Ok(());
        }
        let mut services = Vec::new();
        let mut strange = false;
        let named = self
            .mapped
            .iter()
            .filter(|(name, _)| ["'", "\""].iter().any(|it| text.contains(&[it, name.as_str()].concat())));
        let named: Vec<String> = named.map(|(_, address)| address.clone()).collect();
        for address in mentions(text).into_iter().chain(named) {
            match self.owner(&address) {
                Owner::Site => (),
                Owner::Service(key) if runs => {
                    self.hold("script", &address, Some(key.clone()));
                    if !services.contains(&key) {
                        services.push(key);
                    }
                }
                // What an ordinary script does strict mode sees; what these load it does not.
                _ if !runs || (kind == "module" && text.contains("import")) => {
                    strange = true;
                    self.hold("script", &address, None);
                }
                _ => (),
            }
        }
        if !services.is_empty() {
            return mark(el, "script", &services);
        }
        if strange {
            set(el, "data-held-type", &kind)?;
            set(el, "type", "held")?;
        }
        Ok(())
    }

    fn owner(&self, address: &str) -> Owner {
        owner(self.with, self.base, address)
    }

    fn hold(&mut self, tag: &str, url: &str, service: Option<String>) {
        self.held.push(Held {
            tag: tag.to_owned(),
            url: url.to_owned(),
            service,
        });
    }

    /// Style without what it may not load.
    fn calm(&mut self, text: &str, tag: &str) -> String {
        css(text, |address| {
            let free = matches!(self.owner(address), Owner::Site);
            if !free {
                self.hold(tag, address, None);
            }
            free
        })
    }
}

/// Whether a link of this kind loads something.
fn loads(rel: &str) -> bool {
    let rel = rel.to_ascii_lowercase();
    LINKS.iter().any(|it| rel.contains(it))
}

fn set(el: &mut Element<'_, '_>, name: &str, value: &str) -> Done {
    el.set_attribute(name, &html_escape::encode_double_quoted_attribute(value))
}

fn rename(el: &mut Element<'_, '_>, from: &str, to: &str) -> Done {
    let Some(value) = el.get_attribute(from) else {
        return Ok(());
    };
    el.remove_attribute(from);
    el.set_attribute(to, &value)
}

/// Marks an element with whose it is.
fn mark(el: &mut Element<'_, '_>, tag: &str, services: &[String]) -> Done {
    if tag == "script" {
        let kind = attribute(el, "type").unwrap_or_default();
        if kind.eq_ignore_ascii_case("text/plain") {
            return Ok(());
        }
        if kind.eq_ignore_ascii_case("module") {
            set(el, "data-type", "module")?;
        }
        set(el, "type", "text/plain")?;
    }
    if !el.has_attribute("data-service") {
        set(el, "data-service", &services.join(","))?;
    }
    Ok(())
}
