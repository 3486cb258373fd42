//! The calls, as a page uses them.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, done};
use serde_json::{Value, json};

const TAG: &str = r#"<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>"#;

pub(crate) async fn no_person(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // Everything that a script can try by itself, without anybody at work.
    Page::new()
        .body(TAG)
        .body("<button id=\"yes\">Yes</button><button id=\"data\" data-privacy=\"accept\">Yes</button>")
        .after(
            "window.refusals = [];
             const refused = (call) => call().then(() => refusals.push('granted'), (error) => refusals.push(error.code));
             refused(() => privacy.acceptAll())
               .then(() => refused(() => privacy.set({ analytics: true })))
               .then(() => refused(() => privacy.set({ analytics: true }, new Event('click'))))
               .then(() => refused(() => privacy.acceptAll({ isTrusted: false })))
               .then(() => {
                 document.querySelector('mixus-privacy').shadowRoot.querySelectorAll('.actions button')[1].click();
                 document.querySelector('#data').click();
                 window.tried = true;
               });
             document.querySelector('#yes').onclick = (event) => privacy.set({ analytics: true }, event);",
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.wait("window.tried").await?;
    let refusals: Vec<String> = browser.get("refusals").await?;
    assert_eq!(refusals, ["consent/no-person"; 4]);
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert!(
        browser.get::<bool>(&format!("!!({BANNER})")).await?,
        "the question still stands"
    );
    assert_eq!(browser.beacon(site, "nobody").await?, [""; 0]);
    let stored: Value = browser.get("localStorage['mixus-privacy'] ?? null").await?;
    assert_eq!(stored, Value::Null);

    // The page's own button under a person's hand.
    browser.click("document.querySelector('#yes')").await?;
    browser.wait("privacy.allows('analytics')").await?;
    site.wait("plausible.io/js/script.js").await?;
    assert_eq!(browser.allowed().await?, ["analytics"]);
    done()
}

pub(crate) async fn explain(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let why = |key: &'static str| {
        format!("(({{ key, allowed, rule, note }}) => [key, allowed, rule, note])(privacy.explain('{key}'))")
    };
    let told: Value = browser.get(&why("analytics")).await?;
    assert_eq!(told, json!(["analytics", false, "regime", "undecided"]));
    let told: Value = browser.get(&why("essential")).await?;
    assert_eq!(told[1], true);
    assert_eq!(told[2], "essential");
    let told: Value = browser.get(&why("advertising")).await?;
    assert_eq!((&told[1], &told[2]), (&json!(false), &json!("never")));
    // An alias stands for its key.
    let told: Value = browser.get(&why("sentry")).await?;
    assert_eq!(told[0], "error-reports");
    // The chain of rules, in the order in which they are applied.
    browser.reject().await?;
    browser.control().await?;
    let reasons: Value = browser
        .get("privacy.explain('analytics').reasons.map(({ rule, outcome }) => rule + ' ' + outcome)")
        .await?;
    assert_eq!(
        reasons,
        json!([
            "essential passed",
            "never passed",
            "organisation passed",
            "minor passed",
            "opt-out-signal passed",
            "decision denied"
        ])
    );
    done()
}

async fn news(browser: &Browser) -> Result<Vec<String>> {
    browser.get("news.filter((it) => it.name !== 'tag').map((it) => it.name)").await
}

pub(crate) async fn events(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .body(TAG)
        .body("<script type=\"text/plain\" data-category=\"analytics\" data-src=\"http://www.doubleclick.net/ad.js\"></script>")
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(news(&browser).await?, ["ready"]);
    let ready: Value = browser.get("news.find((it) => it.name === 'ready').detail").await?;
    assert_eq!(ready["decided"], false);
    assert_eq!(ready["model"], "opt-in");
    let states = "Object.fromEntries(news.filter((it) => it.name === 'tag').map(({ detail }) => [(detail.host ?? detail.url?.host), detail.state]))";
    let tags: Value = browser.get(states).await?;
    assert_eq!(tags, json!({"plausible.io": "held", "www.doubleclick.net": "never"}));

    browser.accept().await?;
    browser.control().await?;
    browser.wait("news.some((it) => it.name === 'decision')").await?;
    let names = news(&browser).await?;
    assert!(
        names.contains(&"change".into()) && names.contains(&"decision".into()),
        "{names:?}"
    );
    let decision: Value = browser.get("news.find((it) => it.name === 'decision').detail").await?;
    assert_eq!(decision["decided"], true);
    assert_eq!(decision["purposes"]["analytics"], true);
    assert_eq!(decision["purposes"]["essential"], true);
    assert_eq!(decision["services"]["youtube"], true);
    assert_eq!(decision, browser.get::<Value>("privacy.decision()").await?);
    let tags: Value = browser.get(states).await?;
    assert_eq!(tags, json!({"plausible.io": "ran", "www.doubleclick.net": "never"}));
    // A listener that was taken back hears nothing; one that throws stops nothing.
    browser
        .run(
            "window.heard = 0; const off = privacy.on('decision', () => heard++); off();\
             privacy.on('decision', () => { throw new Error('no'); }); privacy.on('decision', () => { window.last = true; });\
             privacy.rejectAll();",
        )
        .await?;
    browser.wait("window.last && allowed().length === 0").await?;
    assert_eq!(browser.get::<u32>("heard").await?, 0);
    done()
}

pub(crate) async fn track(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().config(json!({"region": "DE", "track": "/collect"})).put(site, "/");
    Page::new()
        .config(json!({"region": "DE", "track": "/collect", "development": false}))
        .put(site, "/production");
    site.reply("/collect", mixus_privacy_tests::Reply::status(204));
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let collected = || {
        let all = site.requests().into_iter().filter(|it| it.path == "/collect");
        all.map(|it| it.body).collect::<Vec<_>>()
    };
    // Before consent it is dropped, not kept for later.
    let answer = browser
        .settled("await privacy.track('page_view', { route: '/before' })")
        .await?;
    assert_eq!(answer["value"], false, "{answer}");
    browser.accept().await?;
    browser.control().await?;
    let answer = browser
        .settled("await privacy.track('page_view', { route: '/chat/12345?token=x', country: { country: 'DE', region: 'BY', city: 'Passau' } })")
        .await?;
    // In development, what is never collected is an error, and nothing is sent.
    if answer["value"] != true {
        assert_eq!(answer["error"]["code"], "minimise/never-collected", "{answer}");
    }
    let answer = browser
        .settled("await privacy.track('page_view', Object.assign(Object.create(null), { route: '/chat/12345?token=x', country: 'DE' }))")
        .await?;
    assert_eq!(answer["value"], true, "{answer}");
    browser.beacon(site, "tracked").await?;
    let sent = collected();
    let last: Value = serde_json::from_str(sent.last().expect("an event"))?;
    assert_eq!(
        last,
        json!({"name": "page_view", "props": {"route": "/chat/:id", "country": "DE"}})
    );
    assert!(
        !sent.iter().any(|it| it.contains("before") || it.contains("Passau")),
        "{sent:?}"
    );
    let count = sent.len();
    for (event, code, path) in [
        ("'unheard_of'", "minimise/unknown-event", "name"),
        ("'page_view', { mood: 'good' }", "minimise/unlisted-prop", "props.mood"),
        ("'page_view', { latitude: 48.5 }", "minimise/never-collected", "props.latitude"),
        (
            "'response_time', { milliseconds: 'fast' }",
            "minimise/wrong-kind",
            "props.milliseconds",
        ),
    ] {
        let answer = browser.settled(&format!("await privacy.track({event})")).await?;
        assert_eq!(answer["error"]["code"], code, "{event}: {answer}");
        assert_eq!(answer["error"]["path"], path, "{event}: {answer}");
    }
    browser.beacon(site, "faulty").await?;
    assert_eq!(collected().len(), count);

    // In production the rest is sent without them.
    browser.open(&site.url("/production")).await?;
    browser.control().await?;
    let answer = browser
        .settled(
            "await privacy.track('response_time', { milliseconds: 1234, latitude: 48.5, streamed: true })",
        )
        .await?;
    assert_eq!(answer["value"], true, "{answer}");
    let answer = browser.settled("await privacy.track('unheard_of')").await?;
    assert_eq!(answer["value"], false, "{answer}");
    browser.beacon(site, "production").await?;
    let last: Value = serde_json::from_str(collected().last().expect("an event"))?;
    assert_eq!(
        last,
        json!({"name": "response_time", "props": {"milliseconds": 1200, "streamed": true}})
    );

    // Withdrawn, nothing goes out.
    let count = collected().len();
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    let answer = browser.settled("await privacy.track('page_view', { route: '/' })").await?;
    assert_eq!(answer["value"], false, "{answer}");
    browser.beacon(site, "withdrawn").await?;
    assert_eq!(collected().len(), count);
    done()
}
