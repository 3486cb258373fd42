//! The packed package by itself: what is in it, in Node.js, and to a type checker.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mixus_privacy_tests::{Fixture, root};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};

/// The entries that code imports.
const ENTRIES: [&str; 2] = ["@mixus/privacy", "@mixus/privacy/inline"];

fn install(name: &str) -> Fixture {
    Fixture::install(name).expect("an installed project")
}

fn read(fixture: &Fixture, name: &str) -> Value {
    let text = fs::read(fixture.package().join(name)).expect("a file of the package");
    serde_json::from_slice(&text).expect("JSON")
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_file_that_the_manifest_names_is_packed() {
    let fixture = install("plain");
    let manifest = read(&fixture, "package.json");
    let named = [&manifest["exports"], &manifest["bin"], &manifest["types"]]
        .into_iter()
        .flat_map(texts);
    let mut count = 0;
    for name in named {
        let there = match name.split_once('*') {
            None => fixture.package().join(name).is_file(),
            Some((folder, end)) => fs::read_dir(fixture.package().join(folder)).is_ok_and(|mut all| {
                all.any(|it| it.is_ok_and(|it| it.file_name().to_string_lossy().ends_with(end)))
            }),
        };
        assert!(there, "{name}");
        count += 1;
    }
    assert!(count > 10, "{count}");
}

#[test]
fn every_file_that_a_page_can_load_has_its_hash() {
    let fixture = install("plain");
    let hashes: BTreeMap<String, String> =
        serde_json::from_value(read(&fixture, "integrity.json")).expect("names and hashes");
    for (name, hash) in &hashes {
        let body = fs::read(fixture.package().join(name)).expect("a packed file");
        assert_eq!(*hash, format!("sha384-{}", STANDARD.encode(Sha384::digest(body))), "{name}");
    }
    for name in [
        "guard.js", "index.js", "inline.js", "boot.wasm", "panel.wasm", "policy/document.js",
    ] {
        assert!(hashes.contains_key(name), "{name}");
    }
}

#[test]
fn importing_it_in_node_does_nothing() {
    let fixture = install("plain");
    for entry in ENTRIES {
        // The program has to end by itself, and says nothing.
        let program = format!("import('{entry}').then((it) => it.start())");
        let printed = fixture.run("timeout", &["60", "node", "-e", &program]).expect("it ends well");
        assert_eq!(printed, "", "{entry}");

        let program = format!(
            "const before = Reflect.ownKeys(globalThis);\
             const it = await import('{entry}');\
             const started = await it.start({{ region: 'DE' }});\
             const code = (call) => call.then((value) => value, (error) => error.code);\
             const codes = await Promise.all([it.acceptAll(), it.rejectAll(), it.set({{ analytics: true }}), \
               it.withdraw(), it.show(), it.openPreferences(), it.records()].map(code));\
             const added = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key));\
             console.log(JSON.stringify({{ started: started === undefined, added, \
               codes: [...new Set(codes)], tracked: await code(it.track('page_view')), \
               allowed: it.allows('essential') || it.allows('analytics'), decided: it.decision().decided }}));"
        );
        let arguments = ["60", "node", "--input-type=module", "-e", &program];
        let printed = fixture.run("timeout", &arguments).expect("it ends well");
        let facts: Value = serde_json::from_str(&printed).expect("JSON");
        let nothing = json!({
            "started": true, "added": [], "codes": ["api/not-started"], "tracked": false,
            "allowed": false, "decided": false,
        });
        assert_eq!(facts, nothing, "{entry}");
    }
}

#[test]
fn the_entries_have_the_same_names() {
    let fixture = install("plain");
    let program = "const [a, b] = await Promise.all(['@mixus/privacy', '@mixus/privacy/inline']\
        .map((it) => import(it)));\
        console.log(JSON.stringify([Object.keys(a), Object.keys(b)]));";
    let printed = fixture
        .run("node", &["--input-type=module", "-e", program])
        .expect("it ends well");
    let names: Vec<Vec<String>> = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(names[0], names[1]);
    assert!(names[0].contains(&"start".into()));
}

#[test]
fn types_are_found_however_modules_are_resolved() {
    let fixture = install("types");
    let tsc = root().join("js/node_modules/.bin/tsc");
    let tsc = tsc.to_str().expect("a path");
    for resolution in ["bundler", "node16"] {
        let project = format!("tsconfig.{resolution}.json");
        let checked = fixture.run(tsc, &["--noEmit", "--project", &project]);
        assert!(checked.is_ok(), "{resolution}: {checked:?}");
    }
}

#[test]
fn a_server_tells_browsers_what_they_may_ask() {
    let fixture = install("plain");
    let program = "import { createServer } from 'node:http';\
        import { headers, meta, nginx, privacy } from '@mixus/privacy/server';\
        const handle = privacy({ allow: ['cdn.example'] });\
        const server = createServer((request, response) => {\
          response.setHeader('Content-Security-Policy', \"img-src 'self'\");\
          response.setHeader('Vary', 'Accept');\
          handle(request, response, () => response.end('ok'));\
        });\
        await new Promise((done) => server.listen(0, '127.0.0.1', done));\
        const url = 'http://127.0.0.1:' + server.address().port;\
        const page = await fetch(url);\
        const erase = (init) => fetch(url + '/privacy/erase', { method: 'POST', ...init });\
        const cookie = 'cw_conversation=1; mixus_session=2';\
        const erased = await erase({ headers: { cookie, 'sec-fetch-site': 'same-origin' } });\
        const foreign = await erase({ headers: { cookie, 'sec-fetch-site': 'cross-site' } });\
        const got = await erase({ method: 'GET' });\
        server.close();\
        console.log(JSON.stringify({\
          csp: page.headers.get('content-security-policy').split(\", default-src\").length,\
          vary: page.headers.get('vary'), body: await page.text(), status: [erased.status, foreign.status, got.status],\
          names: [...new Set(erased.headers.getSetCookie().map((it) => it.split('=')[0]))],\
          clear: erased.headers.get('clear-site-data'), foreign: foreign.headers.getSetCookie(),\
          same: meta({}).includes(headers({})[0][1]), nginx: nginx().includes('$mixus_privacy_csp'),\
        }));";
    let arguments = ["60", "node", "--input-type=module", "-e", program];
    let printed = fixture.run("timeout", &arguments).expect("it ends well");
    let facts: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(
        facts,
        json!({
            "csp": 2, "vary": "Accept, Cookie, Sec-GPC", "body": "ok", "status": [204, 403, 405],
            "names": ["cw_conversation"], "clear": "\"cache\"", "foreign": [], "same": true, "nginx": true,
        })
    );
}

#[test]
fn pages_are_rewritten_in_place() {
    let fixture = install("plain");
    let tool = "node_modules/@mixus/privacy/cli.js";
    let page = fixture.folder().join("page.html");
    let markup = "<!doctype html><title>a</title><script src=https://plausible.io/s.js></script><img src=https://cdn.example/p>";
    fs::write(&page, markup).expect("written");
    let arguments = ["rewrite", "page.html", "--allow", "cdn.example", "--guard", "/privacy"];
    let run = |more: &[&str]| fixture.run("node", &[&[tool][..], &arguments, more].concat());
    let told = "page.html: <script> https://plausible.io/s.js waits for plausible\n";
    assert_eq!(run(&["--dry-run"]).expect("it ends well"), told);
    assert_eq!(fs::read_to_string(&page).expect("a page"), markup);
    assert_eq!(run(&[]).expect("it ends well"), told);
    let after = fs::read_to_string(&page).expect("a page");
    assert!(after.starts_with("<!doctype html><script src=\"/privacy/guard.js\""), "{after}");
    assert!(after.contains("type=\"text/plain\" data-service=\"plausible\""), "{after}");
    assert!(after.ends_with("<img src=https://cdn.example/p>"), "{after}");
    assert_eq!(run(&[]).expect("it ends well"), "");
    assert_eq!(fs::read_to_string(&page).expect("a page"), after);
    // What cannot be done is said, and ends badly.
    for bad in [
        &["rewrite"][..],
        &["rewrite", "none.html"],
        &["header", "--out", "a"],
        &["rewrite", "page.html", "--policy", "none.json"],
    ] {
        assert!(fixture.run("node", &[&[tool][..], bad].concat()).is_err(), "{bad:?}");
    }
}
