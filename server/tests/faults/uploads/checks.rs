//! What there is of uploads, held against what was said.

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::Body;
use axum::http::Request;
use fastrand::Rng;

use super::deeds::body;
use super::model::{Life, Model, Upload};
use super::reading::read_at;

impl Model {
    /// How far an upload is, held against what was said.
    pub(super) async fn looks(&mut self, path: &str) -> Result<()> {
        let answer = self.ask(Request::head(path), Body::empty()).await?;
        let upload = self.uploads.get_mut(path).context("it")?;
        match (answer.status, upload.life) {
            (200, Life::There | Life::Unsure) => {
                let offset = answer.offset()?;
                let Upload { said, sent, .. } = *upload;
                ensure!(offset >= said, "{offset} bytes are there, and {said} were acknowledged");
                ensure!(offset <= sent, "{offset} bytes are there, and {sent} were sent");
                upload.said = offset;
            }
            (404, Life::Unsure) => upload.life = Life::Gone,
            (404, Life::Gone) => {}
            _ if answer.is_fault() => {}
            (status, life) => bail!("{status} of an upload that is {life:?}"),
        }
        Ok(())
    }

    pub(super) async fn reads(&mut self, path: &str) -> Result<()> {
        let answer = self.ask(Request::get(read_at(path)), Body::empty()).await?;
        let upload = &self.uploads[path];
        let is_finished = upload.said == upload.content.len();
        match answer.status {
            200 => {
                ensure!(upload.sent == upload.content.len(), "finished before it was sent");
                ensure!(answer.body[..] == upload.content[..], "a file is another than was sent");
            }
            409 => ensure!(!is_finished, "a finished file is said to be none"),
            _ if answer.is_fault() => {}
            status => bail!("get: {status}"),
        }
        Ok(())
    }

    /// Every upload is as it was said to be.
    pub(super) async fn checks(&mut self) -> Result<()> {
        for path in self.uploads.keys().cloned().collect::<Vec<_>>() {
            self.looks(&path).await?;
        }
        Ok(())
    }

    /// Every part goes on to its end.
    pub(super) async fn finishes_parts(&mut self, rng: &mut Rng) -> Result<()> {
        let parts = self.uploads.iter().filter(|(_, it)| it.is_part);
        let parts = parts.map(|(path, _)| path.clone()).collect();
        self.finishes_these(parts, rng).await
    }

    /// Every upload goes on to its end, on a disk that is well, and is what was sent.
    pub(super) async fn finishes(&mut self, rng: &mut Rng) -> Result<()> {
        let all = self.uploads.keys().cloned().collect();
        self.finishes_these(all, rng).await
    }

    async fn finishes_these(&mut self, paths: Vec<String>, rng: &mut Rng) -> Result<()> {
        for path in paths {
            self.looks(&path).await?;
            let Upload {
                content,
                said,
                is_part,
                life,
                ..
            } = self.uploads[&path].clone();
            if life != Life::There {
                continue;
            }
            let request = Request::patch(&path)
                .header("upload-offset", said)
                .header("content-type", "application/offset+octet-stream");
            let answer = self.ask(request, body(&content[said..], false, rng)).await?;
            // 403: it was joined, and is whole.
            ensure!(matches!(answer.status, 204 | 403), "it does not go on: {}", answer.status);
            let upload = self.uploads.get_mut(&path).context("it")?;
            (upload.said, upload.sent) = (content.len(), content.len());
            self.told.finished += 1;
            if !is_part {
                self.reads(&path).await?;
            }
        }
        Ok(())
    }
}
