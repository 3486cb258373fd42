//! The demo's files: `www/`, the vendors' kits from npm, and a policy for the ports in use.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

use super::VENDORS;
use super::account::Accounts;
use super::settings::{LAYOUTS, REGIONS, SCHEMES, Settings};
use crate::run::run;
use crate::{build, bundle, paths, setup};

/// Scripts are bundled once, however many demos a process serves.
static BUNDLED: Mutex<bool> = Mutex::new(false);

/// Where the finished files lie.
pub(super) fn folder() -> PathBuf {
    paths::root().join("target/demo")
}

fn sources() -> PathBuf {
    paths::root().join("www")
}

/// The origins of everything, by the ports in use.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The site, under both of its names: to a browser these are two sites, and so two devices.
    pub(super) site: [String; 2],
    pub(super) vendors: Vec<(&'static str, String)>,
    /// Where each device finds the server of records.
    pub(super) lines: Vec<String>,
}

impl Places {
    /// The site comes first, then the vendors, then the lines.
    pub(super) fn new(ports: &[u16]) -> Result<Places> {
        let (site, rest) = ports.split_first().context("a port")?;
        let (vendors, lines) = rest.split_at_checked(VENDORS.len()).context("ports")?;
        let origin = |port: &u16| format!("http://127.0.0.1:{port}");
        Ok(Places {
            site: [origin(site), format!("http://localhost:{site}")],
            vendors: VENDORS.into_iter().zip(vendors.iter().map(origin)).collect(),
            lines: lines.iter().map(origin).collect(),
        })
    }

    /// The site under its other name than that of a `Host` header.
    pub(super) fn other(&self, host: &str) -> &str {
        let [numbers, name] = &self.site;
        if host.starts_with("localhost") { numbers } else { name }
    }
}

/// The site for one set of places.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) places: Places,
    pub(super) accounts: Accounts,
    /// The key of the log of records.
    key: String,
    /// The address of the compiled policy.
    policy: String,
    /// Name, provider, cookies and storage of every service.
    services: Value,
    /// The purposes that an opt-out signal denies.
    sharing: Vec<Value>,
    /// By language, the usual one first: the demo's own texts, and those of the package and the
    /// policy that it shows too.
    texts: Vec<(String, Value)>,
}

impl Site {
    /// Builds it. The package has to be built.
    pub(super) fn build(places: Places, accounts: Accounts, key: String) -> Result<Site> {
        bundle_once()?;
        let (document, texts) = document(&places.vendors)?;
        // A policy knows its vendors' ports: each demo has its own.
        let port = places
            .vendors
            .first()
            .and_then(|(_, origin)| origin.rsplit(':').next())
            .context("a port")?;
        let name = format!("policy-{port}");
        let file = folder().join(&name).join("policy.json");
        fs::create_dir_all(folder().join(&name))?;
        fs::write(&file, document.to_string())?;
        build::policy(&file, &folder().join(&name).join("policy.js"))?;
        let purposes = document["purposes"].as_array().context("purposes")?;
        let sharing = purposes.iter().filter(|it| it["sharing"] == true).map(|it| it["key"].clone());
        Ok(Site {
            places,
            accounts,
            key,
            policy: format!("/{name}/policy.js"),
            services: document["services"].clone(),
            sharing: sharing.collect(),
            texts,
        })
    }

    /// What a visitor has chosen, or what their browser says.
    pub(super) fn settings(&self, query: &str, accepts: &str, signal: bool) -> Settings {
        let languages: Vec<&str> = self.texts.iter().map(|(it, _)| it.as_str()).collect();
        let mut settings = Settings::read(query, accepts, &languages);
        settings.gpc |= signal;
        settings
    }

    /// The texts of a language, or of the usual one.
    pub(super) fn texts(&self, language: &str) -> &Value {
        let found = self.texts.iter().find(|(it, _)| it == language);
        found.or(self.texts.first()).map_or(&Value::Null, |(_, texts)| texts)
    }

    /// A page as HTML. `number` is the page's own, `device` that of the device with its line, `host` the name under which it
    /// was asked for.
    pub(super) fn page(
        &self,
        name: &str,
        number: &str,
        settings: &Settings,
        (device, open): (usize, [bool; 2]),
        host: &str,
    ) -> Result<String> {
        let other = self.places.other(host);
        let texts = self.texts(&settings.language);
        let languages: Vec<Value> =
            self.texts.iter().map(|(key, texts)| json!([key, texts["name"]])).collect();
        let vendors: Map<String, Value> = self
            .places
            .vendors
            .iter()
            .map(|(name, origin)| ((*name).to_owned(), format!("{origin}/{number}").into()))
            .collect();
        render(
            name,
            &json!({
                "t": texts,
                "dir": direction(&settings.language),
                "settings": settings,
                "policy": self.policy,
                "other": other.trim_start_matches("http://"),
                "vendors": vendors,
                "services": self.services,
                "regions": REGIONS,
                "languages": languages,
                "layouts": LAYOUTS,
                "schemes": SCHEMES,
                "data": {
                    "page": number,
                    "vendors": vendors,
                    "device": device,
                    "other": other,
                    "records": {"to": self.places.lines.get(device), "key": self.key, "open": open},
                    "settings": settings,
                    "policy": self.policy,
                    "services": self.services,
                    "sharing": self.sharing,
                    "t": texts,
                },
            }),
        )
    }

    /// The page of the video network, as HTML.
    pub(super) fn film(&self, language: &str) -> Result<String> {
        let texts = self.texts(language);
        let language = texts["language"].as_str().unwrap_or("");
        render(
            "film.html",
            &json!({"t": texts["film"], "language": language, "dir": direction(language)}),
        )
    }

    /// The content security policy of the pages: strict, but for the vendors' own
    /// origins: nothing here may be held by it in the package's place. The page of the second device stands in a frame of
    /// the first.
    pub(super) fn content_policy(&self, name: &str) -> String {
        let Places { site, vendors, lines } = &self.places;
        let of = |name: &str| {
            let found = vendors.iter().find(|(it, _)| *it == name);
            found.map_or("", |(_, origin)| origin.as_str())
        };
        let (analytics, errors, chat, video) = (of("analytics"), of("errors"), of("chat"), of("video"));
        let (pasted, lines, site) = (of("pasted"), lines.join(" "), site.join(" "));
        let above = if name == "second.html" { &site } else { "'none'" };
        format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {pasted}; style-src 'self'; \
             img-src 'self' data: blob: {pasted}; media-src 'self' blob:; worker-src 'self'; font-src 'self' data:; \
             connect-src 'self' {analytics} {errors} {chat} {pasted} {lines}; frame-src {video} {site}; \
             base-uri 'none'; form-action 'self'; frame-ancestors {above}"
        )
    }
}

fn direction(language: &str) -> &'static str {
    if language == "ar" { "rtl" } else { "ltr" }
}

/// Fills in a template of `www/`. A name that it does not get is an error.
fn render(name: &str, with: &Value) -> Result<String> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    for name in [name, "head.html"] {
        templates.add_template_owned(name, fs::read_to_string(sources().join(name))?)?;
    }
    Ok(templates.get_template(name)?.render(Serde(with))?)
}

/// Installs the kits and bundles the scripts.
fn bundle_once() -> Result<()> {
    let mut bundled = BUNDLED.lock().ok().context("bundling has failed before")?;
    if *bundled {
        return Ok(());
    }
    let (from, to) = (sources(), folder());
    setup::npm(&from)?;
    fs::create_dir_all(to.join("vendors"))?;
    for kit in [
        "app/assistant", "app/privacy", "app/second", "vendors/analytics", "vendors/errors", "vendors/chat",
    ] {
        run(Command::new(paths::root().join("js/node_modules/.bin/esbuild"))
            .arg(from.join(kit).with_extension("js"))
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .args(["--external:/pkg/*", "--define:process.env.NODE_ENV=\"production\""])
            .arg(format!("--outfile={}", to.join(kit).with_extension("js").display())))?;
    }
    for (name, to_name) in [
        ("app.css", "app.css"),
        ("icon.svg", "icon.svg"),
        ("vendors/pasted.js", "vendors/pasted.js"),
        ("node_modules/@n8n/chat/dist/style.css", "vendors/chat.css"),
    ] {
        fs::copy(from.join(name), to.join(to_name)).with_context(|| name.to_owned())?;
    }
    *bundled = true;
    Ok(())
}

/// The default policy with this demo's services and texts, and by language the texts that the
/// pages show.
fn document(vendors: &[(&'static str, String)]) -> Result<(Value, Vec<(String, Value)>)> {
    let default = paths::root().join("src/policy/default");
    let mut document = bundle::read_json(&default.join("policy.json"))?;
    let host = |vendor: &str| {
        let found = vendors.iter().find(|(name, _)| *name == vendor);
        let host = found.map(|(_, origin)| origin.trim_start_matches("http://").to_owned());
        host.with_context(|| format!("there is no vendor {vendor}"))
    };
    document["version"] = "demo-1".into();
    let never = document["never"][0]["hosts"].as_array_mut().context("the never-list")?;
    never.push(host("ads")?.into());
    let mut own = bundle::read_json(&sources().join("services.json"))?;
    let services = document["services"].as_array_mut().context("services")?;
    // What the default policy says of the site itself stays; the vendors are the demo's own.
    services.retain(|it| it.get("hosts").is_none());
    for service in own.as_array_mut().context("a list of services")? {
        if let Some(vendor) = service["vendor"].as_str() {
            service["hosts"] = json!([host(vendor)?]);
        }
        service.as_object_mut().context("a service")?.remove("vendor");
        services.push(service.clone());
    }
    let keys: Vec<String> = services.iter().map(|it| it["key"].as_str().unwrap_or("").to_owned()).collect();
    let mut shown = Vec::new();
    for (language, address) in document["texts"].as_object_mut().context("texts")? {
        let mut policy = bundle::read_json(&default.join(address.as_str().context("an address")?))?;
        let mut texts = own_texts(language)?;
        let package = bundle::read_json(&paths::root().join(format!("src/web/texts/{language}.json")))?;
        let described = policy["services"].as_object_mut().context("texts of services")?;
        let more = texts["services"].take();
        described.extend(more.as_object().context("texts of services")?.clone());
        described.retain(|key, _| keys.contains(key));
        texts["language"] = language.as_str().into();
        texts["reason"] = package["reason"].clone();
        texts["buttons"] = package["banner"].clone();
        texts["acts"] = package["history"]["act"].clone();
        for name in ["purposes", "never", "services"] {
            texts[name] = policy[name].clone();
        }
        shown.push((language.clone(), texts));
        *address = policy;
    }
    Ok((document, shown))
}

/// The demo's own texts. A language that it does not have reads English.
fn own_texts(language: &str) -> Result<Value> {
    let file = |language: &str| sources().join(format!("texts/{language}.json"));
    let found = file(language);
    bundle::read_json(&if found.exists() { found } else { file("en") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(value: &Value) -> Value {
        match value {
            Value::Object(members) => members.iter().map(|(key, it)| (key.clone(), shape(it))).collect(),
            Value::Array(items) => items.iter().map(shape).collect(),
            // Places of values have to be the same in every language.
            Value::String(text) => {
                let mut places: Vec<&str> =
                    text.split('{').skip(1).filter_map(|it| it.split('}').next()).collect();
                places.sort_unstable();
                places.join(" ").into()
            }
            other => other.clone(),
        }
    }

    #[test]
    fn every_language_says_the_same() {
        let default = paths::root().join("src/policy/default/policy.json");
        let document = bundle::read_json(&default).expect("the default policy");
        let english = shape(&own_texts("en").expect("texts"));
        for language in document["texts"].as_object().expect("texts").keys() {
            assert!(sources().join(format!("texts/{language}.json")).exists(), "{language}");
            assert_eq!(shape(&own_texts(language).expect("texts")), english, "{language}");
        }
    }
}
