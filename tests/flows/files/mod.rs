//! Many files on their way, and the element that a person sees of it.

mod access;
mod secret;
mod tus;

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Engine, Flow, Options, Outcome, Reply, Test, done, flows, skip};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::Key;
use thirtyfour::cdp::Cdp;

use crate::sync::value;
use tus::Tus;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        files_chosen,
        files_of_a_folder,
        files_dropped,
        files_by_keyboard,
        files_paused,
        files_given_up,
        files_refused,
        files_too_long,
        files_after_a_reload,
        files_discarded,
        files_without_the_element,
        secret::files_stay_unseen,
        access::files_for_everyone,
        access::files_reflow,
        access::files_under_a_strict_policy,
    ]
    .to_vec()
}

/// Keeps the trees of elements for the test, which are closed to pages; `open` shows them to what looks for faults, too.
const TREES: &str = "window.trees = new WeakMap();\n\
    const attach = Element.prototype.attachShadow;\n\
    Element.prototype.attachShadow = function (options) {\n\
    const mode = document.documentElement.dataset.trees || options.mode;\n\
    const tree = attach.call(this, { ...options, mode });\n\
    trees.set(this, tree);\n\
    return tree;\n\
    };\n";

/// As long as a piece is, and some more: what is sent of it comes in two.
const LONG: usize = 5_000_000;

/// A page that takes files.
fn put(flow: &Flow, tus: &Tus, path: &str, language: &str, config: &Value, policy: &str) {
    let mut config = config.clone();
    config["at"] = json!(tus.at());
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    let mut page = Reply::html(format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\" data-trees=\"open\">\n<head>\n<meta charset=\"utf-8\">\n<title>Files</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<script src=\"/trees.js\"></script>\n\
         <link rel=\"stylesheet\" href=\"{path}.css\">\n</head>\n<body>\n<main>\n<h1>Files</h1>\n\
         <p><button type=\"button\" id=\"before\">Before</button></p>\n<mixus-files></mixus-files>\n</main>\n\
         <script type=\"application/json\" id=\"config\">{config}</script>\n<script type=\"module\" src=\"/files-page.js\"></script>\n</body>\n</html>\n"
    ));
    if !policy.is_empty() {
        page = page.header("content-security-policy", policy);
    }
    flow.site.reply(path, page);
    flow.site.reply("/trees.js", Reply::script(TREES));
    flow.site.reply("/files-page.js", Reply::script(include_str!("page.js")));
}

/// Opens a page that takes files.
async fn page(flow: &Flow, tus: &Tus) -> Result<Browser> {
    put(flow, tus, "/", "en", &json!({}), "");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    Ok(browser)
}

/// Gives files to the element: `(name, length)`.
async fn give(browser: &Browser, files: &[(&str, usize)]) -> Result<()> {
    browser.run(&format!("window.give({})", json!(files))).await
}

/// Waits until a file is in a state.
async fn state(browser: &Browser, name: &str, state: &str) -> Result<()> {
    browser.wait(&format!("row('{name}')?.dataset.state === '{state}'")).await
}

/// Presses a button by its name.
async fn press(browser: &Browser, label: &str) -> Result<()> {
    browser.click(&format!("button('{label}')")).await
}

/// Waits until something of these words is spoken.
async fn spoken(browser: &Browser, text: &str) -> Result<()> {
    browser
        .wait(&format!("spoken.some((it) => it.includes({}))", json!(text)))
        .await
}

/// Files on the disk, as a person has them.
fn disk(names: &[(&str, usize)]) -> Result<TempDir> {
    let folder = TempDir::with_prefix("mixus-privacy-")?;
    for (name, size) in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(path, vec![7; *size])?;
    }
    Ok(folder)
}

/// Chosen in a dialog: all are sealed and sent, and it is said once.
pub(crate) async fn files_chosen(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    // A page that nobody gives a file fetches nothing for it.
    assert!(
        !flow
            .site
            .requests()
            .iter()
            .any(|it| it.path.contains("vault") || it.path.contains("upload"))
    );
    let folder = disk(&[("one.txt", 0), ("two.bin", 1), ("Läbel 3.txt", LONG)])?;
    let input = browser.element("one('input[type=file]')").await?;
    let paths: Vec<String> = ["one.txt", "two.bin", "Läbel 3.txt"]
        .iter()
        .map(|it| folder.path().join(it).display().to_string())
        .collect();
    input.send_keys(paths.join("\n")).await?;
    for name in ["one.txt", "two.bin", "Läbel 3.txt"] {
        state(&browser, name, "done").await?;
    }
    spoken(&browser, "Everything is sent.").await?;
    let said: Vec<String> = browser.get("spoken").await?;
    let said = said.join(" ");
    assert!(said.starts_with("Files added: 3."), "{said}");
    assert!(said.len() < 150, "too much is said: {said}");
    assert_eq!(tus.whole(), [4136 + 16, 4136 + 17, 4136 + LONG + 5 * 16]);
    let sum: String = browser.get("one('.sum').textContent").await?;
    assert_eq!(sum, "3 of 3 sent");
    let told: Vec<(String, String)> = browser.get("told").await?;
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told.iter().filter(|(name, _)| name == "uploaded").count(), 3);
    // The same again is said, and not sent.
    let input = browser.element("one('input[type=file]')").await?;
    input.send_keys(paths.first().context("a path")?).await?;
    spoken(&browser, "Already in the list: one.txt.").await?;
    browser
        .wait("one('.note:not(.earlier)').textContent.includes('Already')")
        .await?;
    assert_eq!(tus.count("POST"), 3);
    done()
}

/// A folder is chosen with the second button.
pub(crate) async fn files_of_a_folder(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("its driver chooses no folders");
    }
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    let folder = disk(&[("photos/a.jpg", 10), ("photos/2024/b.jpg", 20)])?;
    let input = browser.element("one('input[webkitdirectory]')").await?;
    input.send_keys(folder.path().join("photos").display().to_string()).await?;
    for name in ["photos/a.jpg", "photos/2024/b.jpg"] {
        state(&browser, name, "done").await?;
    }
    assert_eq!(tus.whole().len(), 2);
    // The same folder dropped, as the browser itself hands it over, is the same files; and one more.
    let other = disk(&[("photos/a.jpg", 10), ("more/deep/c.jpg", 30)])?;
    let dropped = [folder.path().join("photos"), other.path().join("more")];
    let (x, y): (f64, f64) = browser
        .get("(({ left, top }) => [left + 20, top + 20])(one('.choose').getBoundingClientRect())")
        .await?;
    let tools = Cdp::new(browser.session.clone());
    for kind in ["dragEnter", "dragOver", "drop"] {
        let data = json!({"items": [], "files": dropped, "dragOperationsMask": 1});
        let event = json!({"type": kind, "x": x, "y": y, "data": data});
        tools.send_raw("Input.dispatchDragEvent", event).await?;
    }
    state(&browser, "more/deep/c.jpg", "done").await?;
    spoken(&browser, "Already in the list: 2.").await?;
    assert_eq!(tus.whole().len(), 3);
    done()
}

/// Dropped with folders in folders, more than a browser tells at once; and pasted.
pub(crate) async fn files_dropped(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    // Whoever drags sees where.
    assert_eq!(browser.get::<Value>("drag('dragover')").await?, true);
    let hint: String = browser.get("one('.zone.over .hint').textContent").await?;
    assert_eq!(hint, "Drop to add");
    browser.run("window.drag('dragleave')").await?;
    browser.wait("!one('.zone.over')").await?;
    let many: serde_json::Map<String, Value> = (0..250).map(|at| (format!("{at}.txt"), json!(at))).collect();
    let things = json!({"alone.txt": 3, "all": {"deep": {"deeper": {"last.txt": 4}}, "many": many, "lost.txt": -1}, "none": {}});
    browser.run(&format!("window.drop({things})")).await?;
    browser.wait("rows().length === 252").await?;
    spoken(&browser, "Files added: 252.").await?;
    spoken(&browser, "Could not be read: 1.").await?;
    for name in ["alone.txt", "all/deep/deeper/last.txt", "all/many/249.txt"] {
        browser.wait(&format!("row('{name}')")).await?;
    }
    browser.run("window.place = document.querySelector('mixus-files'); place.items.slice(3).forEach((it) => it.remove())").await?;
    browser.wait("rows().length === 3").await?;
    let pasted: bool = browser.get("paste([['image.png', 5, 'image/png']])").await?;
    assert!(pasted);
    state(&browser, "image.png", "done").await?;
    // An empty folder is said, too.
    browser.run("window.drop({ nothing: {} })").await?;
    spoken(&browser, "There are no files in it.").await?;
    done()
}

/// What the dialogs of the browser are asked for, instead of opening them.
const DIALOGS: &str = "window.opened = []; HTMLInputElement.prototype.click = function () { opened.push(this.webkitdirectory ? 'folder' : 'files'); };";

/// By keys alone: to both dialogs, and through the list. The focus is never lost.
pub(crate) async fn files_by_keyboard(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    browser.settled(&format!("(() => {{ {DIALOGS} }})()")).await?;
    tus.hold(0);
    browser.run("document.querySelector('#before').focus()").await?;
    browser.press(Key::Tab).await?;
    assert_eq!(
        browser.get::<String>("focused()").await?,
        "Choose filesor drop them here, folders too"
    );
    browser.press(Key::Enter).await?;
    browser.press(Key::Tab).await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Choose a folder");
    browser.press(Key::Space).await?;
    browser.wait("opened.join() === 'files,folder'").await?;
    give(&browser, &[("a.txt", 10), ("b.txt", 20), ("c.txt", 30)]).await?;
    state(&browser, "b.txt", "sending").await?;
    let mut order = Vec::new();
    for _ in 0..7 {
        browser.press(Key::Tab).await?;
        order.push(browser.get::<String>("focused()").await?);
    }
    assert_eq!(
        order,
        [
            "Pause all",
            "Pause a.txt",
            "Stop and remove a.txt",
            "Pause b.txt",
            "Stop and remove b.txt",
            "Pause c.txt",
            "Stop and remove c.txt",
        ]
    );
    let visible: bool = browser
        .get("getComputedStyle(one('.row:last-child .icon:last-child')).outlineStyle !== 'none'")
        .await?;
    assert!(visible, "the focus does not show");
    // A press keeps the focus where it is, though the button says something else then.
    browser.press_with(Key::Shift, Key::Tab).await?;
    browser.press_with(Key::Shift, Key::Tab).await?;
    browser.press_with(Key::Shift, Key::Tab).await?;
    browser.press(Key::Space).await?;
    state(&browser, "b.txt", "paused").await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Go on with b.txt");
    browser.press(Key::Space).await?;
    state(&browser, "b.txt", "waiting").await?;
    // What goes leaves it to what stands next; the last to the button for more.
    browser.press(Key::Tab).await?;
    browser.press(Key::Enter).await?;
    browser.wait("rows().length === 2").await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Stop and remove c.txt");
    spoken(&browser, "Removed: b.txt.").await?;
    browser.press(Key::Enter).await?;
    browser.wait("rows().length === 1").await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Stop and remove a.txt");
    // A button that goes because a file is done leaves it to the one beside it.
    browser.press_with(Key::Shift, Key::Tab).await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Pause a.txt");
    tus.let_go();
    state(&browser, "a.txt", "done").await?;
    assert_eq!(browser.get::<String>("focused()").await?, "Take a.txt off the list");
    browser.press(Key::Enter).await?;
    browser.wait("rows().length === 0").await?;
    assert_eq!(
        browser.get::<String>("focused()").await?,
        "Choose filesor drop them here, folders too"
    );
    // What was done is not taken back.
    assert_eq!(tus.whole().len(), 1);
    done()
}

/// Two at a time; what is paused makes room, and goes on where it was.
pub(crate) async fn files_paused(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    assert!(!browser.get::<bool>("asks()").await?);
    tus.hold(1);
    give(&browser, &[("long.bin", LONG), ("longer.bin", LONG + 1), ("short.txt", 5)]).await?;
    // A piece of it is there, and the next gets no answer.
    browser
        .wait("about('long.bin')[1]?.match(/^4.. MB of 5 MB|^5 MB of 5 MB|^4 MB/)")
        .await?;
    assert_eq!(
        browser.get::<Value>("rows().map(([, it]) => it)").await?,
        json!(["sending", "sending", "waiting"])
    );
    assert!(browser.get::<bool>("asks()").await?, "nobody is asked before the page is left");
    press(&browser, "Pause long.bin").await?;
    state(&browser, "long.bin", "paused").await?;
    state(&browser, "short.txt", "done").await?;
    press(&browser, "Pause all").await?;
    state(&browser, "longer.bin", "paused").await?;
    assert!(!browser.get::<bool>("asks()").await?);
    let patches = tus.count("PATCH");
    tus.let_go();
    press(&browser, "Go on with all").await?;
    for name in ["long.bin", "longer.bin"] {
        state(&browser, name, "done").await?;
    }
    // Not from the beginning: that was acknowledged.
    let later: Vec<String> = tus
        .asked()
        .into_iter()
        .filter(|it| it.method == "PATCH")
        .skip(patches)
        .map(|it| it.head)
        .collect();
    assert_eq!(later.len(), 2, "{later:?}");
    assert!(!later.iter().any(|it| it.contains("\"upload-offset\": \"0\"")), "{later:?}");
    assert!(!browser.get::<bool>("asks()").await?);
    done()
}

/// What is removed while it is sent is gone at the server, too.
pub(crate) async fn files_given_up(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    tus.hold(1);
    give(&browser, &[("long.bin", LONG), ("short.txt", 5)]).await?;
    state(&browser, "short.txt", "done").await?;
    browser.wait("row('long.bin').querySelector('progress').value > 0").await?;
    press(&browser, "Stop and remove long.bin").await?;
    browser.wait("rows().length === 1").await?;
    // Whoever is asked something now has been told of it before.
    while tus.count("DELETE") == 0 {
        tokio::task::yield_now().await;
        browser.get::<bool>("true").await?;
    }
    give(&browser, &[("other.txt", 6)]).await?;
    state(&browser, "other.txt", "done").await?;
    assert_eq!(tus.whole(), [4136 + 5 + 16, 4136 + 6 + 16]);
    assert!(!browser.get::<bool>("asks()").await?);
    done()
}

/// A server that refuses says why, in words; and it is tried again when somebody says so.
pub(crate) async fn files_refused(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    for (status, why) in [
        (403, "You are not allowed to send here, or no longer."),
        (413, "It is larger than the server takes."),
        (507, "The server has no room for it."),
        (400, "Something went wrong (code upload/refused 400)."),
    ] {
        tus.refuse(Some(status));
        let name = format!("{status}.txt");
        give(&browser, &[(&name, 5)]).await?;
        state(&browser, &name, "failed").await?;
        let said: String = browser.get(&format!("row('{name}').querySelector('.why').textContent")).await?;
        assert_eq!(said, why);
        spoken(&browser, &format!("Not sent: {name}. {why}")).await?;
    }
    let told: Vec<(String, String)> = browser.get("told.filter(([it]) => it === 'failed')").await?;
    assert_eq!(told, vec![("failed".to_owned(), "upload/refused".to_owned()); 4]);
    tus.refuse(None);
    press(&browser, "Try 403.txt again").await?;
    state(&browser, "403.txt", "done").await?;
    // Chosen once more is tried once more.
    give(&browser, &[("413.txt", 5)]).await?;
    state(&browser, "413.txt", "done").await?;
    assert_eq!(browser.get::<usize>("rows().length").await?, 4);
    done()
}

/// Before anything is sent of it.
pub(crate) async fn files_too_long(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    tus.longest(1_000_000);
    let browser = page(&flow, &tus).await?;
    give(&browser, &[("large.bin", 1_000_000), ("fits.bin", 990_000)]).await?;
    state(&browser, "large.bin", "failed").await?;
    state(&browser, "fits.bin", "done").await?;
    let why: String = browser.get("row('large.bin').querySelector('.why').textContent").await?;
    assert_eq!(why, "It is larger than 1 MB, which is the most that can be sent here.");
    assert_eq!(tus.count("POST"), 1);
    assert!(!browser.get::<bool>("!!button('Try large.bin again')").await?);
    done()
}

/// The page is left in the midst: the next one says that something is left, and the same file goes on where it was.
async fn left(flow: &Flow, tus: &Tus) -> Result<Browser> {
    let browser = page(flow, tus).await?;
    tus.hold(1);
    give(&browser, &[("long.bin", LONG)]).await?;
    browser.wait("row('long.bin')?.querySelector('progress').value > .8").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready && !one('.earlier').hidden").await?;
    let text: String = browser.get("one('.earlier p').textContent").await?;
    assert_eq!(
        text,
        "Not finished earlier: 1 (5 MB). Choose the same files again, and they go on where they stopped. Their names are not kept."
    );
    Ok(browser)
}

pub(crate) async fn files_after_a_reload(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = left(&flow, &tus).await?;
    tus.let_go();
    give(&browser, &[("long.bin", LONG)]).await?;
    browser.wait("one('.earlier').hidden").await?;
    state(&browser, "long.bin", "done").await?;
    assert_eq!(tus.count("POST"), 1);
    assert_eq!(tus.whole(), [4136 + LONG + 5 * 16]);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    done()
}

/// Who does not want to go on says so, and it is gone everywhere.
pub(crate) async fn files_discarded(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = left(&flow, &tus).await?;
    press(&browser, "Discard them").await?;
    browser.wait("one('.earlier').hidden").await?;
    spoken(&browser, "Discarded.").await?;
    assert_eq!(
        browser.get::<String>("focused()").await?,
        "Choose filesor drop them here, folders too"
    );
    assert_eq!(tus.count("DELETE"), 1);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    tus.let_go();
    give(&browser, &[("long.bin", LONG)]).await?;
    state(&browser, "long.bin", "done").await?;
    assert_eq!(tus.count("POST"), 2);
    done()
}

/// A site with a list of its own.
pub(crate) async fn files_without_the_element(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = page(&flow, &tus).await?;
    let list: Vec<(String, usize)> = (0..7).map(|at| (format!("{at}"), at * 1000)).collect();
    let names: Vec<&String> = list.iter().map(|(name, _)| name).collect();
    for (together, most) in [(json!({}), 2), (json!({"together": 3}), 3), (json!({"together": 1}), 1)] {
        let said = value(&browser, &format!("alone({}, {together})", json!(list))).await?;
        assert_eq!(
            said,
            json!({"most": most, "order": names, "whole": true, "count": 7, "done": 7})
        );
    }
    assert_eq!(tus.whole().len(), 21);
    done()
}

/// A browser with something special, at a page of a language.
async fn page_in(flow: &Flow, tus: &Tus, language: &str, options: Options) -> Result<Browser> {
    put(flow, tus, "/", language, &json!({}), "");
    let browser = flow.browser_with(options).await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    Ok(browser)
}
