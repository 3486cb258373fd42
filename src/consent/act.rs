//! What a person did, where, and the witness that it was a person.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$item,)*];

            /// The value at this place of [`Self::ALL`].
            pub fn numbered(at: u32) -> Option<$name> {
                $name::ALL.get(at as usize).copied()
            }

            /// The word for it in records.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$item => $word,)* }
            }

            /// The value that this word names.
            pub fn parse(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|it| it.as_str() == word)
            }
        }
    };
}

words! {
    /// What was done.
    Act {
        /// Everything that was asked for was allowed.
        AcceptAll = "accept_all",
        /// Everything optional was refused.
        RejectAll = "reject_all",
        /// Some were allowed, some refused.
        Custom = "custom",
        /// What had been allowed was taken back.
        WithdrawAll = "withdraw_all",
        /// Refusals taken over from another consent manager.
        Import = "import",
        /// The question was put aside without an answer.
        Dismiss = "dismiss",
    }
}

words! {
    /// Where it was done.
    Source {
        /// The first layer.
        Banner = "banner",
        /// The second layer.
        Panel = "panel",
        /// The placeholder of a held embed.
        Contextual = "contextual",
        /// The permanent control.
        Settings = "settings",
        /// Another manager's cookie or a browser signal.
        Signal = "signal",
        /// A call of the page, under a person's hand.
        Api = "api",
    }
}

/// The witness that a person is at work: nothing can be granted without one (promise 2).
///
/// It can only be made from what the browser says about the event in hand.
#[derive(Clone, Copy, Debug)]
pub struct Person(());

impl Person {
    /// `trusted`: the browser, not a script, made the event (`Event.isTrusted`), or the
    /// page has transient user activation (HTML standard, "user activation").
    pub fn at_work(trusted: bool) -> Option<Person> {
        trusted.then_some(Person(()))
    }
}
