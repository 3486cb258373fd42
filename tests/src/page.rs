//! Pages made for one test.

use serde_json::{Value, json};

use crate::site::{Reply, Site};

/// The root of the banner, in the language of pages: its element while there is one.
pub const BANNER: &str = "document.querySelector('mixus-privacy:not([data-panel])')\
    ?.shadowRoot.querySelector('section,dialog')";
/// The permanent control.
pub const CONTROL: &str = "document.querySelector('mixus-privacy:not([data-panel])')\
    ?.shadowRoot.querySelector('.control')";
/// The panel.
pub const PANEL: &str =
    "document.querySelector('mixus-privacy[data-panel]')?.shadowRoot.querySelector('dialog[open]')";

/// A page that starts the package as a site would.
#[derive(Clone, Debug)]
pub struct Page {
    first: String,
    head: String,
    body: String,
    language: String,
    before: String,
    after: String,
    entry: &'static str,
    config: Value,
    policy: Option<String>,
    guard: String,
    headers: Vec<(&'static str, String)>,
    plan: Option<String>,
}

impl Default for Page {
    fn default() -> Page {
        Page::new()
    }
}

impl Page {
    /// An empty page for a visitor from Germany.
    pub fn new() -> Page {
        Page {
            first: String::new(),
            head: String::new(),
            body: String::new(),
            language: "en".into(),
            before: String::new(),
            after: String::new(),
            entry: "index",
            config: json!({"region": "DE"}),
            policy: None,
            guard: "<script src=\"/pkg/guard.js\"></script>".into(),
            headers: Vec::new(),
            plan: None,
        }
    }

    /// With this in its body.
    #[must_use]
    pub fn body(mut self, html: &str) -> Page {
        self.body.push_str(html);
        self
    }

    /// With this in its head, behind the guard.
    #[must_use]
    pub fn head(mut self, html: &str) -> Page {
        self.head.push_str(html);
        self
    }

    /// With this in its head, before the guard.
    #[must_use]
    pub fn first(mut self, html: &str) -> Page {
        self.first.push_str(html);
        self
    }

    /// With another tag for the guard.
    #[must_use]
    pub fn guard(mut self, html: &str) -> Page {
        self.guard = html.into();
        self
    }

    /// In a language.
    #[must_use]
    pub fn language(mut self, language: &str) -> Page {
        self.language = language.into();
        self
    }

    /// With this configuration; any JavaScript can stand for the policy with [`Self::policy`].
    #[must_use]
    pub fn config(mut self, config: Value) -> Page {
        self.config = config;
        self
    }

    /// With this expression as the configuration's policy.
    #[must_use]
    pub fn policy(mut self, expression: &str) -> Page {
        self.policy = Some(expression.into());
        self
    }

    /// With JavaScript that runs in the module before the start.
    #[must_use]
    pub fn before(mut self, script: &str) -> Page {
        self.before.push_str(script);
        self
    }

    /// With JavaScript that runs in the module after the start, and so without a person.
    #[must_use]
    pub fn after(mut self, script: &str) -> Page {
        self.after.push_str(script);
        self
    }

    /// With another entry of the package.
    #[must_use]
    pub fn entry(mut self, name: &'static str) -> Page {
        self.entry = name;
        self
    }

    /// With a response header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Page {
        self.headers.push((name, value.into()));
        self
    }

    /// With the headers that this plan has for each visitor.
    #[must_use]
    pub fn served(mut self, plan: &str) -> Page {
        self.plan = Some(plan.into());
        self
    }

    /// Puts it on a site, or at `host/path`. Its scripts are files, as a strict content
    /// security policy wants them.
    pub fn put(&self, site: &Site, address: &str) {
        let Page {
            first,
            head,
            body,
            language,
            before,
            after,
            entry,
            config,
            guard,
            ..
        } = self;
        let module = format!("{address}.module.js");
        let path = module.find('/').and_then(|at| module.get(at..)).unwrap_or("");
        let html = format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <title>A page of a test</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             {first}\n{guard}\n{head}\n</head>\n<body>\n<main>\n<h1>A page of a test</h1>\n\
             {body}\n</main>\n<script type=\"module\" src=\"{path}\"></script>\n</body>\n</html>\n",
        );
        let mut reply = Reply::html(html);
        for (name, value) in &self.headers {
            reply = reply.header(name, value.as_str());
        }
        if let Some(plan) = &self.plan {
            reply = reply.served(plan);
        }
        let config = match &self.policy {
            Some(policy) => format!("{{...{config}, policy: {policy}}}"),
            None => config.to_string(),
        };
        site.reply(address, reply);
        site.reply(
            &module,
            Reply::script(format!(
                "import * as privacy from '/pkg/{entry}.js';\n\
                 window.privacy = privacy;\n\
                 window.news = [];\n\
                 for (const name of ['ready', 'decision', 'change', 'tag', 'erased']) {{\n\
                 privacy.on(name, (detail) => news.push({{ name, detail, at: Date.now() }}));\n\
                 }}\n\
                 window.errors = [];\n\
                 privacy.on('error', ({{ code, path, name }}) => errors.push({{ code, path, name }}));\n\
                 // A module that traps says where.\n\
                 privacy.on('error', (error) => error.code || (window.trap = `${{error}} ${{error.stack}}`));\n\
                 window.allowed = () => ['analytics', 'preferences', 'support-chat', 'social'].filter(privacy.allows);\n\
                 {before}\n\
                 privacy.start({config}).then(\n\
                 () => {{ {after}; window.started = true; }},\n\
                 ({{ code, path, name, faults }}) => (window.failed = {{ code, path, name, faults }}),\n\
                 );\n",
            )),
        );
    }
}
