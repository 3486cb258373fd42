//! The pages that are measured: one page, with one consent manager each, set up as its
//! documentation recommends, all with the same texts and the same three purposes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::server::Files;

/// The purposes of every page, the essential one first.
const PURPOSES: [&str; 3] = ["essential", "analytics", "preferences"];

/// One consent manager on the page.
#[derive(Debug)]
pub(crate) struct Contestant {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// Whether it is this package; the others are its peers.
    pub(crate) own: bool,
    /// The path of its page.
    pub(crate) path: String,
    /// What runs in its page first.
    pub(crate) probe: String,
}

/// The texts that every page shows.
struct Texts {
    banner: Value,
    document: Value,
    controller: String,
}

impl Texts {
    fn read(root: &Path) -> Result<Texts> {
        let read = |path: &str| -> Result<Value> {
            let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
            Ok(serde_json::from_str(&text)?)
        };
        Ok(Texts {
            banner: read("src/web/texts/en.json")?["banner"].take(),
            document: read("src/policy/default/texts/en.json")?,
            controller: string(&read("pkg/policy.json")?["controller"]["name"])?,
        })
    }

    fn banner(&self, key: &str) -> Result<String> {
        Ok(string(&self.banner[key])?.replace("{controller}", &self.controller))
    }

    fn purpose(&self, key: &str, part: &str) -> Result<String> {
        string(&self.document["purposes"][key][part])
    }

    /// What this package's banner says, in one paragraph.
    fn description(&self) -> Result<String> {
        let mut text = self.banner("intro")?;
        for key in &PURPOSES[1..] {
            write!(text, " {}: {}.", self.purpose(key, "title")?, self.purpose(key, "short")?)?;
        }
        Ok(format!("{text} {}", self.banner("refusing")?))
    }
}

fn string(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("not a text: {value}"))
}

/// The page around a consent manager: an article with its styles, and a held inline script
/// with the attributes by which the manager knows it.
fn page(head: &str, marks: &str, end: &str) -> String {
    let paragraph = "<p>A page of some length, as pages are: a heading, a few paragraphs and \
        a list, enough for the browser to have something to lay out and to paint while the \
        consent manager is on its way.</p>\n";
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>A page</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n{head}\
         <style>body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem }}</style>\n\
         </head>\n<body>\n<h1>A page</h1>\n{}<ul>{}</ul>\n\
         <script type=\"text/plain\" {marks}>probe.held()</script>\n{end}</body>\n</html>\n",
        paragraph.repeat(12),
        "<li>An item of a list</li>\n".repeat(12),
    )
}

fn probe(find: &str, accept: &str) -> String {
    include_str!("probe.js").replace("FIND", find).replace("ACCEPT", accept)
}

/// Makes the pages and adds them and their files to the server.
pub(crate) fn contestants(root: &Path, files: &mut Files) -> Result<Vec<Contestant>> {
    let texts = Texts::read(root)?;
    let mut made = ours(root, files)?;
    made.push(vanilla(root, files, &texts)?);
    made.push(klaro(root, files, &texts)?);
    Ok(made)
}

/// This package, with the entry that loads its parts and with the one that has them inside.
/// The latter has the default policy inside as well, and so shows five purposes.
fn ours(root: &Path, files: &mut Files) -> Result<Vec<Contestant>> {
    let package = root.join("pkg");
    for name in ["guard.js", "index.js", "inline.js", "late.js", "boot.wasm"] {
        files.add(
            &format!("/mixus/{name}"),
            &fs::read(package.join(name)).with_context(|| name.to_owned())?,
        )?;
    }
    let policy = policy(root)?;
    files.add("/mixus/policy.js", &fs::read(&policy)?)?;
    // What is loaded after a withdrawal or with the panel.
    let folder = policy.with_extension("");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file name")?;
        files.add(&format!("/mixus/policy/{name}"), &fs::read(entry.path())?)?;
    }
    let probe = probe(
        "() => document.querySelector('mixus-privacy')?.shadowRoot?.querySelector('section')",
        "() => probe.find().querySelectorAll('.actions button')[1]",
    );
    let held = "data-category=\"analytics\"";
    let lazy = page(
        "<script src=\"/mixus/guard.js\"></script>\n\
         <link rel=\"modulepreload\" href=\"/mixus/index.js\">\n\
         <link rel=\"modulepreload\" href=\"/mixus/policy.js\">\n\
         <link rel=\"preload\" href=\"/mixus/boot.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n",
        held,
        "<script type=\"module\">\nimport { start } from '/mixus/index.js';\nstart({ region: 'DE' });\n</script>\n",
    );
    let inline = page(
        "<link rel=\"modulepreload\" href=\"/mixus/inline.js\">\n",
        held,
        "<script type=\"module\">\nimport { start } from '/mixus/inline.js';\nstart({ region: 'DE' });\n</script>\n",
    );
    let mut made = Vec::new();
    for (name, path, page) in [("mixus", "/mixus/", lazy), ("mixus inline", "/mixus-inline/", inline)] {
        files.add(path, page.as_bytes())?;
        made.push(Contestant {
            name,
            own: true,
            path: path.to_owned(),
            probe: probe.clone(),
        });
    }
    Ok(made)
}

/// The default policy with three purposes, compiled. Its regimes and its never-list stay:
/// the peers have nothing like them, and a real site would load them.
fn policy(root: &Path) -> Result<std::path::PathBuf> {
    let text = fs::read_to_string(root.join("pkg/policy.json"))?;
    let mut document: Value = serde_json::from_str(&text)?;
    let mut texts: Value =
        serde_json::from_str(&fs::read_to_string(root.join("src/policy/default/texts/en.json"))?)?;
    let known = |value: &Value| value.as_str().is_some_and(|key| PURPOSES.contains(&key));
    let mut gone = Vec::new();
    if let Some(services) = document["services"].as_array_mut() {
        services.retain(|it| {
            let stays = known(&it["purpose"]);
            if !stays {
                gone.push(it["key"].clone());
            }
            stays
        });
    }
    if let Some(purposes) = document["purposes"].as_array_mut() {
        purposes.retain(|it| known(&it["key"]));
    }
    if let Some(purposes) = texts["purposes"].as_object_mut() {
        purposes.retain(|key, _| PURPOSES.contains(&key.as_str()));
    }
    if let Some(services) = texts["services"].as_object_mut() {
        services.retain(|key, _| !gone.iter().any(|it| it == key));
    }
    for (value, name) in [(&mut document, "$schema"), (&mut texts, "$schema")] {
        value.as_object_mut().map(|it| it.shift_remove(name));
    }
    document["texts"] = json!({"en": texts});
    let work = root.join("target/bench");
    fs::create_dir_all(&work)?;
    let source = work.join("policy.json");
    fs::write(&source, document.to_string())?;
    let compiled = work.join("policy.js");
    let status = Command::new("node")
        .arg(root.join("pkg/cli.js"))
        .arg("compile")
        .arg(&source)
        .arg("--out")
        .arg(&compiled)
        .status()
        .context("node")?;
    if !status.success() {
        bail!("the policy was not compiled");
    }
    Ok(compiled)
}

/// Its documentation: the style sheet in the head, the script before a module that runs it.
/// The UMD file as a deferred script is found by the preload scanner, which the documented
/// import inside a configuration file is not: the faster of the two ways.
fn vanilla(root: &Path, files: &mut Files, texts: &Texts) -> Result<Contestant> {
    let dist = root.join("bench/node_modules/vanilla-cookieconsent/dist");
    for name in ["cookieconsent.css", "cookieconsent.umd.js"] {
        files.add(
            &format!("/vanilla/{name}"),
            &fs::read(dist.join(name)).with_context(|| name.to_owned())?,
        )?;
    }
    let mut sections = Vec::new();
    for (key, category) in PURPOSES.iter().zip(["necessary", "analytics", "preferences"]) {
        sections.push(json!({
            "title": texts.purpose(key, "title")?,
            "description": texts.purpose(key, "description")?,
            "linkedCategory": category,
        }));
    }
    let config = json!({
        // A browser that is driven would not be asked.
        "hideFromBots": false,
        "categories": {
            "necessary": {"enabled": true, "readOnly": true},
            "analytics": {},
            "preferences": {},
        },
        "language": {
            "default": "en",
            "translations": {"en": {
                "consentModal": {
                    "title": texts.banner("title")?,
                    "description": texts.description()?,
                    "acceptAllBtn": texts.banner("accept")?,
                    "acceptNecessaryBtn": texts.banner("reject")?,
                    "showPreferencesBtn": texts.banner("choose")?,
                },
                "preferencesModal": {
                    "title": texts.banner("control")?,
                    "acceptAllBtn": texts.banner("accept")?,
                    "acceptNecessaryBtn": texts.banner("reject")?,
                    "savePreferencesBtn": "Save my choice",
                    "closeIconLabel": "Close",
                    "sections": sections,
                },
            }},
        },
    });
    let page = page(
        "<link rel=\"stylesheet\" href=\"/vanilla/cookieconsent.css\">\n\
         <script defer src=\"/vanilla/cookieconsent.umd.js\"></script>\n",
        "data-category=\"analytics\"",
        &format!("<script type=\"module\">\nCookieConsent.run({config});\n</script>\n"),
    );
    files.add("/vanilla/", page.as_bytes())?;
    Ok(Contestant {
        name: "vanilla-cookieconsent",
        own: false,
        path: "/vanilla/".into(),
        probe: probe(
            "() => document.querySelector('#cc-main .cm')",
            "() => document.querySelector('#cc-main .cm [data-role=\"all\"]')",
        ),
    })
}

/// Its README: the configuration and the script, both deferred.
fn klaro(root: &Path, files: &mut Files, texts: &Texts) -> Result<Contestant> {
    let script = root.join("bench/node_modules/klaro/dist/klaro.js");
    files.add("/klaro/klaro.js", &fs::read(&script).context("klaro.js")?)?;
    let mut services = Vec::new();
    let mut purposes = json!({});
    for key in PURPOSES {
        services.push(json!({
            "name": key,
            "title": texts.purpose(key, "title")?,
            "description": texts.purpose(key, "description")?,
            "purposes": [key],
            "required": key == "essential",
        }));
        purposes[key] = texts.purpose(key, "title")?.into();
    }
    let config = json!({
        "version": 1,
        "acceptAll": true,
        "showNoticeTitle": true,
        "translations": {"en": {
            "privacyPolicyUrl": "/privacy",
            "consentNotice": {
                "title": texts.banner("title")?,
                "description": texts.description()?,
                "learnMore": texts.banner("choose")?,
            },
            "ok": texts.banner("accept")?,
            "acceptAll": texts.banner("accept")?,
            "decline": texts.banner("reject")?,
            "purposes": purposes,
        }},
        "services": services,
    });
    files.add("/klaro/config.js", format!("var klaroConfig = {config};\n").as_bytes())?;
    let page = page(
        "<script defer src=\"/klaro/config.js\"></script>\n<script defer src=\"/klaro/klaro.js\"></script>\n",
        "data-type=\"application/javascript\" data-name=\"analytics\"",
        "",
    );
    files.add("/klaro/", page.as_bytes())?;
    Ok(Contestant {
        name: "klaro",
        own: false,
        path: "/klaro/".into(),
        probe: probe(
            "() => document.querySelector('#klaro .cookie-notice')",
            "() => document.querySelector('#klaro .cookie-notice .cm-btn-success')",
        ),
    })
}
