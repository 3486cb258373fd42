//! Those who wait for a commit are told by one of their own, which costs the writer next to nothing.

use tokio::sync::mpsc;

use mixus_privacy::ledger::Subject;

use super::kept::{Answer, Append, Unavailable};
use super::store::News;

/// A commit that is over, with those who wait for it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub together: Vec<Append>,
    pub answers: Result<Vec<Vec<Answer>>, Unavailable>,
    /// Whose events were stored, and for which account.
    pub touched: Vec<(Subject, String)>,
}

/// Starts who tells everyone what became of their events.
pub(crate) fn start(news: News) -> mpsc::UnboundedSender<Answered> {
    let (sender, commits) = mpsc::unbounded_channel();
    tokio::spawn(answer(commits, news));
    sender
}

async fn answer(mut commits: mpsc::UnboundedReceiver<Answered>, news: News) {
    while let Some(commit) = commits.recv().await {
        let Answered {
            together,
            answers,
            touched,
        } = commit;
        match answers {
            Ok(answers) => {
                for (append, answers) in together.into_iter().zip(answers) {
                    // Whoever asked may have gone; the events are kept all the same.
                    let _ = append.answer.send(Ok(answers));
                }
                news(&touched);
            }
            Err(error) => {
                for append in together {
                    let _ = append.answer.send(Err(error.clone()));
                }
            }
        }
    }
}
