//! What is said of an account, and of devices that disagree.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, CONTROL, Flow, Outcome, PANEL, RecordServer, done};
use thirtyfour::Key;

use super::look;
use crate::sync::{open, page, sign_in, value};

/// Signed in: the first layer says that the choice covers every device, and so does a notice; devices that disagree
/// are shown, and the person decides (L38, L40, L41).
pub(crate) async fn history_of_an_account(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    let line = format!("{BANNER}?.querySelector('p.account')?.textContent ?? ''");
    let notice =
        "document.querySelector('mixus-privacy:not([data-panel])').shadowRoot.querySelector('.notice')";
    for browser in [&one, &two] {
        open(browser, &flow, "/").await?;
        browser.banner().await?;
        assert_eq!(browser.get::<String>(&line).await?, "");
        sign_in(&server, browser).await?;
        browser
            .wait(&format!("({line}).includes('all devices of your account')"))
            .await?;
        // A question is open: it says so itself.
        assert!(browser.get::<bool>(&format!("!{notice}")).await?);
    }
    let disagree = format!("{BANNER}?.querySelector('h2').textContent === 'Your devices disagree'");
    server.end();
    one.accept().await?;
    two.reject().await?;
    server.listen().await?;
    for browser in [&one, &two] {
        browser.run("dispatchEvent(new Event('online'))").await?;
    }
    for (browser, side) in [
        (&one, "Allowed on this device, refused on another."),
        (&two, "Refused on this device, allowed on another."),
    ] {
        browser.wait(&disagree).await?;
        let sides: Vec<String> = browser
            .get(&format!("[...{BANNER}.querySelectorAll('.sides')].map((it) => it.textContent)"))
            .await?;
        assert_eq!(sides, [side]);
    }
    // And still after a reload.
    open(&two, &flow, "/").await?;
    two.wait(&disagree).await?;
    // The panel says why it is off, and who decides settles it for both.
    one.choose().await?;
    let why = format!("{PANEL}.querySelectorAll('.row small')[0].textContent");
    assert_eq!(
        one.get::<String>(&why).await?,
        "Off: allowed on one of your devices, refused on another"
    );
    one.panel_button("accept").await?;
    for browser in [&one, &two] {
        browser.wait("allowed().length === 4").await?;
        browser.control().await?;
    }
    // Both devices are in the list of each.
    look(&two).await?;
    let places = format!(
        "[...{PANEL}.querySelectorAll('.entry .when')].map((it) => it.textContent.includes('another device'))"
    );
    let places: Vec<bool> = two.get(&places).await?;
    assert!(places.contains(&true) && places.contains(&false), "{places:?}");
    two.press(Key::Escape).await?;
    // Signed out, it has decided nothing for itself: it is asked, and told why. Nobody disagrees.
    value(&two, "records.unlink()").await?;
    two.wait(&format!("({line}).startsWith('You have signed out.')")).await?;
    let title: String = two.get(&format!("{BANNER}.querySelector('h2').textContent")).await?;
    assert_eq!(title, "Your choice, before anything runs");
    two.choose().await?;
    assert_eq!(two.get::<String>(&why).await?, "Off: you have not allowed it");
    two.panel_button("reject").await?;
    two.control().await?;
    // Signed in again, the device and the account disagree, which is shown until it has signed out.
    let told = async |title: &str| {
        two.wait(&format!("{notice}?.querySelector('h2').textContent.startsWith('{title}')"))
            .await?;
        let text: String = two.get(&format!("{notice}.querySelector('.now').textContent")).await?;
        assert!(text.starts_with("Allowed now: Analytics"), "{text}");
        anyhow::Ok(())
    };
    sign_in(&server, &two).await?;
    two.wait(&disagree).await?;
    value(&two, "records.unlink()").await?;
    two.wait(&format!("({line}).startsWith('You have signed out.') && !({disagree})"))
        .await?;
    two.accept().await?;
    // Where both agree nothing is asked, and the notice stays until somebody has read it.
    sign_in(&server, &two).await?;
    told("Your account’s choices apply").await?;
    value(&two, "records.unlink()").await?;
    told("This device has its own choices again").await?;
    two.click(&format!("{notice}.querySelectorAll('button')[1]")).await?;
    two.wait(&format!("!{notice} && {CONTROL}")).await?;
    done()
}
