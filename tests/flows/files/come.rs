//! How files come: chosen, dropped, pasted, and by keys alone.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Engine, Flow, Outcome, done, skip};
use serde_json::{Value, json};
use thirtyfour::Key;
use thirtyfour::cdp::Cdp;

use super::tus::Tus;
use super::{LONG, disk, give, page, spoken, state};

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
    assert_eq!(tus.whole(), [4136 + 16, 4136 + 17, 4136 + LONG + 10 * 16]);
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
